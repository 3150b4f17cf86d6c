// What the node table needs to know of a profile and a pod shape: the questions that the plugins answer, reduced to
// node-local verdicts, raw values and references to counted groups. Built from a Profile by `profile-rules.ts`.
import type { Status } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import type { PodShape } from "../shape.ts";
import type { Counter, Group } from "./groups.ts";

/** What of a profile is the same for all shapes. Weights are 0 where a plugin does not score. */
export interface ProfileRules {
  readonly taintWeight: number;
  readonly nodeAffinityWeight: number;
  readonly fitWeight: number;
  readonly balancedWeight: number;
  readonly spreadWeight: number;
  readonly interPodWeight: number;
  readonly imageWeight: number;
  /** Of GpuShare; 0 also where it draws a node, which then is all that scores. */
  readonly gpuWeight: number;
  /** GpuShare's scores are stretched over the feasible nodes. */
  readonly normalizesGpu: boolean;
  /** Draws one of so many feasible nodes; null: the scores decide. */
  readonly pick: ((feasible: number) => number) | null;
  /** Total of the node that was drawn. */
  readonly pickedScore: number;
  readonly filtersFit: boolean;
  readonly filtersPorts: boolean;
  readonly filtersSpread: boolean;
  readonly filtersInterPod: boolean;
  readonly filtersGpu: boolean;
  /** LeastAllocated over CPU and memory with weight 1 each: the default, which has a quick form. */
  readonly fitIsDefault: boolean;
  /** Balanced allocation over CPU and memory: the default, which has a quick form. */
  readonly balancedIsDefault: boolean;
  readonly ignoresFitResource: (name: string) => boolean;
  readonly hardPodAffinityWeight: number;
  readonly ignorePreferredTermsOfExistingPods: boolean;
}

/** A spread constraint as counters. */
export interface SpreadRule {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  /** 1 when the pod matches its own selector. */
  readonly selfMatch: 0 | 1;
  /** Matching pods per domain, over the nodes that the inclusion policies admit; made when first asked for. */
  counter(): Counter;
  /** Matching pods per node: what soft constraints on the hostname key score by. */
  readonly group: Group;
}

export interface SpreadRules {
  /** Equal keys mean equal rules. */
  readonly key: string;
  readonly hard: readonly SpreadRule[];
  readonly soft: readonly SpreadRule[];
  readonly requireAllTopologies: boolean;
}

/** Answers that depend on the Node object alone, shared by all shapes with equal `key`. */
export interface StaticRules {
  readonly key: string;
  /** First rejection by NodeUnschedulable, TaintToleration or NodeAffinity, in the profile's order. */
  verdict(node: NodeInfo): Status | null;
  taintRaw(node: NodeInfo): number;
  nodeAffinityRaw(node: NodeInfo): number;
  imageScore(node: NodeInfo): number;
  /** Names of the pod's images as nodes list them. */
  readonly images: readonly string[];
}

export interface ShapeRules {
  readonly profile: ProfileRules;
  readonly shape: PodShape;
  readonly staticRules: StaticRules;
  readonly scoresNodeAffinity: boolean;
  /** Asked again whenever the objects behind it changed. */
  spread(): SpreadRules;
  portsVerdict(node: NodeInfo): Status | null;
  /** Scores of strategies other than the defaults, by the plugin itself. */
  fitScore(node: NodeInfo): number;
  balancedScore(node: NodeInfo): number;
  /** GpuShare's verdict; null when it lets pods of this shape pass everywhere. */
  readonly gpuVerdict: ((node: NodeInfo) => Status | null) | null;
  gpuScore(node: NodeInfo): number;
}
