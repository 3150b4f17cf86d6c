// A member without raft, for tests of its services: entries are applied as they are proposed, one at a time; the leader is who the
// test says.
import { Engine } from "../../../sim/engine/engine.ts";
import type { Tick } from "../../../sim/engine/tick.ts";
import type { Done, StateAnswer } from "../../../sim/etcd/answer.ts";
import type { EtcdError } from "../../../sim/etcd/error.ts";
import type { ApplyResult, Command } from "../../../sim/etcd/mvcc/command.ts";
import { MemberView } from "../../../sim/etcd/mvcc/member-view.ts";
import { ReplicatedState } from "../../../sim/etcd/mvcc/replicated-state.ts";

export class ServiceWorld {
  readonly engine = new Engine({ seed: 5 });
  readonly state = new ReplicatedState({ minLeaseTtlSeconds: 2 });
  readonly view = new MemberView(this.state);
  readonly memberId = 1;
  quotaBytes = Infinity;
  leaderId = 1;
  /** Proposals get no answer while this is set. */
  isCut = false;
  /** What linearizable reads end in. */
  readError: EtcdError | null = null;
  /** Every proposal with its time. */
  readonly proposed: [number, Command["request"]][] = [];
  readonly delivered: [number, number][] = [];
  backendWrites = 0;
  readonly listeners: ((command: Command, result: ApplyResult) => void)[] = [];
  private requests = 0;

  constructor() {
    this.view.isServing = true;
  }

  /** Applies a request at once. */
  apply(request: Command["request"]): StateAnswer | EtcdError {
    const command: Command = { id: ++this.requests, memberId: 1, request, result: null };
    const result = this.view.apply(this.view.appliedIndex + 1, 1, command);
    for (const listener of this.listeners) listener(command, result);
    return result.answer;
  }

  put(key: string, value: unknown = 0, lease = 0): void {
    this.apply({ kind: "put", key, value, valueBytes: 100, lease });
  }

  run(untilMicros: number): void {
    this.engine.run(untilMicros as Tick);
  }

  // --- what services ask of their member

  guard(action: () => void): void {
    action();
  }
  leader(): number {
    return this.leaderId;
  }
  isLeader(): boolean {
    return this.leaderId === this.memberId;
  }
  localMicros(micros: number): number {
    return micros;
  }
  random(): number {
    return 0.5;
  }
  deliver(events: number, delayMicros: number): void {
    this.delivered.push([events, delayMicros]);
  }
  noteBackendWrite(operations: number): void {
    this.backendWrites += operations;
  }
  propose(request: Command["request"], done: Done): void {
    this.proposed.push([this.engine.now, request]);
    if (this.isCut) return;
    this.engine.at((this.engine.now + 1000) as Tick, () => done(this.apply(request)));
  }
  waitForReadIndex(done: (error: EtcdError | null) => void): void {
    if (!this.isCut) this.engine.at((this.engine.now + 500) as Tick, () => done(this.readError));
  }
}
