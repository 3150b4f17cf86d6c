// Conditions of a pod's status as the API keeps them: one per type, in order of first appearance.
import type { PodCondition } from "./objects.ts";

/** The conditions with one replaced or added. The transition time of an unchanged status is kept. */
export function withCondition(
  conditions: readonly PodCondition[] | null | undefined,
  condition: PodCondition,
): PodCondition[] {
  const result: PodCondition[] = [];
  let placed = false;
  for (const c of conditions ?? []) {
    if (c.type !== condition.type) {
      result.push(c);
      continue;
    }
    placed = true;
    result.push(c.status === condition.status ? { ...condition, lastTransitionTime: c.lastTransitionTime } : condition);
  }
  if (!placed) result.push(condition);
  return result;
}
