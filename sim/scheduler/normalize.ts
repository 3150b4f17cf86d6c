// Normalization of the raw scores of all feasible nodes, in place.
import { normalizedByMax } from "./arithmetic.ts";

/** 100 × score / highest score, or 100 minus that when `reverse`. */
export function normalizeByMax(scores: Float64Array, reverse: boolean): void {
  let max = 0;
  for (const score of scores) if (score > max) max = score;
  for (let i = 0; i < scores.length; i++) scores[i] = normalizedByMax(scores[i]!, max, reverse);
}
