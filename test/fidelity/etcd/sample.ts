// A sample of one measured quantity and its quantiles, as the recorder's summary computes them (linear between order statistics),
// and how far a quantile of n values may lie from the true one by chance: the ranks of order statistics are Beta distributed.

/** Values in ascending order, with quantiles and ranks. */
export class Sample {
  readonly sorted: Float64Array;
  /** Whole numbers (rounds, terms, yes or no): quantiles are values that occurred, not points between two of them. */
  readonly isDiscrete: boolean;

  constructor(values: Iterable<number>, isDiscrete: boolean) {
    this.sorted = Float64Array.from(values).sort();
    this.isDiscrete = isDiscrete;
  }

  get size(): number {
    return this.sorted.length;
  }

  /** The quantile of a share in 0 … 1; NaN of nothing. */
  quantile(share: number): number {
    const n = this.sorted.length;
    if (n === 0) return Number.NaN;
    const rank = share * (n - 1);
    // the small subtraction keeps 0.9 × 10 from being a rank too high
    if (this.isDiscrete) return this.sorted[Math.max(0, Math.ceil(share * n - 1e-9) - 1)]!;
    const low = Math.floor(rank);
    const below = this.sorted[low]!;
    const above = this.sorted[Math.min(n - 1, low + 1)]!;
    return below + (above - below) * (rank - low);
  }

  /** The shares of values below and up to x: a point in the distribution, or a range where many values are equal. */
  rank(x: number): { readonly below: number; readonly upTo: number } {
    const n = this.sorted.length;
    const count = (isCounted: (value: number) => boolean): number => {
      let low = 0;
      let high = n;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (isCounted(this.sorted[middle]!)) low = middle + 1;
        else high = middle;
      }
      return low;
    };
    return { below: count((value) => value < x) / n, upTo: count((value) => value <= x) / n };
  }
}

/**
 * Where in the true distribution the quantile of a sample lies, with 99 % probability: shares in 0 … 1.
 *
 * @param share which quantile, in 0 … 1
 * @param n size of the sample, at least 1
 */
export function chanceBand(share: number, n: number): { readonly low: number; readonly high: number } {
  const rank = share * (n - 1) + 1;
  return { low: betaQuantile(0.005, rank, n + 1 - rank), high: betaQuantile(0.995, rank, n + 1 - rank) };
}

function betaQuantile(probability: number, a: number, b: number): number {
  let low = 0;
  let high = 1;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (betaCumulative(middle, a, b) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The regularized incomplete beta function, by Lentz's continued fraction (DLMF 8.17.22). */
export function betaCumulative(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - betaCumulative(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x)) / a;
  let fraction = 1;
  let c = 1;
  let d = 0;
  for (let i = 0; i <= 400; i++) {
    const m = i >> 1;
    let numerator = 1;
    if (i > 0 && i % 2 === 0) numerator = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    else if (i > 0) numerator = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 + numerator * d;
    d = 1 / (Math.abs(d) < 1e-30 ? 1e-30 : d);
    c = 1 + numerator / c;
    if (Math.abs(c) < 1e-30) c = 1e-30;
    fraction *= c * d;
    if (Math.abs(1 - c * d) < 1e-12) break;
  }
  return front * (fraction - 1);
}

/** Stirling's series, shifted to arguments of 8 and more. */
function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  while (z < 8) {
    shift -= Math.log(z);
    z++;
  }
  const inverse = 1 / (z * z);
  const series = (1 / 12 - (1 / 360 - (1 / 1260 - inverse / 1680) * inverse) * inverse) / z;
  return shift + (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series;
}
