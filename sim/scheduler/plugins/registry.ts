// The plugins of Kubernetes 1.36's default registry, and those that people add to it. A new plugin is one file here and one line below.
import type { PluginFactory } from "../framework.ts";
import { defaultBinder } from "./default-binder.ts";
import { defaultPreemption } from "./default-preemption.ts";
import { dynamicResources } from "./dynamic-resources.ts";
import { GPU_SHARE, gpuShare } from "./gpu-share.ts";
import { imageLocality } from "./image-locality.ts";
import { interPodAffinity } from "./inter-pod-affinity.ts";
import { nodeAffinity } from "./node-affinity.ts";
import { nodeDeclaredFeatures } from "./node-declared-features.ts";
import { nodeName } from "./node-name.ts";
import { nodePorts } from "./node-ports.ts";
import { nodeResourcesBalancedAllocation } from "./node-resources-balanced-allocation.ts";
import { nodeResourcesFit } from "./node-resources-fit.ts";
import { nodeUnschedulable } from "./node-unschedulable.ts";
import { nodeVolumeLimits } from "./node-volume-limits.ts";
import { podTopologySpread } from "./pod-topology-spread.ts";
import { prioritySort } from "./priority-sort.ts";
import { schedulingGates } from "./scheduling-gates.ts";
import { taintToleration } from "./taint-toleration.ts";
import { volumeBinding } from "./volume-binding.ts";
import { volumeRestrictions } from "./volume-restrictions.ts";
import { volumeZone } from "./volume-zone.ts";

/** Plugin name → factory. */
export function pluginRegistry(): ReadonlyMap<string, PluginFactory> {
  return new Map<string, PluginFactory>([
    ["SchedulingGates", schedulingGates],
    ["PrioritySort", prioritySort],
    ["NodeUnschedulable", nodeUnschedulable],
    ["NodeName", nodeName],
    ["TaintToleration", taintToleration],
    ["NodeAffinity", nodeAffinity],
    ["NodePorts", nodePorts],
    ["NodeResourcesFit", nodeResourcesFit],
    ["VolumeRestrictions", volumeRestrictions],
    ["NodeVolumeLimits", nodeVolumeLimits],
    ["VolumeBinding", volumeBinding],
    ["VolumeZone", volumeZone],
    ["PodTopologySpread", podTopologySpread],
    ["InterPodAffinity", interPodAffinity],
    ["DynamicResources", dynamicResources],
    ["DefaultPreemption", defaultPreemption],
    ["NodeResourcesBalancedAllocation", nodeResourcesBalancedAllocation],
    ["ImageLocality", imageLocality],
    ["DefaultBinder", defaultBinder],
    ["NodeDeclaredFeatures", nodeDeclaredFeatures],
    [GPU_SHARE, gpuShare],
  ]);
}
