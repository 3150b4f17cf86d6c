// What many runs say of one metric, and how much two variants differ in it. Values that were not measured (NaN) are left out, and
// counted out: n is how many were.
import { quantiles } from "../../metrics/quantiles.ts";
import { confidenceInterval, type Interval } from "./interval.ts";
import { meanOf, standardDeviationOf } from "./moments.ts";
import type { ResampleSource } from "./resamples.ts";

export interface Description {
  readonly n: number;
  readonly mean: number;
  /** NaN for a single value. */
  readonly standardDeviation: number;
  readonly min: number;
  /** By nearest rank, as in all tables: each is a value that occurred. */
  readonly p10: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
  /** Of the mean; undefined for a single value. */
  readonly interval: Interval | undefined;
}

/** @returns undefined when nothing was measured */
export function describeSample(values: Float64Array, source: ResampleSource): Description | undefined {
  const measured = values.filter((value) => !Number.isNaN(value));
  if (measured.length === 0) return undefined;
  const mean = meanOf(measured);
  const [min, p10, p50, p90, p99, max] = quantiles(measured, [0, 0.1, 0.5, 0.9, 0.99, 1]) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    n: measured.length,
    mean,
    standardDeviation: standardDeviationOf(measured, mean),
    min,
    p10,
    p50,
    p90,
    p99,
    max,
    interval: confidenceInterval(measured, source),
  };
}

export interface PairedDifference {
  /** Pairs of which both were measured. */
  readonly n: number;
  readonly baselineMean: number;
  readonly mean: number;
  /** The mean of candidate - baseline. */
  readonly difference: number;
  readonly standardDeviation: number;
  readonly interval: Interval | undefined;
  /** Shares of the pairs in which the candidate is lower, and higher. */
  readonly lower: number;
  readonly higher: number;
}

/**
 * The differences between two variants run with common random numbers: value i of both has the same seed, so that what luck does to
 * both cancels out.
 *
 * @returns undefined when no pair was measured
 */
export function pairedDifference(
  baseline: Float64Array,
  candidate: Float64Array,
  source: ResampleSource,
): PairedDifference | undefined {
  const pairs = Array.from(baseline.keys()).filter(
    (i) => i < candidate.length && !Number.isNaN(baseline[i]!) && !Number.isNaN(candidate[i]!),
  );
  if (pairs.length === 0) return undefined;
  const differences = Float64Array.from(pairs, (i) => candidate[i]! - baseline[i]!);
  const mean = meanOf(differences);
  return {
    n: pairs.length,
    baselineMean: meanOf(pairs.map((i) => baseline[i]!)),
    mean: meanOf(pairs.map((i) => candidate[i]!)),
    difference: mean,
    standardDeviation: standardDeviationOf(differences, mean),
    interval: confidenceInterval(differences, source),
    lower: differences.filter((d) => d < 0).length / pairs.length,
    higher: differences.filter((d) => d > 0).length / pairs.length,
  };
}
