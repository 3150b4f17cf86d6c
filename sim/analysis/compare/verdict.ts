// What the interval of a difference says against a tolerance. Only an interval that lies wholly on one side of a border says something;
// one that lies across it is undecided, and more seeds decide it.

import type { CompareVerdict, Direction } from "../../metrics/compared-number.ts";
import type { Interval } from "../statistics/interval.ts";

/** Differences in fewer seeds than this, and in less than half of them, are rare: how large the next one is nobody knows. */
const RARE = 5;

/** @param differences candidate - baseline of each pair */
export function isRare(differences: Float64Array): boolean {
  const count = differences.filter((difference) => difference !== 0).length;
  return count > 0 && count < RARE && count < differences.length / 2;
}

/**
 * @param interval of candidate - baseline; undefined when there are too few pairs for one
 * @param allowed how much may be different, at least 0
 * @param differences what the interval is of: rare ones beyond the tolerance are undecided, since no interval is to be trusted
 */
export function verdictOf(
  interval: Interval | undefined,
  allowed: number,
  direction: Direction,
  differences?: Float64Array,
): CompareVerdict {
  if (interval === undefined) return "undecided";
  const { low, high } = interval;
  const isBeyond = (difference: number) => Math.abs(difference) > allowed;
  if (differences !== undefined && isRare(differences) && differences.some(isBeyond)) return "undecided";
  if (low >= -allowed && high <= allowed) return "same";
  if (low > allowed) return direction === "neutral" ? "changed" : direction === "lower" ? "worse" : "better";
  if (high < -allowed) return direction === "neutral" ? "changed" : direction === "lower" ? "better" : "worse";
  return "undecided";
}
