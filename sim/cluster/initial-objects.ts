// What is stored in the cluster when a run begins.
import type { ClusterObjects } from "../model/objects.ts";
import type { Plan } from "../scenario/plan.ts";
import type { PluginFactory } from "../scheduler/framework.ts";
import { settledObjects } from "./settle.ts";

/** @param customPlugins of the scheduler, which places the pods of a settled cluster */
export function initialObjects(plan: Plan, customPlugins?: ReadonlyMap<string, PluginFactory>): ClusterObjects {
  if (plan.controllerManagers === null) return plan.objects;
  return plan.start === "settled" ? settledObjects(plan, customPlugins) : plan.declared;
}
