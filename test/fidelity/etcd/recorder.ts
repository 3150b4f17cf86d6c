// The recorder: its load on a cluster, and what it notes. One put each 20 ms, a linearizable read each 50 ms and a serializable
// read each 100 ms to every member, each its own request without retry and with 15 s to answer, and the status of every member
// each 10 ms. All its tickers begin together. Source: the README of the recordings.
import type { Engine } from "../../../sim/engine/engine.ts";
import type { Tick } from "../../../sim/engine/tick.ts";
import { EtcdError } from "../../../sim/etcd/error.ts";
import { Channel, RESET } from "./channel.ts";
import type { ClusterUnderTest, MemberStatus } from "./cluster-under-test.ts";
import type { Machine } from "./machine.ts";
import { OPS, type Op } from "./op.ts";
import type { Tally } from "./tally.ts";

const POLL_MICROS = 10_000;
/** In polls. */
const PERIODS: Readonly<Record<Op, number>> = { put: 2, lread: 5, sread: 10 };

/** Successes of one kind of request, over all members. */
interface Successes {
  last: number;
  longestGap: number;
  /** The first of a request that was sent after the fault, and after the healing; NaN as long as there is none. */
  firstAfterFault: number;
  firstAfterHeal: number;
}

interface InFlight {
  readonly op: Op;
  readonly sentAt: number;
  /** Answered, or failed at the client. */
  isDone: boolean;
}

export class Recorder {
  readonly successes: Record<Op, Successes> = { put: none(), lread: none(), sread: none() };
  /** What a member is called in the error tables. */
  targetOf: (member: number) => string = () => "other";
  /** Called at each poll. */
  onPoll: (now: number) => void = () => undefined;
  private readonly engine: Engine;
  private readonly cluster: ClusterUnderTest;
  private readonly machine: Machine;
  private readonly tally: Tally;
  private readonly channels: Channel[] = [];
  private readonly inFlight: Set<InFlight>[] = [];
  /** The process is dead, and its kernel has not closed the connections yet. */
  private readonly isDying: boolean[] = [];
  private readonly tickKind: number;
  private startedAt = 0;
  /** Ticks so far. */
  private polls = 0;
  private isLoading = false;
  private faultAt = Number.POSITIVE_INFINITY;
  private healAt = Number.POSITIVE_INFINITY;

  constructor(engine: Engine, cluster: ClusterUnderTest, machine: Machine, tally: Tally) {
    this.engine = engine;
    this.cluster = cluster;
    this.machine = machine;
    this.tally = tally;
    this.tickKind = engine.register("recorder/poll", () => this.poll());
    for (let i = 0; i < cluster.size; i++) {
      this.channels.push(new Channel(engine, () => cluster.listener(i)));
      this.inFlight.push(new Set());
      this.isDying.push(false);
    }
  }

  /** Begins to send. */
  start(): void {
    this.isLoading = true;
    this.startedAt = this.engine.now;
    this.engine.after(0, this.tickKind);
  }

  /** From now on times count from here. */
  markFault(): void {
    this.faultAt = this.engine.now;
    for (const op of OPS) this.successes[op].longestGap = 0;
  }

  markHeal(): void {
    this.healAt = this.engine.now;
  }

  /** No more requests; what is on its way is not counted. */
  stop(): void {
    this.isLoading = false;
  }

  /** The process of a member is gone: requests on their way fail once its connections are closed. */
  dying(member: number, micros: number): void {
    this.isDying[member] = true;
    this.engine.at((this.engine.now + micros) as Tick, () => this.lost(member));
  }

  private lost(member: number): void {
    this.isDying[member] = false;
    const now = this.machine.recorderTime(this.engine.now);
    for (const request of this.inFlight[member]!) {
      request.isDone = true;
      this.failed(request.op, member, RESET, now, now - request.sentAt);
    }
    this.inFlight[member]!.clear();
    this.channels[member]!.disconnected();
  }

  /** A member takes no new connections nor requests, but answers those that it has. */
  draining(member: number): void {
    this.channels[member]!.disconnected();
  }

  /** What each member answers to Status now; null of those that the recorder cannot reach. */
  statuses(): (MemberStatus | null)[] {
    return this.channels.map((channel, i) => (channel.failure === null ? this.cluster.status(i) : null));
  }

  /** Milliseconds after the healing; null when it did not happen. */
  sinceHeal(atMicros: number): number | null {
    return Number.isNaN(atMicros) ? null : (atMicros - this.healAt) / 1000;
  }

  /** Milliseconds after the fault. */
  sinceFault(atMicros: number): number {
    return (atMicros - this.faultAt) / 1000;
  }

  private poll(): void {
    if (!this.isLoading) return;
    const { engine } = this;
    const now = engine.now;
    // of the ticks that came while it did not run, each ticker has kept one
    const last = Math.floor((now - this.startedAt) / POLL_MICROS);
    this.onPoll(now);
    for (const op of OPS) {
      const period = PERIODS[op];
      if (Math.floor(last / period) === Math.floor((this.polls - 1) / period)) continue;
      for (let i = 0; i < this.cluster.size; i++) this.send(op, i);
    }
    this.polls = last + 1;
    engine.schedule(this.machine.recorderTime(this.startedAt + this.polls * POLL_MICROS) as Tick, this.tickKind);
  }

  private send(op: Op, member: number): void {
    const sentAt = this.engine.now;
    const { failure } = this.channels[member]!;
    if (failure !== null) {
      this.failed(op, member, failure, sentAt, this.machine.localMicros());
      return;
    }
    const request: InFlight = { op, sentAt, isDone: false };
    this.inFlight[member]!.add(request);
    if (this.isDying[member]!) return;
    this.cluster.call(member, op, (error) => {
      if (request.isDone || this.isDying[member]!) return;
      request.isDone = true;
      this.inFlight[member]!.delete(request);
      const at = this.machine.recorderTime(this.engine.now + this.machine.rpcMicros());
      if (error instanceof EtcdError) this.failed(op, member, error, at, at - sentAt);
      else this.succeeded(this.successes[op], sentAt, at);
    });
  }

  private succeeded(successes: Successes, sentAt: number, at: number): void {
    if (!this.isLoading) return;
    if (at > successes.last) {
      if (at - successes.last > successes.longestGap) successes.longestGap = at - successes.last;
      successes.last = at;
    }
    if (sentAt > this.faultAt && !(at >= successes.firstAfterFault)) successes.firstAfterFault = at;
    if (sentAt > this.healAt && !(at >= successes.firstAfterHeal)) successes.firstAfterHeal = at;
  }

  private failed(op: Op, member: number, error: EtcdError, at: number, durationMicros: number): void {
    if (!this.isLoading || at < this.faultAt) return;
    this.tally.error(`${op}@${this.targetOf(member)} ${error.code}: ${error.message}`, durationMicros / 1000);
  }
}

function none(): Successes {
  return { last: 0, longestGap: 0, firstAfterFault: Number.NaN, firstAfterHeal: Number.NaN };
}
