// Counts of whole numbers (microseconds, bytes) in buckets that are at most 1/64 of their value wide: quantiles of millions of values in
// a few kilobytes, off by less than 0.8 % of the value. After HdrHistogram (G. Tene).
import { assert } from "../engine/assert.ts";

/** Values below this have a bucket each; above, every doubling has half as many buckets. */
const EXACT = 128;
const HALF = EXACT / 2;
const FIRST_CAPACITY = 512;

export class Histogram {
  private counts = new Float64Array(FIRST_CAPACITY);
  private total = 0;
  private largest = Number.NaN;
  private sum = 0;

  get count(): number {
    return this.total;
  }

  /** The exact maximum; NaN when there is no value. */
  get max(): number {
    return this.largest;
  }

  /** The exact mean; NaN when there is no value. */
  get mean(): number {
    return this.total === 0 ? Number.NaN : this.sum / this.total;
  }

  /** @param value a whole number of at least 0 */
  add(value: number): void {
    assert(value >= 0, "a histogram takes no negative values");
    const bucket = bucketOf(value);
    if (bucket >= this.counts.length) this.grow(bucket);
    this.counts[bucket] = this.counts[bucket]! + 1;
    this.total++;
    this.sum += value;
    if (!(value <= this.largest)) this.largest = value;
  }

  /** Adds a value so many times. */
  addMany(value: number, times: number): void {
    if (times <= 0) return;
    this.add(value);
    const bucket = bucketOf(value);
    this.counts[bucket] = this.counts[bucket]! + times - 1;
    this.total += times - 1;
    this.sum += value * (times - 1);
  }

  /** As if nothing had ever been added. */
  clear(): void {
    this.counts.fill(0);
    this.total = 0;
    this.largest = Number.NaN;
    this.sum = 0;
  }

  /** Takes in everything that another has counted. */
  addAll(other: Histogram): void {
    if (other.total === 0) return;
    if (other.counts.length > this.counts.length) this.grow(other.counts.length - 1);
    for (let i = 0; i < other.counts.length; i++) this.counts[i] = this.counts[i]! + other.counts[i]!;
    this.total += other.total;
    this.sum += other.sum;
    if (!(other.largest <= this.largest)) this.largest = other.largest;
  }

  /** Nearest rank, as the middle of its bucket; share 1 is the exact maximum. NaN when there is no value. */
  quantile(share: number): number {
    if (this.total === 0) return Number.NaN;
    if (share >= 1) return this.largest;
    const rank = Math.max(1, Math.ceil((Math.round(share * 1e6) * this.total) / 1e6));
    let seen = 0;
    for (let i = 0; i < this.counts.length; i++) {
      seen += this.counts[i]!;
      if (seen >= rank) return Math.min(middleOf(i), this.largest);
    }
    return this.largest;
  }

  private grow(bucket: number): void {
    const larger = new Float64Array(Math.max(this.counts.length * 2, bucket + 1));
    larger.set(this.counts);
    this.counts = larger;
  }
}

function bucketOf(value: number): number {
  let width = value;
  let doublings = 0;
  while (width >= EXACT) {
    width = Math.floor(width / 2);
    doublings++;
  }
  return doublings * HALF + width;
}

function middleOf(bucket: number): number {
  if (bucket < EXACT) return bucket;
  const doublings = Math.floor(bucket / HALF) - 1;
  let width = 1;
  for (let i = 0; i < doublings; i++) width *= 2;
  return (bucket - doublings * HALF) * width + Math.floor((width - 1) / 2);
}
