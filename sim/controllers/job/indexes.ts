// Sets of completion indexes as sorted intervals, and their text in a Job's status: "1,3-5,7". Their size grows with the gaps, not with
// the number of indexes. Source: the form of status.completedIndexes in the API reference.

/** Immutable. */
export class IndexSet {
  // first, last, first, last … ascending; no two intervals touch
  private readonly bounds: readonly number[];

  private constructor(bounds: readonly number[]) {
    this.bounds = bounds;
  }

  static readonly EMPTY = new IndexSet([]);

  /** @param indexes in any order, with or without repetitions */
  static of(indexes: Iterable<number>): IndexSet {
    const sorted = [...new Set(indexes)].sort((a, b) => a - b);
    return IndexSet.joined(sorted.map((index) => [index, index]));
  }

  /** Reads a status; what is not below `completions`, and what cannot be read, is left out. */
  static parse(text: string | null | undefined, completions: number): IndexSet {
    if (!text) return IndexSet.EMPTY;
    const ranges: [number, number][] = [];
    for (const part of text.split(",")) {
      const [first, last = first] = part.split("-").map(Number);
      if (first === undefined || last === undefined || !(first <= last) || first >= completions) continue;
      ranges.push([first, Math.min(last, completions - 1)]);
    }
    return IndexSet.joined(ranges);
  }

  get size(): number {
    let size = 0;
    for (let i = 0; i < this.bounds.length; i += 2) size += this.bounds[i + 1]! - this.bounds[i]! + 1;
    return size;
  }

  has(index: number): boolean {
    const { bounds } = this;
    let low = 0;
    let high = bounds.length / 2;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (bounds[2 * middle + 1]! < index) low = middle + 1;
      else high = middle;
    }
    return 2 * low < bounds.length && bounds[2 * low]! <= index;
  }

  with(indexes: Iterable<number>): IndexSet {
    return this.union(IndexSet.of(indexes));
  }

  union(other: IndexSet): IndexSet {
    if (other.bounds.length === 0) return this;
    if (this.bounds.length === 0) return other;
    return IndexSet.joined([...this.ranges(), ...other.ranges()].sort((a, b) => a[0] - b[0]));
  }

  /** The lowest `count` indexes below `completions` that are not in the set. */
  missing(count: number, completions: number): number[] {
    const missing: number[] = [];
    let candidate = 0;
    for (const [first, last] of this.ranges()) {
      for (; candidate < first && candidate < completions && missing.length < count; candidate++)
        missing.push(candidate);
      candidate = Math.max(candidate, last + 1);
    }
    for (; candidate < completions && missing.length < count; candidate++) missing.push(candidate);
    return missing;
  }

  toString(): string {
    return this.ranges()
      .map(([first, last]) => {
        if (first === last) return String(first);
        return last === first + 1 ? `${first},${last}` : `${first}-${last}`;
      })
      .join(",");
  }

  private ranges(): [number, number][] {
    const ranges: [number, number][] = [];
    for (let i = 0; i < this.bounds.length; i += 2) ranges.push([this.bounds[i]!, this.bounds[i + 1]!]);
    return ranges;
  }

  // of ranges in ascending order
  private static joined(ranges: readonly (readonly [number, number])[]): IndexSet {
    const bounds: number[] = [];
    for (const [first, last] of ranges) {
      const end = bounds.length - 1;
      if (end > 0 && first <= bounds[end]! + 1) bounds[end] = Math.max(bounds[end]!, last);
      else bounds.push(first, last);
    }
    return new IndexSet(bounds);
  }
}
