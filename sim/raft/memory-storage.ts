// Stable storage in memory, as etcd itself keeps it beside its write-ahead log. What survives a crash is up to the
// driver: it writes here when the disk model says that a write is durable.
import { assert } from "../engine/assert.ts";
import { type Entry, limitEntries } from "./entry.ts";
import { EMPTY_CONF, EMPTY_HARD_STATE, type HardState, type Snapshot, type Storage } from "./storage.ts";

const NO_SNAPSHOT: Snapshot = { index: 0, term: 0, conf: EMPTY_CONF, data: null };

export class MemoryStorage implements Storage {
  hardState: HardState = EMPTY_HARD_STATE;
  /** The newest snapshot kept; index 0 when there is none. */
  kept: Snapshot = NO_SNAPSHOT;
  /** Entries after {@link compactedIndex}. Invariant: without gap. */
  private log: Entry[] = [];
  private compactedIndex = 0;
  private compactedTerm = 0;

  initialState() {
    return { hardState: this.hardState, conf: this.kept.conf };
  }

  firstIndex(): number {
    return this.compactedIndex + 1;
  }

  lastIndex(): number {
    return this.compactedIndex + this.log.length;
  }

  term(index: number): number | undefined {
    if (index === this.compactedIndex) return this.compactedTerm;
    return this.log[index - this.compactedIndex - 1]?.term;
  }

  entries(low: number, high: number, maxBytes: number): readonly Entry[] | undefined {
    if (low <= this.compactedIndex) return undefined;
    assert(high <= this.lastIndex() + 1, "storage: entries beyond the last index were asked for");
    return limitEntries(this.log.slice(low - this.compactedIndex - 1, high - this.compactedIndex - 1), maxBytes);
  }

  snapshot(): Snapshot | null {
    return this.kept;
  }

  /** Writes entries; those at and after the first new index that were there are replaced. */
  append(entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    assert(first.index > this.compactedIndex, "storage: compacted entries would be overwritten");
    assert(first.index <= this.lastIndex() + 1, "storage: there would be a gap in the log");
    const kept = first.index - this.compactedIndex - 1;
    // not when nothing is dropped: it would give the array's spare room back each time
    if (kept < this.log.length) this.log.length = kept;
    for (const entry of entries) this.log.push(entry);
  }

  /** Takes the place of everything before and up to the snapshot, as a received snapshot does: the log is empty after it. */
  applySnapshot(snapshot: Snapshot): void {
    assert(snapshot.index > this.kept.index, "storage: the snapshot is older than the one kept");
    this.kept = snapshot;
    this.log = [];
    this.compactedIndex = snapshot.index;
    this.compactedTerm = snapshot.term;
  }

  /** Keeps a snapshot of the application beside the log. */
  keepSnapshot(snapshot: Snapshot): void {
    assert(snapshot.index <= this.lastIndex(), "storage: a snapshot beyond the log");
    if (snapshot.index > this.kept.index) this.kept = snapshot;
  }

  /** Drops entries up to and including `index`. */
  compact(index: number): void {
    if (index <= this.compactedIndex) return;
    assert(index <= this.lastIndex(), "storage: compaction beyond the log");
    const term = this.term(index)!;
    this.log = this.log.slice(index - this.compactedIndex);
    this.compactedIndex = index;
    this.compactedTerm = term;
  }
}
