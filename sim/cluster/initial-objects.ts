// What is stored in the cluster when a run begins.
import type { ClusterObjects } from "../model/objects.ts";
import type { Plan } from "../scenario/plan.ts";

export function initialObjects(plan: Plan): ClusterObjects {
  if (plan.controllerManagers === null) return plan.objects;
  return plan.declared;
}
