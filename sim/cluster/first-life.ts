// How the replicas of a component begin: in a settled cluster the first has been leading for long, and the others wait for its lease.
import type { FirstLife } from "../apiserver/component.ts";
import type { Plan } from "../scenario/plan.ts";

/** @param number of the replica */
export function firstLife({ start }: Pick<Plan, "start">, number: number): FirstLife {
  if (start !== "settled") return "anew";
  return number === 0 ? "working" : "waiting";
}
