// What a leader knows about one follower's log. Probe: one message until it answers, the match is being searched.
// Replicate: a stream, optimistically ahead, limited by the window. Snapshot: nothing until it has the snapshot.
import type { Inflights } from "./inflights.ts";

export type ProgressState = "probe" | "replicate" | "snapshot";

export class Progress {
  readonly id: number;
  /** Highest index known to be on the follower's disk. Invariant: 0 <= match < next. */
  match = 0;
  /** Next index to send. Entries between match and next are in flight. */
  next: number;
  state: ProgressState = "probe";
  /** Index of the snapshot on its way, in state snapshot; else 0. */
  pendingSnapshot = 0;
  /** Was anything heard since the last check of the quorum? */
  recentActive = false;
  /** Nothing is sent until an answer or a heartbeat's answer comes: a probe is out, or the window was found full. */
  isPaused = false;
  readonly inflights: Inflights;
  isLearner = false;
  /** Highest commit index in flight to the follower: it needs no message that tells no more. Invariant: sentCommit < next. */
  private sentCommit = 0;

  constructor(id: number, next: number, inflights: Inflights) {
    this.id = id;
    this.next = next;
    this.inflights = inflights;
  }

  /** As at the beginning of a term, when nothing is known. */
  restart(match: number, next: number): void {
    this.match = match;
    this.next = next;
    this.recentActive = false;
    this.sentCommit = 0;
    this.enter("probe");
  }

  becomeProbe(): void {
    // after a snapshot that arrived, probe behind it, although it may not be acknowledged yet
    const behindSnapshot = this.state === "snapshot" ? this.pendingSnapshot + 1 : 0;
    this.enter("probe");
    this.next = Math.max(this.match + 1, behindSnapshot);
    this.sentCommit = Math.min(this.sentCommit, this.next - 1);
  }

  becomeReplicate(): void {
    this.enter("replicate");
    this.next = this.match + 1;
  }

  becomeSnapshot(index: number): void {
    this.enter("snapshot");
    this.pendingSnapshot = index;
    this.next = index + 1;
    this.sentCommit = index;
  }

  /** May no MsgApp be sent, not even an empty one? */
  isThrottled(): boolean {
    return this.state === "snapshot" || this.isPaused;
  }

  /** A MsgApp with `count` entries of `bytes` payload was sent. */
  sentEntries(count: number, bytes: number): void {
    if (this.state === "replicate") {
      if (count > 0) {
        this.next += count;
        this.inflights.add(this.next - 1, bytes);
      }
      this.isPaused = this.inflights.isFull();
    } else if (count > 0) this.isPaused = true;
  }

  /** Would a message that tells commit index `commit` be news, and of use to the follower? */
  canAdvanceCommit(commit: number): boolean {
    return commit > this.sentCommit && this.sentCommit < this.next - 1;
  }

  /** A message that tells commit index `commit` was sent. */
  noteSentCommit(commit: number): void {
    this.sentCommit = commit;
  }

  /** The follower acknowledged `index`. @returns whether that is news */
  maybeUpdate(index: number): boolean {
    if (index <= this.match) return false;
    this.match = index;
    this.next = Math.max(this.next, index + 1);
    this.isPaused = false;
    return true;
  }

  /**
   * The follower refused entries after `rejected`, and its log may match up to `matchHint`.
   *
   * @returns false when the refusal is out of date
   */
  maybeDecrease(rejected: number, matchHint: number): boolean {
    if (this.state === "replicate") {
      if (rejected <= this.match) return false;
      this.next = this.match + 1;
    } else {
      // only the answer to the probe that is out counts
      if (this.next - 1 !== rejected) return false;
      this.next = Math.max(Math.min(rejected, matchHint + 1), this.match + 1);
      this.isPaused = false;
    }
    this.sentCommit = Math.min(this.sentCommit, this.next - 1);
    return true;
  }

  private enter(state: ProgressState): void {
    this.state = state;
    this.isPaused = false;
    this.pendingSnapshot = 0;
    this.inflights.reset();
  }
}
