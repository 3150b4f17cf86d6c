// How evenly something is spread: the usual measures of inequality over a list of values.

export interface Spread {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Of the whole population, not of a sample. */
  readonly stddev: number;
  /** Coefficient of variation: stddev ÷ mean; NaN when the mean is 0. */
  readonly cv: number;
  /** 0 = all equal, towards 1 = one has everything; NaN when the sum is 0. */
  readonly gini: number;
}

/** All NaN when there are no values. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  let sum = 0;
  let weighted = 0;
  for (let i = 0; i < n; i++) {
    sum += sorted[i]!;
    weighted += (2 * (i + 1) - n - 1) * sorted[i]!;
  }
  if (n === 0) return { min: NaN, max: NaN, mean: NaN, stddev: NaN, cv: NaN, gini: NaN };
  const mean = sum / n;
  let squares = 0;
  for (const value of sorted) squares += (value - mean) * (value - mean);
  const stddev = Math.sqrt(squares / n);
  return {
    min: sorted[0]!,
    max: sorted[n - 1]!,
    mean,
    stddev,
    cv: mean === 0 ? Number.NaN : stddev / mean,
    gini: sum === 0 ? Number.NaN : weighted / (n * sum),
  };
}
