// Which plugins a profile runs at which extension point, and in which order: `multiPoint` stands for all points that a
// plugin implements, and a plugin named at a point of its own overrides it there.
// Source: KubeSchedulerConfiguration v1, "Extension points" and "multiPoint"; order as in Kubernetes 1.36.
import type { PluginReference, PluginSets } from "../model/scheduler-configuration.ts";
import type { Plugin } from "./framework.ts";

export const EXTENSION_POINTS = [
  "preEnqueue",
  "queueSort",
  "preFilter",
  "filter",
  "postFilter",
  "preScore",
  "score",
  "reserve",
] as const;
export type ExtensionPoint = (typeof EXTENSION_POINTS)[number];

const METHOD_OF_POINT: Readonly<Record<ExtensionPoint, keyof Plugin>> = {
  preEnqueue: "preEnqueue",
  queueSort: "less",
  preFilter: "preFilter",
  filter: "filter",
  postFilter: "postFilter",
  preScore: "preScore",
  score: "score",
  reserve: "reserve",
};

export function implementsPoint(plugin: Plugin, point: ExtensionPoint | "signPod"): boolean {
  return plugin[point === "signPod" ? point : METHOD_OF_POINT[point]] !== undefined;
}

/** Plugins with weights, in running order, for every extension point. */
export type ExpandedPlugins = Readonly<Record<ExtensionPoint, readonly PluginReference[]>>;

/**
 * @param sets as in the configuration, with the default plugins merged in
 * @param instance gives the plugin of a name, or throws
 * @throws Error when a plugin is enabled twice, or at a point that it does not implement
 */
export function expandPluginSets(sets: PluginSets, instance: (name: string) => Plugin): ExpandedPlugins {
  const expanded: Partial<Record<ExtensionPoint, readonly PluginReference[]>> = {};
  const weights = scoreWeights(sets);
  for (const point of EXTENSION_POINTS) {
    const names = expandPoint(sets, point, instance);
    expanded[point] = names.map((name) => ({ name, weight: weights.get(name) ?? 1 }));
  }
  return expanded as ExpandedPlugins;
}

function expandPoint(sets: PluginSets, point: ExtensionPoint, instance: (name: string) => Plugin): string[] {
  const own = sets[point];
  const named: string[] = [];
  for (const { name } of own.enabled) {
    if (named.includes(name)) throw new Error(`plugin ${name} is enabled twice for ${point}`);
    if (!implementsPoint(instance(name), point)) throw new Error(`plugin ${name} does not extend ${point}`);
    named.push(name);
  }
  const disabled = new Set(own.disabled.map((p) => p.name));
  if (disabled.has("*")) return named;
  const overriding: string[] = [];
  const inherited: string[] = [];
  for (const { name } of sets.multiPoint.enabled) {
    if (!implementsPoint(instance(name), point) || disabled.has(name)) continue;
    if (named.includes(name)) {
      overriding.push(name);
      continue;
    }
    if (inherited.includes(name)) throw new Error(`plugin ${name} is enabled twice in multiPoint`);
    inherited.push(name);
  }
  // overrides first, in their own order, then what multiPoint brings, then what is named here only
  return [
    ...named.filter((name) => overriding.includes(name)),
    ...inherited,
    ...named.filter((name) => !overriding.includes(name)),
  ];
}

/** A weight given at `score` wins over one given in `multiPoint`; 0 or none means 1. */
function scoreWeights(sets: PluginSets): Map<string, number> {
  const weights = new Map<string, number>();
  for (const { name, weight } of [...sets.score.enabled, ...sets.multiPoint.enabled]) {
    if (!weights.has(name)) weights.set(name, weight || 1);
  }
  return weights;
}
