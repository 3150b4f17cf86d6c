// The log as raft sees it: stable storage and the unstable tail as one, with what is committed, being applied and applied.
// Invariant: applied <= applying <= committed <= lastIndex.
import { assert } from "../engine/assert.ts";
import { type Entry, entryBytes, limitEntries, totalEntryBytes } from "./entry.ts";
import type { Snapshot, Storage } from "./storage.ts";
import { Unstable } from "./unstable.ts";

const NO_ENTRIES: readonly Entry[] = [];

export class RaftLog {
  readonly storage: Storage;
  readonly unstable: Unstable;
  /** Highest index known to be on a quorum's disks. */
  committed: number;
  /** Highest index handed out to be applied. */
  applying: number;
  /** Highest index that the application has applied. */
  applied: number;
  private readonly maxApplyingBytes: number;
  private applyingBytes = 0;
  private isApplyingPaused = false;

  constructor(storage: Storage, maxApplyingBytes: number) {
    this.storage = storage;
    this.maxApplyingBytes = maxApplyingBytes;
    this.unstable = new Unstable(storage.lastIndex() + 1);
    this.committed = storage.firstIndex() - 1;
    this.applying = this.committed;
    this.applied = this.committed;
  }

  firstIndex(): number {
    const snapshot = this.unstable.snapshot;
    return snapshot === null ? this.storage.firstIndex() : snapshot.index + 1;
  }

  lastIndex(): number {
    // without unstable entries the offset is one after the stable log, or after the snapshot that replaces it
    return this.unstable.end - 1;
  }

  lastTerm(): number {
    return this.term(this.lastIndex())!;
  }

  /** The term at `index`, or undefined when it is compacted or beyond the log. */
  term(index: number): number | undefined {
    const term = this.unstable.term(index);
    if (term !== undefined) return term;
    if (index + 1 < this.firstIndex() || index >= this.unstable.offset) return undefined;
    return this.storage.term(index);
  }

  matchesTerm(index: number, term: number): boolean {
    return this.term(index) === term;
  }

  /** Raft §5.4.1: the log with the higher last term is more up-to-date; with equal terms the longer one. */
  isUpToDate(lastIndex: number, lastTerm: number): boolean {
    const ours = this.lastTerm();
    return lastTerm > ours || (lastTerm === ours && lastIndex >= this.lastIndex());
  }

  /** Entries from `low` on as far as they fit, at least one; undefined when `low` is compacted. */
  entriesFrom(low: number, maxBytes: number): readonly Entry[] | undefined {
    return low > this.lastIndex() ? NO_ENTRIES : this.slice(low, this.lastIndex() + 1, maxBytes);
  }

  /** Entries `low … high - 1` as far as they fit, at least one; undefined when `low` is compacted. */
  slice(low: number, high: number, maxBytes: number): readonly Entry[] | undefined {
    if (low < this.firstIndex()) return undefined;
    assert(low <= high && high <= this.lastIndex() + 1, "log: slice out of bounds");
    if (low === high) return NO_ENTRIES;
    const offset = this.unstable.offset;
    if (low >= offset) return limitEntries(this.unstable.slice(low, high), maxBytes);
    const cut = Math.min(high, offset);
    const stored = this.storage.entries(low, cut, maxBytes);
    if (stored === undefined || high <= offset || stored.length < cut - low) return stored;
    const room = maxBytes === Infinity ? Infinity : maxBytes - totalEntryBytes(stored);
    const rest = this.unstable.slice(offset, high);
    if (entryBytes(rest[0]!) > room) return stored;
    return stored.concat(limitEntries(rest, room));
  }

  /**
   * Appends what a leader sent if the entry before it matches (Raft §5.3), and commits as far as it says.
   *
   * @returns the last index known to match, or undefined when the entry before does not match
   */
  maybeAppend(previousIndex: number, previousTerm: number, entries: readonly Entry[], commit: number) {
    if (!this.matchesTerm(previousIndex, previousTerm)) return undefined;
    const last = previousIndex + entries.length;
    let known = 0;
    while (known < entries.length && this.matchesTerm(entries[known]!.index, entries[known]!.term)) known++;
    if (known < entries.length) this.append(known === 0 ? entries : entries.slice(known));
    this.commitTo(Math.min(commit, last));
    return last;
  }

  append(entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    assert(first.index > this.committed, "log: a committed entry would be overwritten");
    this.unstable.truncateAndAppend(entries);
  }

  /**
   * The highest index at or below `index` whose term is not above `term`, with that term (0 if unknown). Raft §5.3: a
   * whole term is skipped at once when logs are searched for the place where they agree.
   */
  findConflictByTerm(index: number, term: number): { readonly index: number; readonly term: number } {
    for (let i = index; i > 0; i--) {
      const ours = this.term(i);
      if (ours === undefined) return { index: i, term: 0 };
      if (ours <= term) return { index: i, term: ours };
    }
    return { index: 0, term: 0 };
  }

  /** Never moves back. */
  commitTo(index: number): void {
    if (index <= this.committed) return;
    assert(index <= this.lastIndex(), "log: commit beyond the last entry: the log was lost or corrupted");
    this.committed = index;
  }

  appliedTo(index: number, bytes: number): void {
    assert(index >= this.applied && index <= this.committed, "log: applied index out of range");
    this.applied = index;
    this.applying = Math.max(this.applying, index);
    this.applyingBytes = Math.max(0, this.applyingBytes - bytes);
    this.isApplyingPaused = this.applyingBytes >= this.maxApplyingBytes;
  }

  /** Entries up to `index`, of `bytes`, were handed out to be applied. */
  acceptApplying(index: number, bytes: number, allowUnstable: boolean): void {
    assert(index <= this.committed, "log: uncommitted entries would be applied");
    this.applying = index;
    this.applyingBytes += bytes;
    // also paused when the size limit cut the hand-out short: what is left follows when this is applied
    this.isApplyingPaused = this.applyingBytes >= this.maxApplyingBytes || index < this.maxAppliable(allowUnstable);
  }

  /** Committed entries to apply next. A pending snapshot comes first. */
  nextCommitted(allowUnstable: boolean): readonly Entry[] {
    if (!this.hasNextCommitted(allowUnstable)) return NO_ENTRIES;
    const room = this.maxApplyingBytes - this.applyingBytes;
    const entries = this.slice(this.applying + 1, this.maxAppliable(allowUnstable) + 1, room);
    assert(entries !== undefined, "log: committed entries were compacted before they were applied");
    return entries;
  }

  hasNextCommitted(allowUnstable: boolean): boolean {
    if (this.isApplyingPaused || this.unstable.snapshot !== null) return false;
    return this.applying < this.maxAppliable(allowUnstable);
  }

  snapshot(): Snapshot | null {
    return this.unstable.snapshot ?? this.storage.snapshot();
  }

  restore(snapshot: Snapshot): void {
    this.committed = snapshot.index;
    this.unstable.restore(snapshot);
  }

  private maxAppliable(allowUnstable: boolean): number {
    return allowUnstable ? this.committed : Math.min(this.committed, this.unstable.offset - 1);
  }
}
