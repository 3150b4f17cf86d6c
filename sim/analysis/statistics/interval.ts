// The 95 % confidence interval of a mean: Student's t, and from eight values on as far as that or the bias-corrected and accelerated bootstrap
// (Efron 1987) reaches, with the correction for small samples of Hesterberg 2015 (the normal quantile replaced by Student's, times √(n/(n-1))).
// The one is too short where tails are long on one side, the other where they are on both. Why: docs/decisions/0015-confidence-intervals.md.
import { normalQuantile } from "../../engine/distributions.ts";
import { deviationsOf, meanOf } from "./moments.ts";
import { normalCdf } from "./normal.ts";
import { type ResampleSource, resampledMeans } from "./resamples.ts";
import { studentQuantile } from "./student.ts";

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Fewer values than this cannot be resampled usefully. */
export const BOOTSTRAP_FROM = 8;
const UPPER = 0.975;

/**
 * The interval that holds the mean of what the values were drawn from, 95 times of 100.
 *
 * @param values none of them NaN
 * @returns undefined for fewer than two values
 */
export function confidenceInterval(values: Float64Array, source: ResampleSource): Interval | undefined {
  const n = values.length;
  if (n < 2) return undefined;
  const mean = meanOf(values);
  const { squares, cubes } = deviationsOf(values, mean);
  if (values.every((value) => value === values[0])) return { low: values[0]!, high: values[0]! };
  const t = studentQuantile(UPPER, n - 1);
  const half = t * Math.sqrt(squares / (n - 1) / n);
  if (n < BOOTSTRAP_FROM) return { low: mean - half, high: mean + half };
  const means = resampledMeans(values, source.of(n));
  const bias = normalQuantile(shareBelow(means, mean));
  const acceleration = cubes / (6 * squares * Math.sqrt(squares));
  const reach = t * Math.sqrt(n / (n - 1));
  const at = (z: number): number => {
    const bend = 1 - acceleration * (bias + z);
    // beyond the pole of the correction lies nothing but the end
    const share = bend <= 0 ? Number(z > 0) : normalCdf(bias + (bias + z) / bend);
    return means[Math.min(means.length - 1, Math.max(0, Math.ceil(share * means.length) - 1))]!;
  };
  return { low: Math.min(at(-reach), mean - half), high: Math.max(at(reach), mean + half) };
}

// ties count half; kept off 0 and 1, where the bias would be infinite
function shareBelow(sorted: Float64Array, value: number): number {
  const below = lowerBound(sorted, (x) => x >= value);
  const notAbove = lowerBound(sorted, (x) => x > value);
  const share = (below + notAbove) / 2 / sorted.length;
  const least = 1 / (2 * sorted.length);
  return Math.min(1 - least, Math.max(least, share));
}

function lowerBound(sorted: Float64Array, isBeyond: (x: number) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBeyond(sorted[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
