// Leader election by a Lease: the holder renews it, others take it over once they have seen no change for its duration, by their own
// clocks. A holder that cannot renew in time stops leading; it does not know whether anybody else has begun.
// Refuses fencing: as in Kubernetes, two can believe that they lead for a moment. Source: behaviour of client-go 1.36.
import { Doze } from "../engine/doze.ts";
import type { Lifetime } from "../engine/lifetime.ts";
import type { RandomStream } from "../engine/random.ts";
import { Rhythm } from "../engine/rhythm.ts";
import { ask, runSteps, type Steps } from "../engine/steps.ts";
import { SECOND } from "../engine/tick.ts";
import type { Lease } from "../model/objects.ts";
import { microTimestampAt } from "../model/timestamp.ts";
import { ApiError, type Client } from "./client.ts";
import type { ElectionPromises } from "./election-promises.ts";
import type { EventSink } from "./event-recorder.ts";

export interface LeaderElectionTimes {
  readonly leaseDurationMicros: number;
  readonly renewDeadlineMicros: number;
  readonly retryPeriodMicros: number;
}

export interface LeaderElectionOptions extends LeaderElectionTimes {
  readonly life: Lifetime;
  readonly client: Client;
  /** Of the process: the lease's name in kube-system, such as "kube-scheduler". */
  readonly lockName: string;
  readonly identity: string;
  readonly stream: RandomStream;
  readonly events: EventSink;
  /** Gives the lease back when it stops leading for whatever reason, as the scheduler does and the controller manager does not. */
  readonly releases: boolean;
  /** Called once when this process becomes the leader. */
  readonly leads: () => void;
  /** Called once when it has been the leader and could not renew in time: real processes exit. */
  readonly lost: () => void;
  /** undefined: every renewal and every look is executed. */
  readonly promises?: ElectionPromises;
}

const NAMESPACE = "kube-system";
/** Waits between attempts are stretched by up to this share of themselves. */
const JITTER = 1.2;
const TIMED_OUT = new ApiError("NoAnswer", "context deadline exceeded");

type Spec = NonNullable<Lease["spec"]>;

export class LeaderElector {
  private readonly options: LeaderElectionOptions;
  // the lease as last seen, and when it was seen to have changed, by the own clock
  private observed: Lease | null = null;
  private observedMicros = 0;
  private isLeader = false;
  private refuses = false;
  private doze: Doze | null = null;
  // what it saw last was seen again and again until then, though the lease did not show it
  private seenUntilMicros = Number.NaN;

  constructor(options: LeaderElectionOptions) {
    this.options = options;
  }

  get isLeading(): boolean {
    return this.isLeader;
  }

  start(): void {
    runSteps(this.campaign(), () => undefined);
  }

  /** Renewals fail from now on: for faults. */
  failRenewals(): void {
    this.wake();
    this.refuses = true;
  }

  /** Executes again what it does, as if nothing had been left out. */
  wake(): void {
    this.doze?.wake();
  }

  /** The process has ended. */
  stop(): void {
    this.doze?.stop();
  }

  /** A graceful end. The next one need not wait for a lease to run out that was given back. */
  resign(done: () => void): void {
    if (!this.isLeader || !this.options.releases) {
      done();
      return;
    }
    this.isLeader = false;
    runSteps(this.giveBack(), done);
  }

  private *campaign(): Steps {
    const { leads, life, lost, renewDeadlineMicros, retryPeriodMicros, stream } = this.options;
    const { engine } = life;
    const drawn = () => Math.round(retryPeriodMicros * (1 + JITTER * stream.nextDouble()));
    for (;;) {
      const lookedMicros = engine.now;
      if (yield* this.acquireOrRenew()) break;
      yield* this.rest("get", drawn, retryPeriodMicros * (1 + JITTER / 2), engine.now - lookedMicros);
    }
    this.isLeader = true;
    this.recordEvent("became leader");
    leads();
    for (;;) {
      const deadlineMicros = engine.now + renewDeadlineMicros;
      const beganMicros = engine.now;
      let polls = 1;
      while (!(yield* this.renew(deadlineMicros - engine.now))) {
        if (!this.isLeader) return;
        // a poll that took longer than a period is followed by the next one at once
        const nextMicros = Math.max(beganMicros + polls++ * retryPeriodMicros, engine.now);
        if (nextMicros >= deadlineMicros) {
          yield* this.pause(deadlineMicros - engine.now);
          this.isLeader = false;
          this.recordEvent("stopped leading");
          if (this.options.releases) yield* this.giveBack();
          lost();
          return;
        }
        yield* this.pause(nextMicros - engine.now);
      }
      yield* this.rest("update", () => retryPeriodMicros, retryPeriodMicros, engine.now - beganMicros);
      if (!this.isLeader) return;
    }
  }

  private *pause(micros: number): Steps {
    const { life } = this.options;
    yield (resume) => life.after(Math.max(micros, 0), () => resume(undefined));
  }

  /** The pause before the next renewal or look; a long one while nobody could tell the difference. */
  private *rest(verb: "update" | "get", gapMicros: () => number, meanMicros: number, latencyMicros = 0): Steps {
    const { life, lockName, promises } = this.options;
    const pauseMicros = gapMicros();
    const mayDoze =
      promises?.calm.isCalm === true && !this.refuses && (verb === "update" || promises.isPromised(lockName));
    if (promises === undefined || !mayDoze) return yield* this.pause(pauseMicros);
    const firstMicros = life.engine.now + pauseMicros;
    const rhythm = new Rhythm(firstMicros, meanMicros + latencyMicros, () => latencyMicros + gapMicros());
    let lastMicros = Number.NaN;
    yield (resume) => {
      const doze: Doze = new Doze({
        life,
        calm: promises.calm,
        dozers: promises.dozers,
        rhythm,
        ...(verb === "update" ? { writes: { kind: "leases", meanMicros: meanMicros + latencyMicros } } : {}),
        resume: () => resume(undefined),
        account: (count, from, to) => promises.load.add(lockName, verb, "leases", count, 0, from, to),
        ended: () => {
          lastMicros = doze.lastMicros;
          if (verb === "update") promises.end(lockName);
          else promises.unfollow(lockName, doze);
        },
      });
      if (verb === "update") promises.promise(lockName, doze);
      else promises.follow(lockName, doze);
      this.doze = doze;
    };
    this.doze = null;
    if (Number.isNaN(lastMicros)) return;
    this.observedMicros = lastMicros;
    this.seenUntilMicros = lastMicros;
  }

  private *renew(limitMicros: number): Steps<boolean> {
    if (this.refuses) return false;
    const didRenew = yield* this.acquireOrRenew(limitMicros);
    return didRenew && !this.refuses;
  }

  private *acquireOrRenew(limitMicros = Number.POSITIVE_INFINITY): Steps<boolean> {
    const { client, identity, leaseDurationMicros, life, lockName } = this.options;
    const { engine } = life;
    const limits = { beganMicros: engine.now, limitMicros };
    const now = microTimestampAt(engine.now);
    const mine: Spec = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.round(leaseDurationMicros / SECOND),
      acquireTime: now,
      renewTime: now,
      leaseTransitions: 0,
    };
    const observed = this.observed;
    if (observed?.spec?.holderIdentity === identity && this.isValid(observed)) {
      // what was seen last is most probably what is there: no need to look first
      if (yield* this.write(observed, renewal(mine, observed), limits)) return true;
    }
    const key = `${NAMESPACE}/${lockName}`;
    const found = yield* this.within<Lease>(limits, (done) => client.get("leases", key, done));
    if (found instanceof ApiError) {
      if (found.reason !== "NotFound") return false;
      const metadata = { name: lockName, namespace: NAMESPACE };
      const lease: Lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec: mine };
      const answer = yield* this.within<Lease>(limits, (done) => client.create("leases", lease, done));
      if (answer instanceof ApiError) return false;
      this.see(answer);
      return true;
    }
    // renewals that were left out stand in no lease: one that is older than the last look is no news
    if (this.isOldNews(found)) this.observed = found;
    else if (!isSame(found, this.observed)) this.see(found);
    const holder = found.spec?.holderIdentity ?? "";
    if (holder !== "" && holder !== identity && this.isValid(found)) return false;
    const next =
      holder === identity
        ? renewal(mine, found)
        : { ...mine, leaseTransitions: (found.spec?.leaseTransitions ?? 0) + 1 };
    return yield* this.write(found, next, limits);
  }

  private *write(seen: Lease, spec: Spec, limits: Limits): Steps<boolean> {
    const { client } = this.options;
    const answer = yield* this.within<Lease>(limits, (done) => client.update("leases", { ...seen, spec }, done));
    if (answer instanceof ApiError) return false;
    this.see(answer);
    return true;
  }

  private *giveBack(): Steps {
    const { client, life, lockName, renewDeadlineMicros } = this.options;
    const limits = { beganMicros: life.engine.now, limitMicros: renewDeadlineMicros };
    const key = `${NAMESPACE}/${lockName}`;
    const found = yield* this.within<Lease>(limits, (done) => client.get("leases", key, done));
    if (found instanceof ApiError || found.spec?.holderIdentity !== this.options.identity) return;
    const now = microTimestampAt(life.engine.now);
    const { leaseTransitions } = found.spec;
    const spec = { holderIdentity: "", leaseDurationSeconds: 1, acquireTime: now, renewTime: now, leaseTransitions };
    yield* this.write(found, spec, limits);
  }

  /** An election's requests time out by themselves, so that one that hangs does not use up the deadline. */
  private *within<T>(
    { beganMicros, limitMicros }: Limits,
    start: (done: (answer: T | ApiError) => void) => void,
  ): Steps<T | ApiError> {
    const { life, renewDeadlineMicros } = this.options;
    const leftMicros = beganMicros + limitMicros - life.engine.now;
    const timeoutMicros = Math.min(Math.floor(renewDeadlineMicros / 2), leftMicros);
    if (timeoutMicros <= 0) return TIMED_OUT;
    return yield* ask<T | ApiError>((done) => {
      let isDecided = false;
      const decide = (answer: T | ApiError) => {
        if (isDecided) return;
        isDecided = true;
        done(answer);
      };
      const timer = life.after(timeoutMicros, () => decide(TIMED_OUT));
      start((answer) => {
        life.cancel(timer);
        decide(answer);
      });
    });
  }

  private isOldNews({ spec }: Lease): boolean {
    if (Number.isNaN(this.seenUntilMicros)) return false;
    const isOwn = spec?.holderIdentity === this.observed?.spec?.holderIdentity;
    const isOld = (spec?.renewTime ?? "") <= microTimestampAt(this.seenUntilMicros);
    this.seenUntilMicros = Number.NaN;
    return isOwn && isOld;
  }

  private see(lease: Lease): void {
    this.observed = lease;
    this.observedMicros = this.options.life.engine.now;
  }

  private isValid({ spec }: Lease): boolean {
    const durationMicros = (spec?.leaseDurationSeconds ?? 0) * SECOND;
    return this.observedMicros + durationMicros > this.options.life.engine.now;
  }

  private recordEvent(what: string): void {
    const { events, identity, lockName } = this.options;
    const metadata = { name: lockName, namespace: NAMESPACE };
    const involved = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata };
    events.event(involved, "Normal", "LeaderElection", `${identity} ${what}`);
  }
}

interface Limits {
  readonly beganMicros: number;
  readonly limitMicros: number;
}

function renewal(mine: Spec, { spec }: Lease): Spec {
  return { ...mine, acquireTime: spec?.acquireTime, leaseTransitions: spec?.leaseTransitions };
}

function isSame(a: Lease, b: Lease | null): boolean {
  return (
    b !== null &&
    a.spec?.holderIdentity === b.spec?.holderIdentity &&
    a.spec?.renewTime === b.spec?.renewTime &&
    a.spec?.leaseTransitions === b.spec?.leaseTransitions
  );
}
