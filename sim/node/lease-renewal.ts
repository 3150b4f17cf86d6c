// Renews the node's Lease in kube-node-lease: every quarter of its duration, with a little jitter; five attempts in a row when one
// fails, then get or create it with growing pauses. Source: behaviour of component-helpers' lease controller as the kubelet uses it.
import { ApiError, type Client } from "../apiserver/client.ts";
import type { Calm } from "../engine/calm.ts";
import { Doze } from "../engine/doze.ts";
import type { Lifetime } from "../engine/lifetime.ts";
import type { RandomStream } from "../engine/random.ts";
import { Rhythm } from "../engine/rhythm.ts";
import { ask, runSteps, type Steps } from "../engine/steps.ts";
import { SECOND } from "../engine/tick.ts";
import type { Lease, Node } from "../model/objects.ts";
import { microTimestampAt } from "../model/timestamp.ts";
import type { NodeHeartbeats } from "./node-heartbeats.ts";
import { withTimeout } from "./request-timeout.ts";

export const LEASE_NAMESPACE = "kube-node-lease";
const RENEW_SHARE = 0.25;
const JITTER = 0.04;
const MAX_RETRIES = 5;
const FIRST_PAUSE_MICROS = 200_000;
const MAX_PAUSE_MICROS = 7 * SECOND;
const REQUEST_TIMEOUT_MICROS = 10 * SECOND;

export interface LeaseRenewalOptions {
  readonly life: Lifetime;
  readonly client: Client;
  readonly nodeName: string;
  readonly node: () => Node | undefined;
  readonly durationSeconds: number;
  readonly jitter: RandomStream;
  /** The node's own clock, in microseconds. */
  readonly clock: () => number;
  /** null: every renewal is executed. */
  readonly sleep: SleepOptions | null;
}

/** What it takes to leave out renewals that change nothing. */
export interface SleepOptions {
  readonly calm: Calm;
  readonly heartbeats: NodeHeartbeats;
  /** Is there nothing on the node itself that could make a difference? */
  readonly mayDoze: () => boolean;
}

export class LeaseRenewal {
  private readonly options: LeaseRenewalOptions;
  private readonly key: string;
  private latest: Lease | null = null;
  /** When the last renewal that succeeded was made. */
  renewedAtMicros = 0;
  private doze: Doze | null = null;

  constructor(options: LeaseRenewalOptions) {
    this.options = options;
    this.key = `${LEASE_NAMESPACE}/${options.nodeName}`;
  }

  /**
   * Begins.
   *
   * @param firstMicros until the first renewal
   * @param known the lease, as far as it is known to exist
   */
  start(firstMicros: number, known: Lease | null): void {
    this.latest = known;
    this.options.life.after(firstMicros, () => this.round());
  }

  /** Renewals are left out: nothing of it is pending. */
  get isDozing(): boolean {
    return this.doze !== null;
  }

  /** Renewals are executed again, as if none had been left out. */
  wake(): void {
    this.doze?.wake();
  }

  /** The process ends, or stands still. */
  stop(): void {
    this.doze?.stop();
  }

  lastRenewalMicros(atMicros: number): number {
    const { doze } = this;
    doze?.advance(atMicros);
    if (doze !== null && !Number.isNaN(doze.lastMicros)) this.renewedAtMicros = doze.lastMicros;
    return this.renewedAtMicros;
  }

  private round(): void {
    const { life, sleep } = this.options;
    const beganMicros = life.engine.now;
    runSteps(this.sync(), (isRenewed) => {
      if (life.isOver) return;
      const gapMicros = this.gapMicros();
      const { now } = life.engine;
      if (isRenewed && sleep?.calm.isCalm && sleep.mayDoze()) {
        this.sleepFrom(now + gapMicros, now - beganMicros, sleep);
      } else life.after(gapMicros, () => this.round());
    });
  }

  private gapMicros(): number {
    const { durationSeconds, jitter } = this.options;
    return Math.round(durationSeconds * RENEW_SHARE * SECOND * (1 + JITTER * jitter.next()));
  }

  /** @param latencyMicros of a renewal: the next one begins when it is answered */
  private sleepFrom(nextMicros: number, latencyMicros: number, { calm, heartbeats }: SleepOptions): void {
    const { durationSeconds, life, nodeName } = this.options;
    const meanMicros = latencyMicros + durationSeconds * RENEW_SHARE * SECOND * (1 + JITTER / 2);
    const { dozers, load } = heartbeats;
    this.doze = new Doze({
      life,
      calm,
      dozers,
      rhythm: new Rhythm(nextMicros, meanMicros, () => latencyMicros + this.gapMicros()),
      writes: { kind: "leases", meanMicros },
      resume: () => this.round(),
      account: (count, from, to) => load.add("kubelet", "update", "leases", count, latencyMicros, from, to),
      ended: () => {
        const lastMicros = this.lastRenewalMicros(life.engine.now);
        this.doze = null;
        heartbeats.end(nodeName, lastMicros);
      },
    });
    heartbeats.promise(nodeName, this);
  }

  private *sync(): Steps<boolean> {
    if (this.latest !== null && (yield* this.renew())) return true;
    yield* this.ensure();
    return this.latest !== null && (yield* this.renew());
  }

  private *renew(): Steps<boolean> {
    const { client, clock, life } = this.options;
    for (let attempt = 0; attempt < MAX_RETRIES; attempt++) {
      const renewed = this.renewal(this.latest as Lease);
      const answer = yield* ask<Lease | ApiError>((done) =>
        withTimeout<Lease>(
          life,
          REQUEST_TIMEOUT_MICROS,
          (answered) => client.update("leases", renewed, answered),
          done,
        ),
      );
      if (!(answer instanceof ApiError)) {
        this.latest = answer;
        this.renewedAtMicros = clock();
        return true;
      }
      if (answer.reason === "Conflict" || answer.reason === "NotFound") {
        yield* this.ensure();
        if (this.latest === null) return false;
      }
    }
    return false;
  }

  /** Gets the lease, or creates it, as long as it takes. */
  private *ensure(): Steps<void> {
    const { client, life } = this.options;
    let pauseMicros = FIRST_PAUSE_MICROS;
    while (!life.isOver) {
      const found = yield* ask<Lease | ApiError>((done) =>
        withTimeout<Lease>(life, REQUEST_TIMEOUT_MICROS, (answered) => client.get("leases", this.key, answered), done),
      );
      if (!(found instanceof ApiError)) {
        this.latest = found;
        return;
      }
      if (found.reason === "NotFound") {
        const made = yield* ask<Lease | ApiError>((done) =>
          withTimeout<Lease>(
            life,
            REQUEST_TIMEOUT_MICROS,
            (answered) => client.create("leases", this.renewal(null), answered),
            done,
          ),
        );
        if (!(made instanceof ApiError)) {
          this.latest = made;
          this.renewedAtMicros = this.options.clock();
          return;
        }
      }
      const pause = pauseMicros;
      yield* ask<void>((done) => life.after(pause, () => done(undefined)));
      pauseMicros = Math.min(MAX_PAUSE_MICROS, pauseMicros * 2);
    }
  }

  private renewal(before: Lease | null): Lease {
    const { clock, durationSeconds, node, nodeName } = this.options;
    if (before === null) return leaseOf(nodeName, node()?.metadata.uid, durationSeconds, clock());
    return { ...before, spec: { ...before.spec, renewTime: microTimestampAt(clock()) } };
  }
}

/** The lease of a node, renewed at this time. */
export function leaseOf(
  nodeName: string,
  nodeUid: string | undefined,
  durationSeconds: number,
  atMicros: number,
): Lease {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      name: nodeName,
      namespace: LEASE_NAMESPACE,
      ...(nodeUid === undefined
        ? {}
        : { ownerReferences: [{ apiVersion: "v1", kind: "Node", name: nodeName, uid: nodeUid }] }),
    },
    spec: { holderIdentity: nodeName, leaseDurationSeconds: durationSeconds, renewTime: microTimestampAt(atMicros) },
  };
}
