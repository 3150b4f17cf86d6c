// Linearizable reads without a log entry (Raft dissertation §6.4): the leader notes its commit index, and the read may
// be served once a quorum has confirmed, by answers to heartbeats sent after the request, that it still leads.
import type { Message } from "./message.ts";
import type { AcknowledgedIndexes } from "./quorum.ts";

/** A read that may be served as soon as the state machine has applied `index`. */
export interface ReadState {
  readonly index: number;
  /** What the request carried, to find it again. */
  readonly context: unknown;
}

/** A request that waits for its confirmation. */
export interface PendingRead {
  readonly seq: number;
  /** Commit index when it came. */
  readonly index: number;
  readonly request: Message;
}

/** Requests of one leader's term, oldest first, and up to which of them each member has confirmed the leader. */
export class ReadOnlyQueue implements AcknowledgedIndexes {
  private pending: PendingRead[] = [];
  private lastSeq = 0;
  private readonly acknowledged = new Map<number, number>();

  /** The leader confirms itself at once. @returns the number of the request */
  add(index: number, request: Message, self: number): number {
    this.lastSeq++;
    this.pending.push({ seq: this.lastSeq, index, request });
    this.acknowledge(this.lastSeq, self);
    return this.lastSeq;
  }

  /** Number of the newest request that waits, 0 for none. */
  newestSeq(): number {
    return this.pending.at(-1)?.seq ?? 0;
  }

  /** A member has answered a heartbeat that carried `seq`: it followed after that request, so after those before it. */
  acknowledge(seq: number, from: number): void {
    if (seq > this.acknowledgedIndex(from)) this.acknowledged.set(from, seq);
  }

  acknowledgedIndex(id: number): number {
    return this.acknowledged.get(id) ?? 0;
  }

  /** Takes out all requests up to `seq`. */
  takeUpTo(seq: number): readonly PendingRead[] {
    const count = this.pending.findIndex((read) => read.seq > seq);
    return this.pending.splice(0, count === -1 ? this.pending.length : count);
  }

  clear(): void {
    this.pending = [];
    this.lastSeq = 0;
    this.acknowledged.clear();
  }
}
