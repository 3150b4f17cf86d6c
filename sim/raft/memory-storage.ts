// Stable storage in memory, as etcd itself keeps it beside its write-ahead log. What survives a crash is up to the
// driver: it writes here when the disk model says that a write is durable.
import { assert } from "../engine/assert.ts";
import { type Entry, limitEntries } from "./entry.ts";
import { EMPTY_CONF, EMPTY_HARD_STATE, type HardState, type Snapshot, type Storage } from "./storage.ts";

/** So many places before the head at least are given back at a time: the log is compacted every 100 entries and keeps thousands. */
const SPARE_ENTRIES = 4096;
const NO_SNAPSHOT: Snapshot = { index: 0, term: 0, conf: EMPTY_CONF, data: null };

export class MemoryStorage implements Storage {
  hardState: HardState = EMPTY_HARD_STATE;
  /** The newest snapshot kept; index 0 when there is none. */
  kept: Snapshot = NO_SNAPSHOT;
  // from `head` on the entries after the compacted index, without gap; before it room that is given back in large pieces
  private log: (Entry | undefined)[] = [];
  private head = 0;
  private compactedIndex = 0;
  private compactedTerm = 0;

  initialState() {
    return { hardState: this.hardState, conf: this.kept.conf };
  }

  firstIndex(): number {
    return this.compactedIndex + 1;
  }

  lastIndex(): number {
    return this.compactedIndex + this.log.length - this.head;
  }

  term(index: number): number | undefined {
    if (index === this.compactedIndex) return this.compactedTerm;
    return index <= this.compactedIndex ? undefined : this.log[this.placeOf(index)]?.term;
  }

  entries(low: number, high: number, maxBytes: number): readonly Entry[] | undefined {
    if (low <= this.compactedIndex) return undefined;
    assert(high <= this.lastIndex() + 1, "storage: entries beyond the last index were asked for");
    return limitEntries(this.log.slice(this.placeOf(low), this.placeOf(high)) as Entry[], maxBytes);
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
    const kept = this.placeOf(first.index);
    // not when nothing is dropped: it would give the array's spare room back each time
    if (kept < this.log.length) this.log.length = kept;
    for (const entry of entries) this.log.push(entry);
  }

  /** Takes the place of everything before and up to the snapshot, as a received snapshot does: the log is empty after it. */
  applySnapshot(snapshot: Snapshot): void {
    assert(snapshot.index > this.kept.index, "storage: the snapshot is older than the one kept");
    this.kept = snapshot;
    this.log = [];
    this.head = 0;
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
    const head = this.placeOf(index + 1);
    if (head >= SPARE_ENTRIES && head * 2 >= this.log.length) {
      this.log = this.log.slice(head);
      this.head = 0;
    } else {
      this.log.fill(undefined, this.head, head);
      this.head = head;
    }
    this.compactedIndex = index;
    this.compactedTerm = term;
  }

  private placeOf(index: number): number {
    return this.head + index - this.compactedIndex - 1;
  }
}
