// The scheduling framework: extension points that a plugin opts into, statuses, and the state of one cycle.
// A plugin is a name and pure functions; it never changes the snapshot. `null` as a status means Success.
// Source: KEP-624 (scheduling framework), as it is in Kubernetes 1.36.
import type { RandomStream } from "../engine/random.ts";
import type { NodeInfo } from "./node-info.ts";
import type { PodInfo } from "./shape.ts";
import type { Snapshot } from "./snapshot.ts";

export type Code = "Success" | "Error" | "Unschedulable" | "UnschedulableAndUnresolvable" | "Wait" | "Skip" | "Pending";

/** Why a plugin did not say yes. `reasons` are the texts that end in the FailedScheduling message. */
export interface Status {
  readonly code: Code;
  readonly plugin: string;
  readonly reasons: readonly string[];
}

/** Builds a status; allocate it once per distinct outcome, not per node, where the reasons are constant. */
export function status(code: Code, plugin: string, ...reasons: readonly string[]): Status {
  return { code, plugin, reasons };
}

export function isRejected(s: Status | null): s is Status {
  return (
    s !== null && (s.code === "Unschedulable" || s.code === "UnschedulableAndUnresolvable" || s.code === "Pending")
  );
}

/** Data that a plugin keeps between the extension points of one cycle. `clone` is called before a dry run of preemption. */
export interface StateData {
  clone(): StateData;
}

/** The state of one scheduling cycle, by key; by convention the key is the plugin's name, with a suffix where it needs two. */
export class CycleState {
  readonly skipFilterPlugins = new Set<string>();
  readonly skipScorePlugins = new Set<string>();
  private readonly data = new Map<string, StateData>();

  write(key: string, value: StateData): void {
    this.data.set(key, value);
  }

  /** @throws Error when the key was never written: a plugin read state that its PreFilter or PreScore did not leave. */
  read<T extends StateData>(key: string): T {
    const value = this.data.get(key);
    if (value === undefined) throw new Error(`cycle state has no ${key}`);
    return value as T;
  }

  tryRead<T extends StateData>(key: string): T | undefined {
    return this.data.get(key) as T | undefined;
  }

  clone(): CycleState {
    const copy = new CycleState();
    for (const name of this.skipFilterPlugins) copy.skipFilterPlugins.add(name);
    for (const name of this.skipScorePlugins) copy.skipScorePlugins.add(name);
    for (const [key, value] of this.data) copy.data.set(key, value.clone());
    return copy;
  }
}

export interface PreFilterResult {
  /** null = Success; code Skip = the plugin's Filter is not called in this cycle. */
  readonly status: Status | null;
  /** When given, only these nodes are considered. */
  readonly nodeNames?: ReadonlySet<string>;
}

export interface PostFilterResult {
  readonly status: Status | null;
  /** null: no result; "": an earlier nomination is cleared; else the nominated node. */
  readonly nominatedNodeName: string | null;
  /** Pods to delete, most important first. */
  readonly victims: readonly PodInfo[];
  readonly pdbViolations: number;
  /** For explanations: all nodes on which preemption would help, in the order in which they were added to the cluster. */
  readonly candidates?: readonly PreemptionCandidate[];
  /** For explanations: the candidates that no criterion tells apart from the nominated one, itself included. */
  readonly tiedNodes?: readonly string[];
}

/** A node on which the pod would fit if these pods were gone. */
export interface PreemptionCandidate {
  readonly nodeName: string;
  /** Most important first; never empty. */
  readonly victims: readonly PodInfo[];
  readonly pdbViolations: number;
}

/** Node name → why it was rejected; nodes not in `byNode` have `absent` (nodes that PreFilter left out). */
export interface NodeStatuses {
  readonly byNode: ReadonlyMap<string, Status>;
  readonly absent: Status | null;
  /** Number of nodes per status, where that is known without listing the nodes; `byNode` may then be costly to ask for. */
  readonly counts?: ReadonlyMap<Status, number>;
  /** Nodes of `byNode` with that code in the order in which they were added, where that can be told faster than by looking. */
  nodesWith?(code: Code): readonly NodeInfo[];
}

/** What a plugin may use besides its arguments. */
export interface Handle {
  readonly snapshot: Snapshot;
  /** For what Kubernetes leaves to chance; without it the first in order is taken. */
  readonly stream?: RandomStream | null;
  /** A stream of a plugin's own for what it leaves to chance, by its purpose; null: the first in order is taken. */
  streamFor?(purpose: string): RandomStream | null;
  /** Filters of all enabled plugins on one node, with nominated pods of equal or higher priority taken into account. */
  filterWithNominatedPods(state: CycleState, pod: PodInfo, node: NodeInfo): Status | null;
  /** All Filter plugins once, on the node as it is given. */
  runFilterPlugins(state: CycleState, pod: PodInfo, node: NodeInfo): Status | null;
  /** Do all Filter plugins that this state does not skip filter by the node alone? See `Plugin.filtersByNodeAlone`. */
  filtersByNodeAlone(state: CycleState): boolean;
  runAddPodExtensions(state: CycleState, pod: PodInfo, podToAdd: PodInfo, node: NodeInfo): Status | null;
  runRemovePodExtensions(state: CycleState, pod: PodInfo, podToRemove: PodInfo, node: NodeInfo): Status | null;
}

/**
 * A scheduler plugin. Each method is one extension point; leave out what is not needed.
 * Scores are integers from 0 to 100 after `normalizeScore`; the framework multiplies them by the plugin's weight.
 */
export interface Plugin {
  readonly name: string;
  /** `filter` reads nothing but the pod's shape and the node: its verdict holds until the node changes. Absent = no. */
  readonly filtersByNodeAlone?: boolean;
  preEnqueue?(pod: PodInfo): Status | null;
  less?(a: PodInfo, b: PodInfo): boolean;
  preFilter?(state: CycleState, pod: PodInfo, nodes: readonly NodeInfo[]): PreFilterResult;
  addPod?(state: CycleState, pod: PodInfo, podToAdd: PodInfo, node: NodeInfo): Status | null;
  removePod?(state: CycleState, pod: PodInfo, podToRemove: PodInfo, node: NodeInfo): Status | null;
  filter?(state: CycleState, pod: PodInfo, node: NodeInfo): Status | null;
  postFilter?(state: CycleState, pod: PodInfo, statuses: NodeStatuses): PostFilterResult;
  preScore?(state: CycleState, pod: PodInfo, nodes: readonly NodeInfo[]): Status | null;
  score?(state: CycleState, pod: PodInfo, node: NodeInfo): number;
  normalizeScore?(state: CycleState, pod: PodInfo, nodes: readonly NodeInfo[], scores: Float64Array): void;
  reserve?(state: CycleState, pod: PodInfo, nodeName: string): Status | null;
  unreserve?(state: CycleState, pod: PodInfo, nodeName: string): void;
  /** Signature parts for opportunistic batching (KEP-5598); null = pods like this cannot be batched; absent = no part. */
  signPod?(pod: PodInfo): string | null;
}

/** Arguments of a plugin from `pluginConfig`, defaults filled in; a plugin narrows them to its own type. */
export type PluginArgs = Readonly<Record<string, unknown>>;

/** Makes a plugin for one profile. Registered by name in plugins/registry.ts, or loaded from a user's file. */
export type PluginFactory = (args: PluginArgs, handle: Handle) => Plugin;

export const MAX_NODE_SCORE = 100;
