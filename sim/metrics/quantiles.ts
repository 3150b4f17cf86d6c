// Exact quantiles by nearest rank: every quantile is a value that occurred, so it can be found again in the table it came from.

/**
 * The quantiles of some values, each the smallest value that at least that share of them does not exceed.
 *
 * @param values in any order; NaN are left out; not changed
 * @param shares in 0 … 1; 1 is the maximum
 * @returns one per share; NaN when there is no value
 */
export function quantiles(values: Float64Array, shares: readonly number[]): number[] {
  const sorted = values.filter((v) => !Number.isNaN(v)).sort();
  const n = sorted.length;
  return shares.map((share) => (n === 0 ? Number.NaN : (sorted[rankOf(share, n)] as number)));
}

/**
 * Quantiles of a quantity over time: of values that each held for a while.
 *
 * @param weights how long each value held; same length as `values`
 */
export function weightedQuantiles(values: Float64Array, weights: Float64Array, shares: readonly number[]): number[] {
  const order = Array.from(values.keys()).filter((i) => (weights[i] as number) > 0);
  order.sort((a, b) => (values[a] as number) - (values[b] as number) || a - b);
  let total = 0;
  for (const i of order) total += weights[i] as number;
  return shares.map((share) => {
    let sum = 0;
    for (const i of order) {
      sum += weights[i] as number;
      if (sum >= share * total) return values[i] as number;
    }
    return Number.NaN;
  });
}

function rankOf(share: number, n: number): number {
  // in whole millionths: 0.07 × 100 is 7.000000000000001 in floating point, which would be one rank too high
  return Math.min(n - 1, Math.max(0, Math.ceil((Math.round(share * 1e6) * n) / 1e6) - 1));
}
