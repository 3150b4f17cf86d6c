// A plan in which some faults and actions happen in name only: what its expectations then still say does not depend on them.
import { nearest } from "../model/problem.ts";
import type { Plan } from "./plan.ts";

/** Ids of everything that happens in a plan, faults first. */
export function causesOf({ actions, faults }: Plan): readonly string[] {
  return [...faults, ...actions].map(({ id }) => id);
}

/**
 * The plan without the effects of these.
 *
 * @throws RangeError for an id that it does not have
 */
export function withPlacebos(plan: Plan, ids: readonly string[]): Plan {
  const known = causesOf(plan);
  for (const id of ids) {
    if (known.includes(id)) continue;
    const near = nearest(id, known);
    throw new RangeError(`no fault or action ${id}${near === undefined ? "" : `; did you mean ${near}?`}`);
  }
  const mark = <T extends { readonly id: string }>(cause: T): T =>
    ids.includes(cause.id) ? { ...cause, isPlacebo: true } : cause;
  const variant = [plan.variant, ...ids.map((id) => `without ${id}`)].filter((part) => part !== "").join(", ");
  return { ...plan, variant, faults: plan.faults.map(mark), actions: plan.actions.map(mark) };
}
