// Picks the node to preempt on. Criteria apply in turn, each among those that the earlier ones left equal.
import type { PreemptionCandidate } from "../framework.ts";
import { startOf } from "./importance.ts";

// keeps sums of negative priorities in order with the number of victims, as upstream does
const PRIORITY_OFFSET = 2_147_483_648;

/** Smaller is better. */
type Criterion = (candidate: PreemptionCandidate) => number;

const CRITERIA: readonly Criterion[] = [
  (c) => c.pdbViolations,
  // the most important victim comes first
  (c) => c.victims[0]?.shape.priority ?? Number.NEGATIVE_INFINITY,
  (c) => c.victims.reduce((sum, victim) => sum + victim.shape.priority + PRIORITY_OFFSET, 0),
  (c) => c.victims.length,
  // the younger the oldest of the most important victims, the better
  (c) => -earliestStart(c),
];

/** The candidates that are best by all criteria, in the given order. */
export function bestCandidates(candidates: readonly PreemptionCandidate[]): readonly PreemptionCandidate[] {
  let left = candidates;
  for (const criterion of CRITERIA) {
    if (left.length <= 1) break;
    let best = Number.POSITIVE_INFINITY;
    let equal: PreemptionCandidate[] = [];
    for (const candidate of left) {
      const value = criterion(candidate);
      if (value < best) {
        best = value;
        equal = [];
      }
      if (value === best) equal.push(candidate);
    }
    left = equal;
  }
  return left;
}

/** When the first of the victims of highest priority started. */
function earliestStart(candidate: PreemptionCandidate): number {
  const { victims } = candidate;
  const highest = victims.reduce((max, victim) => Math.max(max, victim.shape.priority), Number.NEGATIVE_INFINITY);
  let earliest = Number.POSITIVE_INFINITY;
  for (const victim of victims) if (victim.shape.priority === highest) earliest = Math.min(earliest, startOf(victim));
  return earliest;
}
