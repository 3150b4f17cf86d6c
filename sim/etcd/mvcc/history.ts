// All changes since the last compaction in their order: what watches are served from. Changes are numbered from 0 on for ever;
// the oldest are dropped in chunks. Within a revision (a transaction) they stand in the order of its operations.
import { fail } from "../../engine/assert.ts";
import type { Version } from "./version.ts";

const CHUNK_BITS = 10;
const CHUNK_CHANGES = 1 << CHUNK_BITS;

export class History {
  /** Number of the next change. */
  end = 0;
  /** Number of the oldest change that is kept. */
  begin = 0;
  private chunks: Version[][] = [];
  // number of the first change of chunks[0]
  private base = 0;

  push(version: Version): void {
    const at = this.end - this.base;
    if ((at & (CHUNK_CHANGES - 1)) === 0) this.chunks.push([]);
    this.chunks[at >>> CHUNK_BITS]!.push(version);
    this.end++;
  }

  /** @throws AssertionError when the change was dropped or is still to come */
  at(number: number): Version {
    if (number < this.begin || number >= this.end) fail(`no change ${number} in ${this.begin} … ${this.end - 1}`);
    const at = number - this.base;
    return this.chunks[at >>> CHUNK_BITS]![at & (CHUNK_CHANGES - 1)]!;
  }

  /** Number of the first change at or after `revision`; {@link end} when there is none. */
  firstAt(revision: number): number {
    let low = this.begin;
    let high = this.end;
    while (low < high) {
      const middle = low + Math.floor((high - low) / 2);
      if (this.at(middle).modRevision < revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Drops all changes before number `begin`. */
  dropBefore(begin: number): void {
    if (begin <= this.begin) return;
    this.begin = begin;
    const whole = (begin - this.base) >>> CHUNK_BITS;
    if (whole === 0) return;
    this.chunks.splice(0, whole);
    this.base += whole * CHUNK_CHANGES;
  }
}
