// What each plugin of kube-scheduler 1.36, and each optional one, extends, and which of its parts read what an earlier part has found: a
// configuration that takes the earlier part away leaves a scheduler that fails on every pod, so it is refused.
import type { ExtensionPoint } from "./scheduler-configuration.ts";

/** Extension points per plugin. */
export const PLUGIN_POINTS: ReadonlyMap<string, readonly ExtensionPoint[]> = new Map<string, readonly ExtensionPoint[]>(
  [
    ["SchedulingGates", ["preEnqueue"]],
    ["PrioritySort", ["queueSort"]],
    ["NodeUnschedulable", ["filter"]],
    ["NodeName", ["filter"]],
    ["TaintToleration", ["filter", "preScore", "score"]],
    ["NodeAffinity", ["preFilter", "filter", "preScore", "score"]],
    ["NodePorts", ["preFilter", "filter"]],
    ["NodeResourcesFit", ["preFilter", "filter", "preScore", "score"]],
    ["VolumeRestrictions", ["preFilter", "filter"]],
    ["NodeVolumeLimits", ["preFilter", "filter"]],
    ["VolumeBinding", ["preFilter", "filter", "preScore", "score", "reserve", "preBind"]],
    ["VolumeZone", ["preFilter", "filter"]],
    ["PodTopologySpread", ["preFilter", "filter", "preScore", "score"]],
    ["InterPodAffinity", ["preFilter", "filter", "preScore", "score"]],
    ["DynamicResources", ["preEnqueue", "preFilter", "filter", "postFilter", "score", "reserve", "preBind"]],
    ["DefaultPreemption", ["preEnqueue", "postFilter"]],
    ["NodeResourcesBalancedAllocation", ["preScore", "score"]],
    ["ImageLocality", ["score"]],
    ["DefaultBinder", ["bind"]],
    ["NodeDeclaredFeatures", ["preFilter", "filter"]],
    ["GpuShare", ["filter", "preScore", "score", "reserve"]],
  ],
);

const NEED_PREFILTER = [
  "NodePorts",
  "NodeResourcesFit",
  "VolumeRestrictions",
  "VolumeBinding",
  "PodTopologySpread",
  "InterPodAffinity",
];
const NEED_PRESCORE = ["TaintToleration", "PodTopologySpread", "InterPodAffinity"];

/** Plugins whose part at `later` cannot do without their part at `earlier`. The others work it out themselves. */
export const PLUGIN_NEEDS: readonly {
  readonly earlier: ExtensionPoint;
  readonly later: ExtensionPoint;
  readonly plugins: readonly string[];
}[] = [
  { earlier: "preFilter", later: "filter", plugins: NEED_PREFILTER },
  { earlier: "preScore", later: "score", plugins: NEED_PRESCORE },
];
