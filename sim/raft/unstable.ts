// The part of the log that is not known to be on disk yet: a tail of entries and at most one received snapshot.
// "In progress" is what was handed to the driver to be written, and not yet reported back.
import { assert } from "../engine/assert.ts";
import type { Entry } from "./entry.ts";
import type { Snapshot } from "./storage.ts";

const NO_ENTRIES: readonly Entry[] = [];

export class Unstable {
  snapshot: Snapshot | null = null;
  isSnapshotInProgress = false;
  entries: Entry[] = [];
  /** Index of `entries[0]`, also when there are none. */
  offset: number;
  /** Entries before it are in progress. Invariant: offset <= offsetInProgress <= offset + entries.length. */
  offsetInProgress: number;

  constructor(offset: number) {
    this.offset = offset;
    this.offsetInProgress = offset;
  }

  /** Index after the last entry. */
  get end(): number {
    return this.offset + this.entries.length;
  }

  /** The term at `index` if it is known here. */
  term(index: number): number | undefined {
    if (index >= this.offset) return this.entries[index - this.offset]?.term;
    return this.snapshot !== null && this.snapshot.index === index ? this.snapshot.term : undefined;
  }

  slice(low: number, high: number): Entry[] {
    assert(low >= this.offset && high <= this.end, "unstable: slice out of bounds");
    return this.entries.slice(low - this.offset, high - this.offset);
  }

  /** Entries that were not handed out yet. */
  nextEntries(): readonly Entry[] {
    const from = this.offsetInProgress - this.offset;
    return from === this.entries.length ? NO_ENTRIES : this.entries.slice(from);
  }

  /** The snapshot, if it was not handed out yet. */
  nextSnapshot(): Snapshot | null {
    return this.isSnapshotInProgress ? null : this.snapshot;
  }

  /** Everything here was handed out. */
  acceptInProgress(): void {
    this.offsetInProgress = this.end;
    if (this.snapshot !== null) this.isSnapshotInProgress = true;
  }

  /**
   * The entry is on disk. Ignored when it is not (or no longer) the one in the log: another leader may have replaced it
   * while it was being written.
   */
  stableTo(index: number, term: number): void {
    if (index < this.offset || this.term(index) !== term) return;
    this.entries = this.entries.slice(index + 1 - this.offset);
    this.offset = index + 1;
    this.offsetInProgress = Math.max(this.offsetInProgress, this.offset);
  }

  /** The snapshot is on disk. */
  stableSnapshotTo(index: number): void {
    if (this.snapshot === null || this.snapshot.index !== index) return;
    this.snapshot = null;
    this.isSnapshotInProgress = false;
  }

  /** The log begins anew after a received snapshot. */
  restore(snapshot: Snapshot): void {
    this.offset = snapshot.index + 1;
    this.offsetInProgress = this.offset;
    this.entries = [];
    this.snapshot = snapshot;
    this.isSnapshotInProgress = false;
  }

  /** Appends, after it has removed entries at and after the first new index. */
  truncateAndAppend(entries: readonly Entry[]): void {
    const from = entries[0]!.index;
    assert(from <= this.end, "unstable: there would be a gap in the log");
    if (from <= this.offset) {
      this.entries = entries.slice();
      this.offset = from;
      this.offsetInProgress = from;
      return;
    }
    if (from < this.end) {
      this.entries = this.entries.slice(0, from - this.offset);
      this.offsetInProgress = Math.min(this.offsetInProgress, from);
    }
    for (let i = 0; i < entries.length; i++) this.entries.push(entries[i]!);
  }
}
