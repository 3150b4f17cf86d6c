// Actions as data: what a person does with kubectl in a scenario once it is read, and how a verb declares what can be asked of it.
import type { FaultTrigger } from "./fault-plan.ts";
import type { ClusterObjects, KubernetesObject, LabelSelector } from "./objects.ts";
import type { ObjectName } from "./resource-names.ts";

/** One entry of a scenario's `actions`. */
export interface ActionPlan {
  /** Unique among faults and actions. */
  readonly id: string;
  /** Names its random streams. */
  readonly stream: string;
  readonly verb: string;
  /** What it is for people, as kubectl would be called. */
  readonly command: string;
  readonly trigger: FaultTrigger;
  readonly parameters: Readonly<Record<string, ActionValue>>;
  /** As of a fault. */
  readonly isPlacebo?: boolean;
}

/** An object to be applied, with what was applied before it under its name, as far as the scenario's files say. */
export interface ManifestObject {
  readonly list: keyof ClusterObjects;
  readonly object: KubernetesObject;
  readonly lastApplied: KubernetesObject | null;
}

export type ActionValue =
  | string
  | number
  | boolean
  | readonly string[]
  | readonly ObjectName[]
  | readonly ManifestObject[]
  | LabelSelector
  | keyof ClusterObjects
  | Readonly<Record<string, unknown>>;

/** How a parameter is written, and what it becomes in the plan. */
export type ActionParameterSpec = {
  readonly doc: string;
  readonly required?: boolean;
} /** `deployment/shop/web`, one or a list → ObjectName[]. */ & (
  | { readonly type: "objects"; readonly kinds: readonly (keyof ClusterObjects)[] }
  /** One name of a node or a list. */
  | { readonly type: "nodes" }
  /** `namespace/name`, one or a list. */
  | { readonly type: "pods" }
  /** A kind by any of its names. */
  | { readonly type: "kind" }
  /** A file, folder or pattern, or a list of these. */
  | { readonly type: "manifestFiles" }
  /** Objects that are written out. */
  | { readonly type: "manifests" }
  | { readonly type: "selector" }
  | { readonly type: "text"; readonly default?: string }
  | { readonly type: "texts" }
  | { readonly type: "choice"; readonly words: readonly string[]; readonly default?: string }
  | { readonly type: "count"; readonly min: number; readonly max: number; readonly default?: number }
  | { readonly type: "duration"; readonly default?: number }
  | { readonly type: "flag"; readonly default?: boolean }
  /** Texts by name; null takes one away. */
  | { readonly type: "textMap" }
  /** Anything: a patch. */
  | { readonly type: "mapping" }
);

/** What a verb can be asked for: what schema, messages and docs are made from. */
export interface ActionDeclaration {
  /** As it is written in a scenario. */
  readonly name: string;
  readonly doc: string;
  /** An entry of `actions`, in YAML. */
  readonly example: string;
  readonly parameters: Readonly<Record<string, ActionParameterSpec>>;
  /** Of these, exactly one must be given (after `required` ones). */
  readonly oneOf?: readonly (readonly string[])[];
  /** How a search lets people do it; without, it leaves the verb alone. */
  readonly search?: ActionSearch;
}

/** What a person may do at any time to a cluster that is well, and what of it a search varies. */
export interface ActionSearch {
  /** The parameter that says on what, and what it may be: nodes, pods, or workloads of these kinds. */
  readonly on: string;
  /** Before the name. */
  readonly prefix?: string;
  readonly of: "nodes" | "pods" | readonly ("deployment" | "statefulset" | "daemonset")[];
  /** Always said. */
  readonly says?: Readonly<Record<string, string | number | boolean | Readonly<Record<string, string>>>>;
  /** Further parameters, and what is tried for each: one of the values. */
  readonly tries?: Readonly<Record<string, readonly (string | number | boolean)[]>>;
  /** Numbers of replicas, as factors of those that the workload has. */
  readonly replicas?: { readonly parameter: string; readonly factors: readonly number[] };
}
