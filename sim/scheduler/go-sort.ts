// The order in which the sorting of Go leaves elements, ties included: equal elements do not keep their order once there are
// more than twelve. Which of several equally important pods becomes a victim hangs on it.
// Algorithm: pattern-defeating quicksort (Orson R. L. Peters, 2021) with the constants that Go took.

const INSERTION_MAX = 12;
const NINTHER_MIN = 50;
const REPAIR_MIN = 50;
const REPAIRS = 5;
// exchanges in the choice of a pivot when all samples were in descending order
const ALL_EXCHANGED = 12;
const WORD = (1n << 64n) - 1n;

type Compare<T> = (a: T, b: T) => number;

/** Sorts in place and returns the array. `compare` is negative when a comes before b; every other result counts as "not before". */
export function goSort<T>(items: T[], compare: Compare<T>): T[] {
  new PatternDefeatingSort(items, compare).sort(0, items.length, bitLength(items.length));
  return items;
}

class PatternDefeatingSort<T> {
  private readonly items: T[];
  private readonly compare: Compare<T>;
  private exchanges = 0;

  constructor(items: T[], compare: Compare<T>) {
    this.items = items;
    this.compare = compare;
  }

  /** @param badSplits how many lopsided splits are put up with before heapsort takes over */
  sort(from: number, to: number, badSplits: number): void {
    let left = badSplits;
    let balanced = true;
    let inPlace = true;
    for (;;) {
      const length = to - from;
      if (length <= INSERTION_MAX) return this.insertionSort(from, to);
      if (left === 0) return this.heapSort(from, to);
      if (!balanced) {
        this.scatter(from, length);
        left--;
      }
      let pivot = this.choosePivot(from, length);
      let ascending = this.exchanges === 0;
      if (this.exchanges === ALL_EXCHANGED) {
        this.reverse(from, to - 1);
        pivot = from + to - 1 - pivot;
        ascending = true;
      }
      if (balanced && inPlace && ascending && this.repair(from, to)) return;
      // nothing here is below the pivot of an earlier split: if this one equals that, its equals are done
      if (from > 0 && !this.before(from - 1, pivot)) {
        from = this.splitOffEquals(from, to, pivot);
        continue;
      }
      const [middle, untouched] = this.split(from, to, pivot);
      inPlace = untouched;
      const [below, above] = [middle - from, to - middle];
      balanced = Math.min(below, above) >= Math.floor(length / 8);
      // the smaller side first, by recursion
      if (below < above) {
        this.sort(from, middle, left);
        from = middle + 1;
      } else {
        this.sort(middle + 1, to, left);
        to = middle;
      }
    }
  }

  private before(a: number, b: number): boolean {
    return this.compare(this.items[a] as T, this.items[b] as T) < 0;
  }

  private swap(a: number, b: number): void {
    const { items } = this;
    const kept = items[a] as T;
    items[a] = items[b] as T;
    items[b] = kept;
  }

  /** Lets an element sink towards the front, not beyond `floor`. */
  private sink(at: number, floor: number): void {
    for (let i = at; i > floor && this.before(i, i - 1); i--) this.swap(i, i - 1);
  }

  private insertionSort(from: number, to: number): void {
    for (let i = from + 1; i < to; i++) this.sink(i, from);
  }

  private heapSort(from: number, to: number): void {
    const size = to - from;
    for (let root = Math.floor((size - 1) / 2); root >= 0; root--) this.siftDown(from, root, size);
    for (let last = size - 1; last >= 0; last--) {
      this.swap(from, from + last);
      this.siftDown(from, 0, last);
    }
  }

  private siftDown(from: number, top: number, size: number): void {
    for (let root = top, child = 2 * root + 1; child < size; root = child, child = 2 * root + 1) {
      if (child + 1 < size && this.before(from + child, from + child + 1)) child++;
      if (!this.before(from + root, from + child)) return;
      this.swap(from + root, from + child);
    }
  }

  private reverse(first: number, last: number): void {
    for (let i = first, j = last; i < j; i++, j--) this.swap(i, j);
  }

  /** The median of three elements at the quarters; for long ranges each of them is a median of three neighbours. */
  private choosePivot(from: number, length: number): number {
    this.exchanges = 0;
    const quarter = Math.floor(length / 4);
    let samples = [1, 2, 3].map((i) => from + quarter * i);
    if (length >= NINTHER_MIN) samples = samples.map((i) => this.median(i - 1, i, i + 1));
    return this.median(samples[0] as number, samples[1] as number, samples[2] as number);
  }

  /** Three comparisons of positions, counting how many were the wrong way round. */
  private median(a: number, b: number, c: number): number {
    let [low, middle, high] = [a, b, c];
    if (this.exchanged(low, middle)) [low, middle] = [middle, low];
    if (this.exchanged(middle, high)) [middle, high] = [high, middle];
    if (this.exchanged(low, middle)) middle = low;
    return middle;
  }

  private exchanged(low: number, high: number): boolean {
    const wrong = this.before(high, low);
    if (wrong) this.exchanges++;
    return wrong;
  }

  /** Few neighbours out of order are put right in passing; false when there are too many, or the range is short. */
  private repair(from: number, to: number): boolean {
    let at = from + 1;
    for (let round = 0; round < REPAIRS; round++) {
      while (at < to && !this.before(at, at - 1)) at++;
      if (at === to) return true;
      if (to - from < REPAIR_MIN) return false;
      this.swap(at, at - 1);
      if (at - from >= 2) this.sink(at - 1, 0);
      if (to - at >= 2) for (let i = at + 1; i < to && this.before(i, i - 1); i++) this.swap(i, i - 1);
    }
    return false;
  }

  /** Breaks patterns that make for lopsided splits: three elements around the middle change places with pseudorandom ones. */
  private scatter(from: number, length: number): void {
    let random = BigInt(length);
    const mask = (1n << BigInt(bitLength(length))) - 1n;
    const middle = from + Math.floor(length / 4) * 2;
    for (let i = 0; i < 3; i++) {
      random ^= (random << 13n) & WORD;
      random ^= random >> 7n;
      random ^= (random << 17n) & WORD;
      const drawn = Number(random & mask);
      this.swap(middle - 1 + i, from + (drawn >= length ? drawn - length : drawn));
    }
  }

  /** Elements before the pivot, the pivot, the rest. Returns the pivot's place, and whether nothing else had to move. */
  private split(from: number, to: number, pivot: number): readonly [place: number, untouched: boolean] {
    this.swap(from, pivot);
    let low = from + 1;
    let high = to - 1;
    for (let untouched = true; ; untouched = false) {
      while (low <= high && this.before(low, from)) low++;
      while (low <= high && !this.before(high, from)) high--;
      if (low > high) {
        this.swap(high, from);
        return [high, untouched];
      }
      this.swap(low++, high--);
    }
  }

  /** Elements equal to the pivot, then greater ones; there are no smaller ones. Returns where the greater ones begin. */
  private splitOffEquals(from: number, to: number, pivot: number): number {
    this.swap(from, pivot);
    let low = from + 1;
    let high = to - 1;
    for (;;) {
      while (low <= high && !this.before(from, low)) low++;
      while (low <= high && this.before(from, high)) high--;
      if (low > high) return low;
      this.swap(low++, high--);
    }
  }
}

/** Binary digits of a positive integer; 0 for 0. */
function bitLength(n: number): number {
  return 32 - Math.clz32(n);
}
