// Conditions as the workload controllers keep them: a condition that says nothing new stays as it is, one that does goes to the end.
// Source: behaviour of the Set…Condition functions of kube-controller-manager.
import type { Condition } from "../../model/objects.ts";

export function findCondition(
  conditions: readonly Condition[] | null | undefined,
  type: string,
): Condition | undefined {
  for (const condition of conditions ?? []) if (condition.type === type) return condition;
  return undefined;
}

/** With this condition, unless one of the same status and reason is there already. */
export function setCondition(
  conditions: readonly Condition[] | null | undefined,
  condition: Condition,
): readonly Condition[] {
  const known = findCondition(conditions, condition.type);
  if (known?.status === condition.status && known.reason === condition.reason) return conditions ?? [];
  const isSameStatus = known?.status === condition.status;
  const transition = isSameStatus ? known.lastTransitionTime : condition.lastTransitionTime;
  return [...removeCondition(conditions, condition.type), { ...condition, lastTransitionTime: transition ?? null }];
}

export function removeCondition(
  conditions: readonly Condition[] | null | undefined,
  type: string,
): readonly Condition[] {
  if (findCondition(conditions, type) === undefined) return conditions ?? [];
  return (conditions ?? []).filter((condition) => condition.type !== type);
}

/** Do both say the same, field by field? */
export function sameConditions(
  a: readonly Condition[] | null | undefined,
  b: readonly Condition[] | null | undefined,
): boolean {
  const ours = a ?? [];
  const theirs = b ?? [];
  if (ours === theirs) return true;
  if (ours.length !== theirs.length) return false;
  return ours.every((one, i) => {
    const other = theirs[i] as Condition;
    return (
      one === other ||
      (one.type === other.type &&
        one.status === other.status &&
        one.reason === other.reason &&
        one.message === other.message &&
        one.lastTransitionTime === other.lastTransitionTime &&
        one.lastUpdateTime === other.lastUpdateTime)
    );
  });
}
