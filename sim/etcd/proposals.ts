// What a member's own clients have proposed and wait for: by order of proposal, with one timer for the request timeout of the
// oldest. The errors are those of etcd's processInternalRaftRequest and parseProposeCtxErr.
import type { Engine, EventHandle } from "../engine/engine.ts";
import type { Tick } from "../engine/tick.ts";
import type { Done } from "./answer.ts";
import type { EtcdError } from "./error.ts";
import type { ApplyResult, Command } from "./mvcc/command.ts";

/** A command with who waits for it at the member that proposed it. */
export class Proposal implements Command {
  readonly id: number;
  readonly memberId: number;
  readonly request: Command["request"];
  result: ApplyResult | null = null;
  /** Null once it was answered, or the process that knew it is gone. */
  done: Done | null;
  /** When it was handed to raft. */
  readonly proposedAt: number;
  /** When the member gives up; Infinity for never (a change of the configuration). */
  readonly timeoutAt: number;
  /** Raft has taken it: before that it waits for a leader. */
  isTaken = false;

  constructor(
    id: number,
    memberId: number,
    request: Command["request"],
    done: Done | null,
    now: number,
    timeoutAt: number,
  ) {
    this.id = id;
    this.memberId = memberId;
    this.request = request;
    this.done = done;
    this.proposedAt = now;
    this.timeoutAt = timeoutAt;
  }
}

export interface ProposalHost {
  /** The proposal's time is over: which error is it? Also told to observers. */
  timedOut(proposal: Proposal): EtcdError;
}

export class Proposals {
  private readonly engine: Engine;
  private readonly host: ProposalHost;
  private readonly kind: number;
  private readonly slot: number;
  // oldest first; answered ones are skipped
  private queue: Proposal[] = [];
  private head = 0;
  private handle: EventHandle | null = null;
  private isStopped = false;

  constructor(engine: Engine, host: ProposalHost, kind: number, slot: number) {
    this.engine = engine;
    this.host = host;
    this.kind = kind;
    this.slot = slot;
  }

  add(proposal: Proposal): void {
    if (this.isStopped) return;
    this.queue.push(proposal);
    if (this.handle === null) this.arm();
  }

  isIdle(): boolean {
    this.skipAnswered();
    return this.head === this.queue.length;
  }

  /** Is the timer armed although nobody waits? */
  get hasIdleTimer(): boolean {
    return this.handle !== null && this.isIdle();
  }

  /** The event: the oldest may be out of time. */
  onTimer(): void {
    this.handle = null;
    for (;;) {
      this.skipAnswered();
      const oldest = this.queue[this.head];
      if (oldest === undefined || oldest.timeoutAt > this.engine.now) break;
      const done = oldest.done!;
      const error = this.host.timedOut(oldest);
      oldest.done = null;
      done(error);
    }
    this.arm();
  }

  /** The process is gone. @returns those who waited */
  stop(): Proposal[] {
    this.isStopped = true;
    if (this.handle !== null) this.engine.cancel(this.handle);
    this.handle = null;
    this.skipAnswered();
    const waiting = this.queue.slice(this.head).filter((proposal) => proposal.done !== null);
    this.queue = [];
    this.head = 0;
    return waiting;
  }

  /** Forgets what was answered at the front, and keeps the queue short. */
  skipAnswered(): void {
    const { queue } = this;
    while (this.head < queue.length && queue[this.head]!.done === null) this.head++;
    if (this.head === queue.length) {
      queue.length = 0;
      this.head = 0;
    } else if (this.head > 1024 && this.head * 2 > queue.length) {
      this.queue = queue.slice(this.head);
      this.head = 0;
    }
  }

  // left armed when the oldest is answered: the event finds the next one and arms again
  private arm(): void {
    this.skipAnswered();
    // whoever was told of a timeout may have proposed again
    if (this.handle !== null) return;
    const oldest = this.queue[this.head];
    if (oldest === undefined) return;
    this.handle = this.engine.schedule(oldest.timeoutAt as Tick, this.kind, this.slot);
  }
}
