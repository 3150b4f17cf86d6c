// One number of two sets of runs, compared: a row of compare.csv.
import type { ColumnFormat } from "./column-format.ts";

/** Which way is better. */
export type Direction = "lower" | "higher" | "neutral";

export type CompareVerdict = "worse" | "better" | "changed" | "same" | "undecided";

/** Numbers are as in the summary: durations in microseconds. NaN = not measured. */
export interface ComparedNumber {
  readonly baselineScenario: string;
  readonly baselineSha256: string;
  readonly candidateScenario: string;
  readonly candidateSha256: string;
  readonly metric: string;
  readonly format: ColumnFormat;
  readonly direction: Direction;
  /** Means over the pairs. */
  readonly baseline: number;
  readonly candidate: number;
  /** The mean of candidate - baseline. */
  readonly delta: number;
  readonly ciLow: number;
  readonly ciHigh: number;
  /** Pairs of which both were measured. */
  readonly seeds: number;
  /** Of these: differ. */
  readonly differ: number;
  /** As it was written. */
  readonly tolerance: string;
  /** The same as an amount. */
  readonly allowed: number;
  readonly verdict: CompareVerdict;
}
