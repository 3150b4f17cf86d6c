// Arguments of the scheduler's plugins (pluginConfig), with the defaults and limits that kube-scheduler 1.36 applies.
// Refuses unknown fields, as upstream's strict decoding does. Source: kubescheduler.config.k8s.io/v1, *Args.
import { checkNodeAffinity } from "./check-selectors.ts";
import type { TypicalPod } from "./gpu/typical-pods.ts";
import type { NodeAffinity, TopologySpreadConstraint } from "./objects.ts";
import type { Reader } from "./reader.ts";

export type ScoringStrategyType = "LeastAllocated" | "MostAllocated" | "RequestedToCapacityRatio";

export interface ResourceSpec {
  readonly name: string;
  readonly weight: number;
}

/** Utilization 0 … 100, score 0 … 10. */
export interface UtilizationShapePoint {
  readonly utilization: number;
  readonly score: number;
}

export type NodeResourcesFitArgs = {
  readonly ignoredResources: readonly string[];
  /** Prefixes of extended resources, the part before the slash. */
  readonly ignoredResourceGroups: readonly string[];
  readonly scoringStrategy: {
    readonly type: ScoringStrategyType;
    readonly resources: readonly ResourceSpec[];
    /** Empty unless the type is RequestedToCapacityRatio. */
    readonly shape: readonly UtilizationShapePoint[];
  };
};

export type NodeResourcesBalancedAllocationArgs = { readonly resources: readonly ResourceSpec[] };

export type NodeAffinityArgs = { readonly addedAffinity: NodeAffinity | null };

export type PodTopologySpreadArgs = {
  readonly defaultingType: "System" | "List";
  /** Empty when the type is System: then the scheduler's built-in constraints hold. */
  readonly defaultConstraints: readonly TopologySpreadConstraint[];
};

export type InterPodAffinityArgs = {
  readonly hardPodAffinityWeight: number;
  readonly ignorePreferredTermsOfExistingPods: boolean;
};

export type DefaultPreemptionArgs = {
  readonly minCandidateNodesPercentage: number;
  readonly minCandidateNodesAbsolute: number;
};

export type VolumeBindingArgs = {
  readonly bindTimeoutSeconds: number;
  /** Read only by an alpha feature that is off. */
  readonly shape: readonly UtilizationShapePoint[];
};

export const GPU_POLICIES = ["FGD", "BestFit", "DotProd", "GpuPacking", "GpuClustering", "Random"] as const;
export type GpuPolicyName = (typeof GPU_POLICIES)[number];

export type GpuShareArgs = {
  readonly policy: GpuPolicyName;
  /** What FGD expects to come; null = the workload of the run. */
  readonly typicalPods: readonly TypicalPod[] | null;
};

export interface KnownArguments {
  readonly NodeResourcesFit: NodeResourcesFitArgs;
  readonly NodeResourcesBalancedAllocation: NodeResourcesBalancedAllocationArgs;
  readonly NodeAffinity: NodeAffinityArgs;
  readonly PodTopologySpread: PodTopologySpreadArgs;
  readonly InterPodAffinity: InterPodAffinityArgs;
  readonly DefaultPreemption: DefaultPreemptionArgs;
  readonly VolumeBinding: VolumeBindingArgs;
}

/** Arguments of plugins that are there only where a profile names them. */
export interface OptionalArguments {
  readonly GpuShare: GpuShareArgs;
}

/** Arguments by plugin name: the known ones are always there, those of custom plugins as given. */
export type PluginArguments = KnownArguments & { readonly [plugin: string]: Readonly<Record<string, unknown>> };

const TYPE_META = ["apiVersion", "kind"] as const;
const INT32_MAX = 2_147_483_647;

/** Reads the arguments of each known plugin from an absent or present `args`; mistakes are noted by the reader. */
export const ARGUMENT_READERS: { readonly [P in keyof KnownArguments]: (args: Reader) => KnownArguments[P] } = {
  NodeResourcesFit: (args) => {
    args.only([...TYPE_META, "ignoredResources", "ignoredResourceGroups", "scoringStrategy"]);
    const strategy = args.field("scoringStrategy");
    strategy.mapping();
    strategy.only(["type", "resources", "requestedToCapacityRatio"]);
    const type = strategy.field("type");
    const types = ["LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"] as const;
    if (strategy.present && !type.present) type.expected(`one of ${types.join(", ")}`);
    const chosen = type.choice(types) ?? "LeastAllocated";
    const ratio = strategy.field("requestedToCapacityRatio");
    ratio.mapping(chosen === "RequestedToCapacityRatio");
    ratio.only(["shape"]);
    const groups = args.field("ignoredResourceGroups").items();
    for (const group of groups)
      if (group.text()?.includes("/")) group.expected("a prefix of resource names, without a slash");
    return {
      ignoredResources: texts(args.field("ignoredResources").items()),
      ignoredResourceGroups: texts(groups),
      scoringStrategy: {
        type: chosen,
        resources: resourceSpecs(strategy.field("resources"), 100),
        shape: chosen === "RequestedToCapacityRatio" ? shape(ratio.field("shape"), true) : [],
      },
    };
  },

  NodeResourcesBalancedAllocation: (args) => {
    args.only([...TYPE_META, "resources"]);
    return { resources: resourceSpecs(args.field("resources"), 1) };
  },

  NodeAffinity: (args) => {
    args.only([...TYPE_META, "addedAffinity"]);
    const added = args.field("addedAffinity");
    checkNodeAffinity(added);
    return { addedAffinity: added.mapping() ? (added.value as NodeAffinity) : null };
  },

  PodTopologySpread: (args) => {
    args.only([...TYPE_META, "defaultingType", "defaultConstraints"]);
    const defaultingType = args.field("defaultingType").choice(["System", "List"]) ?? "System";
    const list = args.field("defaultConstraints");
    const constraints = list.items().map((item) => defaultConstraint(item));
    if (defaultingType === "System" && constraints.length > 0) list.expected("nothing, unless defaultingType is List");
    return { defaultingType, defaultConstraints: constraints };
  },

  InterPodAffinity: (args) => {
    args.only([...TYPE_META, "hardPodAffinityWeight", "ignorePreferredTermsOfExistingPods"]);
    return {
      hardPodAffinityWeight: args.field("hardPodAffinityWeight").integer(0, 100) ?? 1,
      ignorePreferredTermsOfExistingPods: args.field("ignorePreferredTermsOfExistingPods").boolean() ?? false,
    };
  },

  DefaultPreemption: (args) => {
    args.only([...TYPE_META, "minCandidateNodesPercentage", "minCandidateNodesAbsolute"]);
    const percentage = args.field("minCandidateNodesPercentage").integer(0, 100) ?? 10;
    const absolute = args.field("minCandidateNodesAbsolute").integer(0, INT32_MAX) ?? 100;
    if (percentage === 0 && absolute === 0)
      args.expected("minCandidateNodesPercentage or minCandidateNodesAbsolute above 0");
    return { minCandidateNodesPercentage: percentage, minCandidateNodesAbsolute: absolute };
  },

  VolumeBinding: (args) => {
    args.only([...TYPE_META, "bindTimeoutSeconds", "shape"]);
    return {
      bindTimeoutSeconds: args.field("bindTimeoutSeconds").integer(0, INT32_MAX) ?? 600,
      shape: shape(args.field("shape"), false),
    };
  },
};

export const OPTIONAL_ARGUMENT_READERS: {
  readonly [P in keyof OptionalArguments]: (args: Reader) => OptionalArguments[P];
} = {
  GpuShare: (args) => {
    args.only([...TYPE_META, "policy", "typicalPods"]);
    const typical = args.field("typicalPods");
    return {
      policy: args.field("policy").choice(GPU_POLICIES) ?? "FGD",
      typicalPods: typical.present ? typical.items().map((item) => typicalPod(item)) : null,
    };
  },
};

function typicalPod(item: Reader): TypicalPod {
  item.mapping(true);
  item.only(["cpuMilli", "gpuMilli", "gpuCount", "cardModels", "count"]);
  const count = item.field("count");
  if (!count.present) count.expected("how many of these pods there are");
  return {
    cpuMilli: item.field("cpuMilli").integer(0, INT32_MAX) ?? 0,
    gpuMilli: item.field("gpuMilli").integer(0, 1000) ?? 0,
    gpuCount: item.field("gpuCount").integer(0, 1024) ?? (item.field("gpuMilli").present ? 1 : 0),
    models: texts(item.field("cardModels").items()),
    count: count.integer(1, INT32_MAX) ?? 1,
  };
}

// an absent or empty list means CPU and memory, a weight of 0 means 1
function resourceSpecs(list: Reader, maxWeight: number): readonly ResourceSpec[] {
  const seen = new Set<string>();
  const specs = list.items().map((item) => {
    item.mapping(true);
    item.only(["name", "weight"]);
    const name = item.field("name").requiredText() ?? "";
    if (seen.has(name)) item.field("name").expected("a resource that is not listed twice");
    seen.add(name);
    return { name, weight: (item.field("weight").integer(0, maxWeight) ?? 1) || 1 };
  });
  if (specs.length > 0) return specs;
  return [
    { name: "cpu", weight: 1 },
    { name: "memory", weight: 1 },
  ];
}

function shape(list: Reader, required: boolean): readonly UtilizationShapePoint[] {
  const items = list.items();
  if (required && items.length === 0) list.expected("at least one point with utilization and score");
  let last = -1;
  return items.map((item) => {
    item.mapping(true);
    item.only(["utilization", "score"]);
    const utilization = item.field("utilization").integer(0, 100) ?? 0;
    if (utilization <= last) item.field("utilization").expected(`more than the point before, ${last}`);
    last = utilization;
    return { utilization, score: item.field("score").integer(0, 10) ?? 0 };
  });
}

function defaultConstraint(item: Reader): TopologySpreadConstraint {
  item.mapping(true);
  item.only([
    "maxSkew",
    "topologyKey",
    "whenUnsatisfiable",
    "minDomains",
    "nodeAffinityPolicy",
    "nodeTaintsPolicy",
    "labelSelector",
  ]);
  if (item.field("labelSelector").present)
    item.field("labelSelector").expected("nothing: default constraints select by the pod's services");
  const maxSkew = item.field("maxSkew");
  if (!maxSkew.present) maxSkew.expected("a whole number of at least 1");
  const when = item.field("whenUnsatisfiable");
  if (!when.present) when.expected("one of DoNotSchedule, ScheduleAnyway");
  const minDomains = item.field("minDomains").integer(1, INT32_MAX);
  const nodeAffinityPolicy = item.field("nodeAffinityPolicy").choice(["Honor", "Ignore"]);
  const nodeTaintsPolicy = item.field("nodeTaintsPolicy").choice(["Honor", "Ignore"]);
  return {
    maxSkew: maxSkew.integer(1, INT32_MAX) ?? 1,
    topologyKey: item.field("topologyKey").requiredText() ?? "",
    whenUnsatisfiable: when.choice(["DoNotSchedule", "ScheduleAnyway"]) ?? "DoNotSchedule",
    ...(minDomains === undefined ? {} : { minDomains }),
    ...(nodeAffinityPolicy === undefined ? {} : { nodeAffinityPolicy }),
    ...(nodeTaintsPolicy === undefined ? {} : { nodeTaintsPolicy }),
  };
}

function texts(items: readonly Reader[]): readonly string[] {
  return items.map((item) => item.requiredText() ?? "");
}
