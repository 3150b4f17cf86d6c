// From what a scenario says about the cluster autoscaler and its node groups to the plan, defaults filled in.
import {
  type AutoscalerFlags,
  type AutoscalerPlan,
  DEFAULT_AUTOSCALER_FLAGS,
  type NodeGroupOverrides,
  type NodeGroupPlan,
} from "../model/autoscaler-plan.ts";
import type { Problem } from "../model/problem.ts";
import { AUTOSCALER_DURATION_FLAGS, AUTOSCALER_PLAIN_FLAGS, type AutoscalerSpec } from "./autoscaler-schema.ts";
import { electionPlan, electionProblem } from "./controller-manager.ts";
import { distributionOf, durationMicros } from "./duration-schema.ts";
import { poolTemplate } from "./node-pools.ts";
import type { NodePool } from "./schema.ts";

const OVERRIDES = ["scaleDownUnneededTime", "scaleDownUnreadyTime", "maxNodeProvisionTime"] as const;

/** @returns null when no autoscaler runs */
export function autoscalerPlan(
  spec: AutoscalerSpec | undefined,
  groups: readonly NodeGroupPlan[],
): AutoscalerPlan | null {
  if (spec === false || groups.length === 0) return null;
  const flags: { -readonly [K in keyof AutoscalerFlags]: AutoscalerFlags[K] } = { ...DEFAULT_AUTOSCALER_FLAGS };
  for (const name of AUTOSCALER_PLAIN_FLAGS) {
    const value = spec?.[name];
    // the schema has given each flag the type that it has in the plan
    if (value !== undefined) (flags as Record<string, unknown>)[name] = value;
  }
  for (const name of AUTOSCALER_DURATION_FLAGS) {
    const value = spec?.[name];
    if (value !== undefined) flags[`${name}Micros`] = durationMicros(value);
  }
  const { expander } = spec ?? {};
  if (expander !== undefined) flags.expander = Array.isArray(expander) ? expander : [expander];
  return { replicas: spec?.replicas ?? 1, election: electionPlan(spec), flags };
}

/** What is wrong between fields that are right each on its own. */
export function autoscalerProblem(
  spec: AutoscalerSpec | undefined,
  groups: readonly NodeGroupPlan[],
  hasControllers: boolean,
): Problem | null {
  if (spec === undefined || spec === false) return null;
  if (groups.length === 0)
    return { path: [], expected: "a node pool with autoscaling: there is nothing to scale", received: "none" };
  if (!hasControllers)
    return { path: [], expected: "no autoscaler where there are no controllers and kubelets", received: "" };
  const { expander } = spec;
  if (Array.isArray(expander)) {
    const twice = expander.findIndex((name, i) => expander.indexOf(name) < i);
    if (twice >= 0)
      return { path: ["expander", twice], expected: "each expander once", received: expander[twice] ?? "" };
  }
  const [initial, max] = [spec.initialNodeGroupBackoffDuration, spec.maxNodeGroupBackoffDuration];
  const [initialMicros, maxMicros] = [
    initial === undefined ? DEFAULT_AUTOSCALER_FLAGS.initialNodeGroupBackoffDurationMicros : durationMicros(initial),
    max === undefined ? DEFAULT_AUTOSCALER_FLAGS.maxNodeGroupBackoffDurationMicros : durationMicros(max),
  ];
  if (initialMicros > maxMicros)
    return {
      path: [initial === undefined ? "maxNodeGroupBackoffDuration" : "initialNodeGroupBackoffDuration"],
      expected: "a first back-off that is not longer than the longest",
      received: `${initialMicros / 1_000_000}s and ${maxMicros / 1_000_000}s`,
    };
  return electionProblem(spec);
}

/** One group per zone of each pool with autoscaling. */
export function nodeGroups(pools: readonly NodePool[]): readonly NodeGroupPlan[] {
  return pools.flatMap((pool) => {
    const { autoscaling } = pool;
    if (autoscaling === undefined) return [];
    const zones = [...new Set(pool.zones ?? [])];
    const overrides: { -readonly [K in keyof NodeGroupOverrides]: NodeGroupOverrides[K] } = {};
    for (const name of OVERRIDES) {
      const value = autoscaling[name];
      if (value !== undefined) overrides[`${name}Micros`] = durationMicros(value);
    }
    if (autoscaling.scaleDownUtilizationThreshold !== undefined)
      overrides.scaleDownUtilizationThreshold = autoscaling.scaleDownUtilizationThreshold;
    const price = autoscaling.price ?? pool.price;
    return (zones.length === 0 ? [""] : zones).map(
      (zone): NodeGroupPlan => ({
        id: zones.length > 1 ? `${pool.name}-${zone}` : pool.name,
        pool: pool.name,
        zone,
        min: autoscaling.min,
        max: autoscaling.max,
        template: poolTemplate(pool, zone === "" ? undefined : zone),
        racks: pool.racks ?? null,
        priceMicrosPerHour: price === undefined ? null : Math.round(price * 1_000_000),
        priority: autoscaling.priority ?? 0,
        provisionMicros: autoscaling.provisionTime === undefined ? null : distributionOf(autoscaling.provisionTime),
        overrides,
      }),
    );
  });
}
