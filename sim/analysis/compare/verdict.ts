// What the interval of a difference says against a tolerance. Only an interval that lies wholly on one side of a border says something;
// one that lies across it is undecided, and more seeds decide it.
import type { Interval } from "../statistics/interval.ts";
import type { Direction } from "./direction.ts";

/** changed: beyond the tolerance, of a number that has no better side. */
export type CompareVerdict = "worse" | "better" | "changed" | "same" | "undecided";

/**
 * @param interval of candidate - baseline; undefined when there are too few pairs for one
 * @param allowed how much may be different, at least 0
 */
export function verdictOf(interval: Interval | undefined, allowed: number, direction: Direction): CompareVerdict {
  if (interval === undefined) return "undecided";
  const { low, high } = interval;
  if (low >= -allowed && high <= allowed) return "same";
  if (low > allowed) return direction === "neutral" ? "changed" : direction === "lower" ? "worse" : "better";
  if (high < -allowed) return direction === "neutral" ? "changed" : direction === "lower" ? "better" : "worse";
  return "undecided";
}
