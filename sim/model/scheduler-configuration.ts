// KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1) as typed data with upstream's defaults: which plugins stand
// at which extension point, in which order, with which weight and arguments.
// Refuses unknown plugins, unknown fields and extenders. Source: kube-scheduler 1.36, its defaults and its MultiPoint rules.
import type { PluginArguments } from "./scheduler-plugin-args.ts";

export const EXTENSION_POINTS = [
  "preEnqueue",
  "queueSort",
  "preFilter",
  "filter",
  "postFilter",
  "preScore",
  "score",
  "reserve",
  "permit",
  "preBind",
  "bind",
  "postBind",
] as const;

export type ExtensionPoint = (typeof EXTENSION_POINTS)[number];

/** A plugin that is enabled somewhere. */
export interface PluginRef {
  /** The plugin's name; for a custom plugin the text in the configuration, until its file is loaded. */
  readonly name: string;
  /** 0 = none given. */
  readonly weight: number;
  /** Path of a custom plugin's file as written in the configuration; null = one of ours. */
  readonly file: string | null;
}

/** Enabled and disabled plugins of one point; "*" among `disabled` stands for all defaults. */
export interface PluginSet {
  readonly enabled: readonly PluginRef[];
  readonly disabled: readonly string[];
}

export interface SchedulerProfile {
  readonly schedulerName: string;
  /** null = the scheduler's own. */
  readonly percentageOfNodesToScore: number | null;
  /** Enabled wherever they have something to do, unless `points` says otherwise; defaults merged in. */
  readonly multiPoint: PluginSet;
  readonly points: Readonly<Record<ExtensionPoint, PluginSet>>;
  /** Arguments by plugin, defaults filled in; those of custom plugins as they were written. */
  readonly args: PluginArguments;
}

export interface SchedulerConfiguration {
  readonly parallelism: number;
  /** 0 = adaptive. */
  readonly percentageOfNodesToScore: number;
  readonly podInitialBackoffSeconds: number;
  readonly podMaxBackoffSeconds: number;
  readonly profiles: readonly SchedulerProfile[];
}

export const DEFAULT_SCHEDULER_NAME = "default-scheduler";

/** The plugins of 1.36 that are on by default, in their order, with their weights. */
export const DEFAULT_PLUGINS: readonly PluginRef[] = (
  [
    ["SchedulingGates", 0],
    ["PrioritySort", 0],
    ["NodeUnschedulable", 0],
    ["NodeName", 0],
    ["TaintToleration", 3],
    ["NodeAffinity", 2],
    ["NodePorts", 0],
    ["NodeResourcesFit", 1],
    ["VolumeRestrictions", 0],
    ["NodeVolumeLimits", 0],
    ["VolumeBinding", 0],
    ["VolumeZone", 0],
    ["PodTopologySpread", 2],
    ["InterPodAffinity", 2],
    ["DynamicResources", 2],
    ["DefaultPreemption", 0],
    ["NodeResourcesBalancedAllocation", 1],
    ["ImageLocality", 1],
    ["DefaultBinder", 0],
    ["NodeDeclaredFeatures", 0],
  ] as const
).map(([name, weight]) => ({ name, weight, file: null }));

/** Plugins that are off unless a profile enables them. Not of kube-scheduler. */
export const OPTIONAL_PLUGINS: readonly string[] = ["GpuShare"];

/** Is this plugin name a file of the user's? */
export function isPluginFile(name: string): boolean {
  return /^(\.\.?\/|\/)/.test(name) || /\.(ts|js|mjs)$/.test(name);
}

/**
 * The plugins of one extension point in the order in which they run, with their weights (1 where none is given).
 *
 * @param implemented does the plugin of this name have something to do at the point? Asked for MultiPoint plugins only:
 *   a plugin that is enabled at the point itself must implement it, which the caller checks
 */
export function pluginsAt(
  profile: SchedulerProfile,
  point: ExtensionPoint,
  implemented: (name: string) => boolean,
): readonly PluginRef[] {
  const own = profile.points[point];
  const weigh = (plugin: PluginRef): PluginRef => (plugin.weight === 0 ? { ...plugin, weight: 1 } : plugin);
  if (own.disabled.includes("*")) return own.enabled.map(weigh);
  const ownNames = new Set(own.enabled.map((p) => p.name));
  const multi = profile.multiPoint.enabled.filter((p) => implemented(p.name) && !own.disabled.includes(p.name));
  const multiNames = new Set(multi.map((p) => p.name));
  // explicit settings of MultiPoint plugins come first, in their own order; what only stands at the point comes last
  return [
    ...own.enabled.filter((p) => multiNames.has(p.name)),
    ...multi.filter((p) => !ownNames.has(p.name)),
    ...own.enabled.filter((p) => !multiNames.has(p.name)),
  ].map(weigh);
}

/**
 * Puts a user's plugin set over the default one: disabled ones leave, those named again keep their place with the new
 * settings, all others follow.
 */
export function mergePluginSet(defaults: readonly PluginRef[], custom: PluginSet): PluginSet {
  const kept = custom.disabled.includes("*") ? [] : defaults.filter((p) => !custom.disabled.includes(p.name));
  const keptNames = new Set(kept.map((p) => p.name));
  return {
    enabled: [
      ...kept.map((p) => custom.enabled.findLast((c) => c.name === p.name) ?? p),
      ...custom.enabled.filter((c) => !keptNames.has(c.name)),
    ],
    disabled: custom.disabled,
  };
}
