// Translates a profile and a pod shape into the node table's rules. What depends on one node alone is asked of the plugins
// themselves; counting plugins become counters. Anything it does not know for certain it refuses, and the plain evaluation decides.
import { CycleState, MAX_NODE_SCORE, type Plugin, type PluginArgs } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import { GPU_SHARE, type GpuSharePlugin } from "../plugins/gpu-share.ts";
import { shapeImages } from "../plugins/image-locality.ts";
import { ignoredResources } from "../plugins/node-resources-fit.ts";
import type { Profile } from "../profile.ts";
import type { PodInfo } from "../shape.ts";
import type { ProfileRules, ShapeRules, StaticRules } from "./rules.ts";
import type { SpreadRuleTable } from "./spread-rules.ts";

/** Filters that look at the Node object alone. */
const STATIC_FILTERS: ReadonlySet<string> = new Set([
  "NodeUnschedulable",
  "NodeName",
  "TaintToleration",
  "NodeAffinity",
]);
/** The order in which the table assumes filters to run; a profile may leave some out. */
const FILTER_ORDER = [
  "NodeUnschedulable",
  "NodeName",
  "TaintToleration",
  "NodeAffinity",
  "NodePorts",
  "NodeResourcesFit",
  "VolumeRestrictions",
  "NodeVolumeLimits",
  "VolumeBinding",
  "VolumeZone",
  "PodTopologySpread",
  "InterPodAffinity",
  "DynamicResources",
  "NodeDeclaredFeatures",
  GPU_SHARE,
];
const KNOWN_SCORES: ReadonlySet<string> = new Set([
  "TaintToleration",
  "NodeAffinity",
  "NodeResourcesFit",
  "VolumeBinding",
  "PodTopologySpread",
  "InterPodAffinity",
  "DynamicResources",
  "NodeResourcesBalancedAllocation",
  "ImageLocality",
  GPU_SHARE,
]);
/** More extended resources in one pod than a rejection mask has bits for. */
const MOST_SCALARS = 24;
/** Node-local scores, up to 100 times the weights, are kept in 32 bits. */
const MOST_WEIGHT = 20_000_000;

interface ResourceListArgs {
  readonly resources?: readonly { readonly name: string; readonly weight: number }[];
}

/** What is the same for all shapes of a profile; null when the profile runs filters or scores that the table does not know. */
export function profileRules(profile: Profile, custom: ReadonlySet<string>): ProfileRules | null {
  // a user's plugin may look at anything, also when it takes the name of a plugin of ours
  for (const name of profile.plugins.keys()) if (custom.has(name)) return null;
  const filters = profile.filterPlugins.map((p) => p.name);
  let at = 0;
  for (const name of filters) {
    const found = FILTER_ORDER.indexOf(name, at);
    if (found < 0) return null;
    at = found + 1;
  }
  if (profile.scorePlugins.length === 0) return null;
  if (profile.scorePlugins.some(({ plugin }) => !KNOWN_SCORES.has(plugin.name))) return null;
  // a PreFilter of somebody else's could narrow the nodes
  if (profile.preFilterPlugins.some((p) => !FILTER_ORDER.includes(p.name))) return null;
  if (profile.preScorePlugins.some((p) => !KNOWN_SCORES.has(p.name))) return null;
  const weight = (name: string) => profile.scorePlugins.find(({ plugin }) => plugin.name === name)?.weight ?? 0;
  const nodeLocal = ["NodeResourcesFit", "NodeResourcesBalancedAllocation", "ImageLocality", GPU_SHARE];
  if (nodeLocal.reduce((sum, name) => sum + weight(name), 0) > MOST_WEIGHT) return null;
  const gpu = gpuShareOf(profile);
  const gpuWeight = weight(GPU_SHARE);
  const picks = gpu !== null && gpuWeight > 0 && gpu.picksAtRandom;
  // beside other scores the one that is drawn need not be the best
  if (picks && profile.scorePlugins.length > 1) return null;
  const fit = profile.argsOf("NodeResourcesFit") as PluginArgs & {
    scoringStrategy?: ResourceListArgs & { type?: string };
  };
  const balanced = profile.argsOf("NodeResourcesBalancedAllocation") as PluginArgs & ResourceListArgs;
  const interPod = profile.argsOf("InterPodAffinity") as {
    hardPodAffinityWeight?: number;
    ignorePreferredTermsOfExistingPods?: boolean;
  };
  return {
    taintWeight: weight("TaintToleration"),
    nodeAffinityWeight: weight("NodeAffinity"),
    fitWeight: weight("NodeResourcesFit"),
    balancedWeight: weight("NodeResourcesBalancedAllocation"),
    spreadWeight: weight("PodTopologySpread"),
    interPodWeight: weight("InterPodAffinity"),
    imageWeight: weight("ImageLocality"),
    gpuWeight: picks ? 0 : gpuWeight,
    normalizesGpu: gpu?.normalizes === true,
    pick: picks ? (feasible) => gpu.pick(feasible) : null,
    pickedScore: MAX_NODE_SCORE * gpuWeight,
    filtersFit: filters.includes("NodeResourcesFit"),
    filtersPorts: filters.includes("NodePorts"),
    filtersSpread: filters.includes("PodTopologySpread"),
    filtersInterPod: filters.includes("InterPodAffinity"),
    filtersGpu: filters.includes(GPU_SHARE),
    fitIsDefault: fit.scoringStrategy?.type === "LeastAllocated" && isCpuAndMemory(fit.scoringStrategy.resources),
    balancedIsDefault: isCpuAndMemory(balanced.resources),
    ignoresFitResource: ignoredResources(fit as never),
    hardPodAffinityWeight: interPod.hardPodAffinityWeight ?? 1,
    ignorePreferredTermsOfExistingPods: interPod.ignorePreferredTermsOfExistingPods === true,
  };
}

function gpuShareOf(profile: Profile): GpuSharePlugin | null {
  return (profile.plugins.get(GPU_SHARE) as GpuSharePlugin | undefined) ?? null;
}

function isCpuAndMemory(resources: ResourceListArgs["resources"]): boolean {
  return (
    resources?.length === 2 &&
    resources.some((r) => r.name === "cpu" && r.weight === 1) &&
    resources.some((r) => r.name === "memory" && r.weight === 1)
  );
}

/** Rules for the pod's shape; null when the shape asks for something that the table cannot hold. */
export function shapeRules(
  profile: Profile,
  rules: ProfileRules,
  spreads: SpreadRuleTable,
  pod: PodInfo,
): ShapeRules | null {
  const { shape } = pod;
  const { spec } = shape.exemplar;
  if (shape.volumes.some((v) => !isInertVolume(v))) return null;
  if (shape.requests.scalar.size > MOST_SCALARS) return null;
  if (
    spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms?.some(
      (t) => t.matchFields?.length,
    )
  ) {
    return null;
  }
  const statics = staticRules(profile, pod);
  const state = new CycleState();
  const plugin = (name: string): Plugin | null =>
    profile.scorePlugins.find((s) => s.plugin.name === name)?.plugin ?? null;
  const scoring = (name: string): Plugin | null => {
    const found = plugin(name);
    return found !== null && found.preScore?.(state, pod, []) == null ? found : null;
  };
  const fit = scoring("NodeResourcesFit");
  const balanced = scoring("NodeResourcesBalancedAllocation");
  const gpu = gpuShareOf(profile);
  const ports = rules.filtersPorts ? profile.plugin("NodePorts") : null;
  return {
    profile: rules,
    shape,
    staticRules: statics,
    scoresNodeAffinity: scoring("NodeAffinity") !== null,
    spread: () => spreads.of(shape),
    portsVerdict: (node) => ports?.filter?.(state, pod, node) ?? null,
    fitScore: (node) => fit?.score?.(state, pod, node) ?? 0,
    balancedScore: (node) => balanced?.score?.(state, pod, node) ?? 0,
    gpuVerdict: gpu !== null && rules.filtersGpu && shape.gpu !== null ? (node) => gpu.verdict(shape, node) : null,
    gpuScore: (node) => gpu?.rate(shape, node) ?? 0,
  };
}

/** Volumes that no scheduler plugin looks at. */
function isInertVolume(volume: PodInfo["shape"]["volumes"][number]): boolean {
  return (
    volume.persistentVolumeClaim == null &&
    volume.ephemeral == null &&
    volume.gcePersistentDisk == null &&
    volume.awsElasticBlockStore == null &&
    volume.azureDisk == null &&
    volume.iscsi == null &&
    volume.rbd == null &&
    volume.csi == null
  );
}

function staticRules(profile: Profile, pod: PodInfo): StaticRules {
  const { shape } = pod;
  const { spec } = shape.exemplar;
  const state = new CycleState();
  const filters = profile.filterPlugins.filter((p) => {
    if (!STATIC_FILTERS.has(p.name)) return false;
    return p.preFilter?.(state, pod, []).status?.code !== "Skip";
  });
  const scorer = (name: string) => {
    const found = profile.scorePlugins.find((s) => s.plugin.name === name)?.plugin;
    if (found === undefined || found.preScore?.(state, pod, []) != null) return () => 0;
    return (node: NodeInfo) => found.score?.(state, pod, node) ?? 0;
  };
  const images = shapeImages(shape);
  const affinity = spec.affinity?.nodeAffinity;
  return {
    key: JSON.stringify([
      shape.tolerations,
      spec.nodeSelector ?? null,
      affinity ?? null,
      images.names,
      images.containers,
    ]),
    verdict(node) {
      for (const plugin of filters) {
        const said = plugin.filter?.(state, pod, node) ?? null;
        if (said !== null) return said;
      }
      return null;
    },
    taintRaw: scorer("TaintToleration"),
    nodeAffinityRaw: scorer("NodeAffinity"),
    imageScore: scorer("ImageLocality"),
    images: images.names,
  };
}
