// Mean and standard deviation of a sample. Sums carry their rounding error along (Neumaier 1974), in the order of the values:
// the same values in the same order give the same bits everywhere.

/** The sum with the rounding error of every addition added at the end. */
export function sumOf(values: ArrayLike<number>): number {
  let sum = 0;
  let lost = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return sum + lost;
}

/** @returns NaN without values */
export function meanOf(values: ArrayLike<number>): number {
  return sumOf(values) / values.length;
}

/** Sums of squared and of cubed deviations from a mean: two passes, so that large values with small differences keep their digits. */
export function deviationsOf(
  values: ArrayLike<number>,
  mean: number,
): { readonly squares: number; readonly cubes: number } {
  let squares = 0;
  let cubes = 0;
  for (let i = 0; i < values.length; i++) {
    const off = values[i]! - mean;
    squares += off * off;
    cubes += off * off * off;
  }
  return { squares, cubes };
}

/** Of a sample: divided by n - 1. @returns NaN for fewer than two values */
export function standardDeviationOf(values: ArrayLike<number>, mean: number = meanOf(values)): number {
  return values.length < 2 ? Number.NaN : Math.sqrt(deviationsOf(values, mean).squares / (values.length - 1));
}
