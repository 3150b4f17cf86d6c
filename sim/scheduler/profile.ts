// One scheduler profile: its plugins in order per extension point, with the rules by which they are run, stopped early,
// skipped and combined. It is the Handle that plugins get. Source: KEP-624 and its behaviour in Kubernetes 1.36.
import { assert } from "../engine/assert.ts";
import type { RandomStream } from "../engine/random.ts";
import {
  type ExtensionPoint,
  type PluginRef,
  pluginsAt,
  type SchedulerProfile,
} from "../model/scheduler-configuration.ts";
import {
  type CycleState,
  type Handle,
  MAX_NODE_SCORE,
  type NodeStatuses,
  type Plugin,
  type PluginArgs,
  type PluginFactory,
  type PostFilterResult,
  type Status,
  status,
} from "./framework.ts";
import type { NodeInfo } from "./node-info.ts";
import type { PodInfo } from "./shape.ts";
import type { Snapshot } from "./snapshot.ts";

export interface WeightedPlugin {
  readonly plugin: Plugin;
  readonly weight: number;
}

/** The extension points that the simulator runs; permitting and binding belong to the process around it. */
const METHOD_OF_POINT = {
  preEnqueue: "preEnqueue",
  queueSort: "less",
  preFilter: "preFilter",
  filter: "filter",
  postFilter: "postFilter",
  preScore: "preScore",
  score: "score",
  reserve: "reserve",
} as const satisfies Partial<Record<ExtensionPoint, keyof Plugin>>;
type ImplementedPoint = keyof typeof METHOD_OF_POINT;

function implementsPoint(plugin: Plugin, point: ImplementedPoint): boolean {
  return plugin[METHOD_OF_POINT[point]] !== undefined;
}

/** What all PreFilter plugins together said. */
export interface PreFilterOutcome {
  /** null = Success. */
  readonly status: Status | null;
  /** The nodes that are left, or null when no plugin narrowed them. */
  readonly nodeNames: ReadonlySet<string> | null;
  /** The plugins that narrowed the nodes. */
  readonly narrowedBy: ReadonlySet<string>;
}

/** Scores of all plugins on all feasible nodes. */
export interface Scores {
  /** Sum of the weighted scores, in the order of the nodes. */
  readonly totals: Float64Array;
  /** A plugin failed or left the range 0 … 100. */
  readonly error: Status | null;
}

export class Profile implements Handle {
  readonly schedulerName: string;
  /** 0 = adaptive; null = as the scheduler as a whole. */
  readonly percentageOfNodesToScore: number | null;
  readonly snapshot: Snapshot;
  readonly stream: RandomStream | null;
  readonly streamFor: (purpose: string) => RandomStream | null;
  /** All plugins of the profile by name, whatever they are enabled for. */
  readonly plugins: ReadonlyMap<string, Plugin>;
  readonly preEnqueuePlugins: readonly Plugin[];
  readonly queueSortPlugins: readonly Plugin[];
  readonly preFilterPlugins: readonly Plugin[];
  readonly filterPlugins: readonly Plugin[];
  readonly postFilterPlugins: readonly Plugin[];
  readonly preScorePlugins: readonly Plugin[];
  readonly scorePlugins: readonly WeightedPlugin[];
  readonly reservePlugins: readonly Plugin[];
  /** False when a plugin that filters or scores cannot sign pods: then no pod of this profile is batched. */
  readonly signsPods: boolean;
  private readonly args: Readonly<Record<string, PluginArgs>>;
  private readonly preFilterExtensions: readonly Plugin[];
  // Filter plugins that the current cycle's state does not skip
  private activeFor: CycleState | null = null;
  private activeFilters: readonly Plugin[] = [];

  /** @throws Error when the profile names a plugin that is not registered, or enables one where it has nothing to do */
  constructor(
    configuration: SchedulerProfile,
    registry: ReadonlyMap<string, PluginFactory>,
    snapshot: Snapshot,
    stream: RandomStream | null = null,
    streamFor: (purpose: string) => RandomStream | null = () => null,
  ) {
    this.schedulerName = configuration.schedulerName;
    this.percentageOfNodesToScore = configuration.percentageOfNodesToScore;
    this.snapshot = snapshot;
    this.stream = stream;
    this.streamFor = streamFor;
    this.args = configuration.args;
    const plugins = new Map<string, Plugin>();
    const instance = (name: string): Plugin => {
      let plugin = plugins.get(name);
      if (plugin === undefined) {
        const factory = registry.get(name);
        if (factory === undefined) throw new Error(`plugin ${name} of profile ${this.schedulerName} is not known`);
        plugin = factory(this.argsOf(name), this);
        plugins.set(name, plugin);
      }
      return plugin;
    };
    const refsAt = (point: ImplementedPoint): readonly PluginRef[] => {
      const refs = pluginsAt(configuration, point, (name) => implementsPoint(instance(name), point));
      for (const { name } of refs) {
        if (implementsPoint(instance(name), point)) continue;
        throw new Error(`plugin ${name} of profile ${this.schedulerName} does not extend ${point}`);
      }
      return refs;
    };
    const at = (point: ImplementedPoint): Plugin[] => refsAt(point).map((ref) => instance(ref.name));
    this.plugins = plugins;
    this.queueSortPlugins = at("queueSort");
    this.preEnqueuePlugins = at("preEnqueue");
    this.preFilterPlugins = at("preFilter");
    this.filterPlugins = at("filter");
    this.postFilterPlugins = at("postFilter");
    this.preScorePlugins = at("preScore");
    this.scorePlugins = refsAt("score").map((ref) => ({ plugin: instance(ref.name), weight: ref.weight }));
    this.reservePlugins = at("reserve");
    this.preFilterExtensions = this.preFilterPlugins.filter((p) => p.addPod !== undefined || p.removePod !== undefined);
    const deciding = [
      ...this.preFilterPlugins,
      ...this.filterPlugins,
      ...this.preScorePlugins,
      ...this.scorePlugins.map((s) => s.plugin),
    ];
    this.signsPods = deciding.every((plugin) => plugin.signPod !== undefined);
  }

  /** The first plugin that holds the pod back from the queue; null when it may enter. */
  runPreEnqueue(pod: PodInfo): Status | null {
    for (const plugin of this.preEnqueuePlugins) {
      const held = plugin.preEnqueue?.(pod) ?? null;
      if (held !== null) return held;
    }
    return null;
  }

  /** Does `a` come before `b` in the queue? Pods equal in this order keep the order in which they came. */
  less(a: PodInfo, b: PodInfo): boolean {
    const plugin = this.queueSortPlugins[0];
    return plugin?.less?.(a, b) ?? false;
  }

  /**
   * UnschedulableAndUnresolvable stops at once; after Unschedulable the plugins that follow still run. Plugins that say Skip
   * are left out of filtering. An empty intersection of node sets ends it too.
   */
  runPreFilter(state: CycleState, pod: PodInfo): PreFilterOutcome {
    const nodes = this.snapshot.nodes;
    const narrowedBy = new Set<string>();
    let nodeNames: ReadonlySet<string> | null = null;
    let rejection: Status | null = null;
    this.activeFor = null;
    for (const plugin of this.preFilterPlugins) {
      const result = plugin.preFilter?.(state, pod, nodes);
      if (result === undefined) continue;
      const said = result.status;
      if (said !== null) {
        if (said.code === "Skip") {
          state.skipFilterPlugins.add(plugin.name);
          continue;
        }
        if (said.code === "UnschedulableAndUnresolvable") return { status: said, nodeNames: null, narrowedBy };
        if (said.code === "Unschedulable") {
          rejection = said;
          continue;
        }
        const error = `running PreFilter plugin "${plugin.name}": ${said.reasons.join(", ")}`;
        return { status: status("Error", plugin.name, error), nodeNames: null, narrowedBy };
      }
      if (result.nodeNames === undefined) continue;
      narrowedBy.add(plugin.name);
      nodeNames = nodeNames === null ? result.nodeNames : intersection(nodeNames, result.nodeNames);
      if (nodeNames.size === 0) {
        const names = [...narrowedBy].sort();
        const reason =
          names.length === 1
            ? `node(s) didn't satisfy plugin ${names[0]}`
            : `node(s) didn't satisfy plugin(s) [${names.join(" ")}] simultaneously`;
        return { status: status("UnschedulableAndUnresolvable", "", reason), nodeNames, narrowedBy };
      }
    }
    return { status: rejection, nodeNames, narrowedBy };
  }

  runAddPodExtensions(state: CycleState, pod: PodInfo, podToAdd: PodInfo, node: NodeInfo): Status | null {
    for (const plugin of this.preFilterExtensions) {
      if (state.skipFilterPlugins.has(plugin.name)) continue;
      const said = plugin.addPod?.(state, pod, podToAdd, node) ?? null;
      if (said !== null) return said;
    }
    return null;
  }

  runRemovePodExtensions(state: CycleState, pod: PodInfo, podToRemove: PodInfo, node: NodeInfo): Status | null {
    for (const plugin of this.preFilterExtensions) {
      if (state.skipFilterPlugins.has(plugin.name)) continue;
      const said = plugin.removePod?.(state, pod, podToRemove, node) ?? null;
      if (said !== null) return said;
    }
    return null;
  }

  filtersByNodeAlone(state: CycleState): boolean {
    return this.filterPlugins.every((p) => p.filtersByNodeAlone === true || state.skipFilterPlugins.has(p.name));
  }

  /** The first Filter plugin that says no ends it. */
  runFilterPlugins(state: CycleState, pod: PodInfo, node: NodeInfo): Status | null {
    if (this.activeFor !== state) {
      this.activeFilters = this.filterPlugins.filter((plugin) => !state.skipFilterPlugins.has(plugin.name));
      this.activeFor = state;
    }
    for (const plugin of this.activeFilters) {
      const said = plugin.filter!(state, pod, node);
      if (said === null) continue;
      if (said.code === "Unschedulable" || said.code === "UnschedulableAndUnresolvable") return said;
      return status("Error", plugin.name, `running "${plugin.name}" filter plugin: ${said.reasons.join(", ")}`);
    }
    return null;
  }

  /**
   * Nodes with nominated pods of equal or higher priority are filtered twice: as if those pods were there, and as it is,
   * since they may never arrive.
   */
  filterWithNominatedPods(state: CycleState, pod: PodInfo, node: NodeInfo): Status | null {
    const nominated = this.snapshot.nominated.get(node.name);
    if (nominated === undefined) return this.runFilterPlugins(state, pod, node);
    const guests = nominated.filter((other) => other.shape.priority >= pod.shape.priority && other.uid !== pod.uid);
    if (guests.length > 0) {
      const stateWithGuests = state.clone();
      const nodeWithGuests = node.clone();
      for (const guest of guests) {
        nodeWithGuests.addPod(guest);
        const said = this.runAddPodExtensions(stateWithGuests, pod, guest, nodeWithGuests);
        if (said !== null) return said;
      }
      const said = this.runFilterPlugins(stateWithGuests, pod, nodeWithGuests);
      if (said !== null) return said;
    }
    return this.runFilterPlugins(state, pod, node);
  }

  /** Success or UnschedulableAndUnresolvable ends it; otherwise the reasons of all plugins are gathered. */
  runPostFilter(state: CycleState, pod: PodInfo, statuses: NodeStatuses): PostFilterResult | null {
    if (this.postFilterPlugins.length === 0) return null;
    let nominatedNodeName: string | null = null;
    let last: PostFilterResult | null = null;
    const reasons: string[] = [];
    let rejector = "";
    for (const plugin of this.postFilterPlugins) {
      const result = plugin.postFilter!(state, pod, statuses);
      const said = result.status;
      if (said === null || said.code === "UnschedulableAndUnresolvable") return result;
      if (said.code !== "Unschedulable") {
        return { ...result, status: { ...said, code: "Error", plugin: plugin.name }, nominatedNodeName: null };
      }
      if (result.nominatedNodeName !== null) {
        nominatedNodeName = result.nominatedNodeName;
        last = result;
        rejector = plugin.name;
      }
      if (rejector === "") rejector = plugin.name;
      reasons.push(...said.reasons);
    }
    return {
      ...(last ?? { victims: [], pdbViolations: 0 }),
      status: status("Unschedulable", rejector, ...reasons),
      nominatedNodeName,
    };
  }

  /** Plugins that say Skip are left out of scoring. Any other status than Success is an error. */
  runPreScore(state: CycleState, pod: PodInfo, nodes: readonly NodeInfo[]): Status | null {
    for (const plugin of this.preScorePlugins) {
      const said = plugin.preScore?.(state, pod, nodes) ?? null;
      if (said === null) continue;
      if (said.code !== "Skip") {
        return status("Error", plugin.name, `running PreScore plugin "${plugin.name}": ${said.reasons.join(", ")}`);
      }
      state.skipScorePlugins.add(plugin.name);
    }
    return null;
  }

  /**
   * Scores, normalizes and weights.
   *
   * @param perPlugin when given, gets the weighted scores of every plugin
   */
  runScore(state: CycleState, pod: PodInfo, nodes: readonly NodeInfo[], perPlugin?: Map<string, Float64Array>): Scores {
    const totals = new Float64Array(nodes.length);
    let scores = new Float64Array(nodes.length);
    for (const { plugin, weight } of this.scorePlugins) {
      if (state.skipScorePlugins.has(plugin.name)) continue;
      for (let i = 0; i < nodes.length; i++) scores[i] = plugin.score!(state, pod, nodes[i]!);
      plugin.normalizeScore?.(state, pod, nodes, scores);
      for (let i = 0; i < scores.length; i++) {
        const score = scores[i]!;
        if (!(score >= 0 && score <= MAX_NODE_SCORE)) {
          const reason = `plugin "${plugin.name}" returns an invalid score ${score}, it should in the range of [0, ${MAX_NODE_SCORE}] after normalizing`;
          return { totals, error: status("Error", plugin.name, reason) };
        }
        scores[i] = score * weight;
        totals[i] = totals[i]! + scores[i]!;
      }
      if (perPlugin !== undefined) {
        perPlugin.set(plugin.name, scores);
        scores = new Float64Array(nodes.length);
      }
    }
    return { totals, error: null };
  }

  /** Reserves with all plugins, or with none: after a failure the earlier ones are undone in reverse order. */
  runReserve(state: CycleState, pod: PodInfo, nodeName: string): Status | null {
    for (const plugin of this.reservePlugins) {
      const said = plugin.reserve?.(state, pod, nodeName) ?? null;
      if (said === null) continue;
      this.runUnreserve(state, pod, nodeName);
      return said;
    }
    return null;
  }

  runUnreserve(state: CycleState, pod: PodInfo, nodeName: string): void {
    for (let i = this.reservePlugins.length - 1; i >= 0; i--) this.reservePlugins[i]!.unreserve?.(state, pod, nodeName);
  }

  /** Equal signatures mean the same feasible nodes and scores; null when the pod cannot be compared with others. */
  signPod(pod: PodInfo): string | null {
    if (!this.signsPods) return null;
    const parts: string[] = [pod.shape.schedulerName];
    for (const plugin of this.plugins.values()) {
      if (plugin.signPod === undefined) continue;
      const part = plugin.signPod(pod);
      if (part === null) return null;
      parts.push(part);
    }
    return JSON.stringify(parts);
  }

  /** The arguments that a plugin was made with, defaults filled in. */
  argsOf(name: string): PluginArgs {
    return this.args[name] ?? {};
  }

  /** The plugin of that name. @throws AssertionError when the profile does not have it */
  plugin(name: string): Plugin {
    const plugin = this.plugins.get(name);
    assert(plugin !== undefined, `profile ${this.schedulerName} has plugin ${name}`);
    return plugin;
  }
}

function intersection(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...a].filter((name) => b.has(name)));
}
