// What the invariants see of a member: its raft state while its process runs, and what its disk holds. The disk is followed from
// the moments when writes became durable, not from what raft believes about it.
import type { Entry } from "../../raft/entry.ts";
import { NONE } from "../../raft/message.ts";
import type { Raft } from "../../raft/raft.ts";
import type { HardState, Snapshot } from "../../raft/storage.ts";

/** Tells that an invariant does not hold. */
export type Report = (invariant: string, detail: string) => void;

/** What would be there after a loss of power. */
export class DurableState {
  term = 0;
  vote = NONE;
  commit = 0;
  /** Index and term of the newest snapshot; entries before it count as there. */
  snapshotIndex = 0;
  snapshotTerm = 0;
  lastIndex = 0;
  /** Term of each entry by index; 0 = not there. */
  private readonly terms: number[] = [0];
  /** For whom it voted, by term: a vote is a promise even after later terms. */
  private readonly votes = new Map<number, number>();

  /** A write became durable. */
  persist(hardState: HardState | null, entries: readonly Entry[], snapshot: Snapshot | null): void {
    if (hardState !== null) {
      this.term = hardState.term;
      this.vote = hardState.vote;
      this.commit = Math.max(this.commit, hardState.commit);
      if (hardState.vote !== NONE) this.votes.set(hardState.term, hardState.vote);
    }
    if (snapshot !== null && snapshot.index > this.snapshotIndex) {
      this.snapshotIndex = snapshot.index;
      this.snapshotTerm = snapshot.term;
      if (snapshot.index > this.lastIndex) this.lastIndex = snapshot.index;
    }
    if (entries.length === 0) return;
    for (let i = 0; i < entries.length; i++) {
      const { index, term } = entries[i]!;
      for (let gap = this.terms.length; gap < index; gap++) this.terms.push(0);
      this.terms[index] = term;
    }
    this.lastIndex = entries[entries.length - 1]!.index;
  }

  /**
   * A process begins with what it found. It may be more than what was durable for sure: a kernel outlives a killed process and
   * writes what that had given it.
   */
  found(raft: Raft): void {
    const { log } = raft;
    if (raft.term > this.term) this.term = raft.term;
    this.vote = raft.vote;
    if (raft.vote !== NONE) this.votes.set(raft.term, raft.vote);
    const first = log.firstIndex();
    if (first - 1 > this.snapshotIndex) {
      this.snapshotIndex = first - 1;
      this.snapshotTerm = log.term(first - 1) ?? 0;
    }
    this.lastIndex = Math.max(log.lastIndex(), this.snapshotIndex);
    for (let index = first; index <= log.lastIndex(); index++) {
      for (let gap = this.terms.length; gap < index; gap++) this.terms.push(0);
      this.terms[index] = log.term(index)!;
    }
  }

  /** Would the entry be there? */
  holds(index: number, term: number): boolean {
    if (index <= this.snapshotIndex) return true;
    return index <= this.lastIndex && this.terms[index] === term;
  }

  lastTerm(): number {
    return this.lastIndex === this.snapshotIndex ? this.snapshotTerm : (this.terms[this.lastIndex] ?? 0);
  }

  votedFor(term: number): number {
    return this.votes.get(term) ?? NONE;
  }
}

export interface MemberView {
  readonly id: number;
  readonly name: string;
  /** Null while its process does not run. A restart makes a new one. */
  readonly raft: Raft | null;
  readonly durable: DurableState;
}
