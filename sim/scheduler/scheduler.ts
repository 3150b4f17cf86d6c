// The scheduler's decisions on one cluster snapshot: which node a pod gets, or why it gets none and which pods would have to
// go. It knows no time and no queue: scheduler/process.ts drives it. Source: behaviour of Kubernetes 1.36.
import { assert } from "../engine/assert.ts";
import type { RandomStream } from "../engine/random.ts";
import { GPU_INDEX, gpuIndexText } from "../model/gpu/convention.ts";
import type { SchedulerConfiguration } from "../model/scheduler-configuration.ts";
import { nodesToFind } from "./arithmetic.ts";
import { Batch } from "./batching.ts";
import { type CycleDetail, type CycleResult, type CycleSettings, schedulePod } from "./cycle.ts";
import { CycleState, type NodeStatuses, type PluginFactory, type PostFilterResult, type Status } from "./framework.ts";
import { fitErrorMessage, statusCounts, statusMessage } from "./message.ts";
import type { NodeInfo } from "./node-info.ts";
import { PerShape } from "./per-shape.ts";
import { GPU_SHARE } from "./plugins/gpu-share.ts";
import { pluginRegistry } from "./plugins/registry.ts";
import { volumesToBind } from "./plugins/volume-binding.ts";
import { Profile } from "./profile.ts";
import type { TieBreak } from "./ranking.ts";
import { PodInfo } from "./shape.ts";
import type { Snapshot } from "./snapshot.ts";
import type { TableEvaluator } from "./table/evaluator.ts";
import { TableFastPath } from "./table/fast-path.ts";
import { shuffledTieKeys } from "./tie-keys.ts";
import type { PodVolumes } from "./volumes/binder.ts";

export interface SchedulerOptions {
  readonly configuration: SchedulerConfiguration;
  readonly snapshot: Snapshot;
  readonly tieBreak: TieBreak;
  /** Needed for seeded tie-breaking; with it preemption begins its search at a random node, as Kubernetes does. */
  readonly stream?: RandomStream;
  /** Streams of plugins, by purpose; without it they take the first in order. */
  readonly streamFor?: (purpose: string) => RandomStream;
  /** Plugins of the user by name, besides the ones that Kubernetes has. */
  readonly customPlugins?: ReadonlyMap<string, PluginFactory>;
  /** Never use the typed-array table: the plain evaluation decides everything. */
  readonly plain?: boolean;
  /** Virtual time, for what ages; without it nothing does. */
  readonly clock?: { readonly now: number };
  /** Node hints from earlier cycles, on by default as in Kubernetes 1.36. */
  readonly opportunisticBatching?: boolean;
  /** Memory that the table's caches of pod shapes may take; the least recently used go first. Default 512 MiB per profile. */
  readonly tableBytes?: number;
}

/** What one scheduling attempt came to. */
export interface Attempt {
  readonly pod: PodInfo;
  readonly outcome: "scheduled" | "unschedulable" | "error";
  /** The node that the pod is now assumed on. */
  readonly nodeName: string | null;
  /** Text of the FailedScheduling event, uncut; null when scheduled. */
  readonly message: string | null;
  /**
   * Plugins that rejected the pod: the ones whose queueing hints may bring it back. Empty for errors and when there are no
   * nodes: such a pod goes to the backoff queue.
   */
  readonly rejectors: ReadonlySet<string>;
  /** Rejected nodes per plugin. */
  readonly statuses: ReadonlyMap<string, number>;
  /** The node that preemption makes room on; the pod is nominated there. */
  readonly nominatedNodeName: string | null;
  /** Pods to delete so that the pod fits on the nominated node, most important first. The caller deletes them. */
  readonly victims: readonly PodInfo[];
  /** Pods of lower priority that lost their nomination to this one. */
  readonly clearedNominations: readonly PodInfo[];
  readonly feasibleCount: number;
  /** Feasible and rejected nodes together. */
  readonly evaluatedCount: number;
  /** The winner's total, -1 when nothing was scored. */
  readonly score: number;
  /** The node was proposed by an earlier cycle and taken without a search: only this one was filtered, and none scored. */
  readonly hinted: boolean;
}

/** The node that a cycle found, by the table or by the plain evaluation. */
interface Decision {
  readonly node: NodeInfo;
  readonly score: number;
  readonly feasible: number;
  readonly evaluated: number;
  readonly hinted: boolean;
}

/** What PostFilter and the message need of a cycle that found no node. */
type FailedCycle = Pick<CycleResult, "state" | "preFilter" | "statuses" | "rejectors">;

/** Everything about an attempt, for explanations and comparisons. */
export interface AttemptTrace {
  cycle: CycleResult | null;
  postFilter: PostFilterResult | null;
  reserveError: Status | null;
  readonly detail: CycleDetail;
}

const NOBODY: readonly PodInfo[] = [];
const NO_PLUGINS: ReadonlySet<string> = new Set();
const NO_STATUSES: ReadonlyMap<string, number> = new Map();

export class Scheduler {
  readonly snapshot: Snapshot;
  /** By scheduler name. */
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly tieBreak: TieBreak;
  private readonly table: TableFastPath | null;
  private readonly percentageOfNodesToScore: number;
  private readonly stream: RandomStream | null;
  private readonly clock: { readonly now: number };
  private readonly batches = new Map<Profile, Batch>();
  // states of assumed pods that reserved something, for undoing it
  private readonly reserved = new WeakMap<PodInfo, CycleState>();
  private readonly customPlugins: ReadonlySet<string>;
  private readonly signatures = new Map<Profile, PerShape<{ readonly text: string | null }>>();
  private startIndexValue = 0;
  private cycles = 0;
  private tableCyclesValue = 0;
  private plainVisits = 0;

  /** @throws Error when the configuration names an unknown plugin or enables one twice */
  constructor(options: SchedulerOptions) {
    this.snapshot = options.snapshot;
    this.tieBreak = options.tieBreak;
    if (options.tieBreak === "shuffled")
      options.snapshot.orderTies(shuffledTieKeys(options.streamFor?.("node-order") ?? null));
    this.stream = options.stream ?? null;
    this.clock = options.clock ?? { now: 0 };
    this.percentageOfNodesToScore = options.configuration.percentageOfNodesToScore;
    const registry = new Map([...pluginRegistry(), ...(options.customPlugins ?? [])]);
    this.customPlugins = new Set(options.customPlugins?.keys());
    const profiles = new Map<string, Profile>();
    for (const configuration of options.configuration.profiles) {
      const profile = new Profile(configuration, registry, options.snapshot, this.stream, options.streamFor);
      profiles.set(profile.schedulerName, profile);
      if (options.opportunisticBatching !== false) this.batches.set(profile, new Batch(profile));
    }
    this.profiles = profiles;
    this.table = options.plain
      ? null
      : new TableFastPath(options.snapshot, profiles.values(), {
          customPlugins: this.customPlugins,
          tieBreak: this.tieBreak,
          stream: this.stream,
          cacheBytes: options.tableBytes,
        });
  }

  /** Position in the node order at which the next search begins. */
  get startIndex(): number {
    return this.startIndexValue;
  }

  /** Number of attempts so far. */
  get attempts(): number {
    return this.cycles;
  }

  /** Attempts that the node table decided. */
  get tableCycles(): number {
    return this.tableCyclesValue;
  }

  /** Nodes that were really evaluated so far, by the table or the plain way. */
  get nodesTouched(): number {
    return (this.table?.evaluations ?? 0) + this.plainVisits;
  }

  /** The profile that is responsible for a pod; undefined when no profile has its scheduler name. */
  profileOf(pod: PodInfo): Profile | undefined {
    return this.profiles.get(pod.shape.schedulerName);
  }

  /** Why the pod may not enter the queue; null when it may. */
  preEnqueue(pod: PodInfo): Status | null {
    return this.mustHaveProfile(pod).runPreEnqueue(pod);
  }

  /**
   * One scheduling attempt. On success the pod is assumed on its node: it is in the snapshot and its volumes are reserved.
   * Otherwise PostFilter runs, which may nominate a node and name victims.
   *
   * @param trace filled when given; then everything is evaluated the plain way
   */
  attempt(pod: PodInfo, trace?: AttemptTrace): Attempt {
    const profile = this.mustHaveProfile(pod);
    this.cycles++;
    const batch = this.batches.get(profile);
    // asked for at most once per cycle, and only where something could come of it
    const signature = batch !== undefined && pod.nominatedNodeName === "" ? this.signatureOf(profile, pod) : null;
    if (this.table !== null && trace === undefined) {
      const evaluator = this.table.prepare(profile, pod);
      if (evaluator !== null) {
        const { cycles, clock } = this;
        const hinted =
          signature !== null && batch!.mayHint(signature, cycles, clock.now, (node) => evaluator.fits(node.slot));
        if (!hinted) return this.attemptOnTable(profile, pod, evaluator, signature);
      }
    }
    const settings: CycleSettings = {
      ...this.settingsOf(profile),
      hint: signature === null ? undefined : (state) => batch!.hint(state, pod, signature, this.cycles, this.clock.now),
    };
    const cycle = schedulePod(profile, pod, settings, trace?.detail);
    if (trace !== undefined) trace.cycle = cycle;
    this.startIndexValue = cycle.nextStartIndex;
    this.plainVisits += cycle.feasible.length + cycle.statuses.byNode.size;
    if (cycle.outcome === "error") return this.failed(pod, cycle);
    if (cycle.chosen === null) return this.postFilter(profile, pod, cycle, trace);
    batch?.store(signature, cycle.hintedNode, cycle.chosen.name, cycle.others, this.cycles, this.clock.now);
    const at = cycle.totals === null ? -1 : cycle.feasible.indexOf(cycle.chosen);
    const decision: Decision = {
      node: cycle.chosen,
      score: at < 0 ? -1 : cycle.totals![at]!,
      feasible: cycle.feasible.length,
      evaluated: cycle.feasible.length + cycle.statuses.byNode.size,
      hinted: cycle.hintedNode === cycle.chosen.name,
    };
    return this.assume(profile, pod, decision, cycle.state, trace);
  }

  private attemptOnTable(profile: Profile, pod: PodInfo, evaluator: TableEvaluator, signature: string | null): Attempt {
    const startIndex = this.startIndexValue;
    const nodes = this.snapshot.nodeCount;
    const limit = nodesToFind(nodes, profile.percentageOfNodesToScore ?? this.percentageOfNodesToScore);
    const selection = evaluator.select(startIndex, limit);
    this.tableCyclesValue++;
    this.startIndexValue = selection.nextStart;
    if (selection.slot < 0) {
      // preemption looks at what PreFilter leaves
      const state = new CycleState();
      const preFilter = profile.runPreFilter(state, pod);
      const statuses = evaluator.statuses();
      const rejectors = new Set<string>();
      for (const { plugin } of statuses.counts.keys()) rejectors.add(plugin);
      return this.postFilter(profile, pod, { state, preFilter, statuses, rejectors }, undefined);
    }
    const node = this.snapshot.nodeAt(selection.slot) as NodeInfo;
    const batch = this.batches.get(profile);
    if (batch !== undefined) {
      // a single feasible node is not scored, and leaves nothing to go by
      const others = signature === null || selection.feasible < 2 ? null : evaluator.others(startIndex);
      batch.store(signature, null, node.name, others, this.cycles, this.clock.now);
    }
    return this.assume(
      profile,
      pod,
      { node, score: selection.score, feasible: selection.feasible, evaluated: selection.evaluated, hinted: false },
      null,
      undefined,
    );
  }

  /** The pod's signature for batching. Those of our own plugins depend on the shape alone. */
  private signatureOf(profile: Profile, pod: PodInfo): string | null {
    if (!profile.signsPods) return null;
    if (this.customPlugins.size > 0 || pod.pod.spec.nodeName) return profile.signPod(pod);
    let known = this.signatures.get(profile);
    if (known === undefined) {
      known = new PerShape((shape) => ({ text: profile.signPod(new PodInfo(shape.exemplar, shape)) }));
      this.signatures.set(profile, known);
    }
    return known.get(pod.shape).text;
  }

  /** What the plain evaluation would decide now, without batching hints; nothing changes. */
  decidePlain(pod: PodInfo, detail?: CycleDetail): CycleResult {
    const profile = this.mustHaveProfile(pod);
    return schedulePod(profile, pod, this.settingsOf(profile), detail);
  }

  /** What the pod's binding takes in volumes; null when nothing. */
  volumesToBind(pod: PodInfo): PodVolumes | null {
    const state = this.reserved.get(pod);
    return state === undefined ? null : volumesToBind(state, pod.nodeName);
  }

  /** Takes an assumed pod off its node again, after binding it failed. */
  forget(pod: PodInfo): void {
    const nodeName = pod.nodeName;
    this.mustHaveProfile(pod).runUnreserve(this.reserved.get(pod) ?? new CycleState(), pod, nodeName);
    this.reserved.delete(pod);
    // the node may have gone meanwhile, and its pods with it
    if (this.snapshot.node(nodeName) !== undefined) this.snapshot.removePod(pod);
    pod.nodeName = "";
    pod.gpuIndexes = null;
  }

  /** What the binding of an assumed pod writes on it besides the node; null when nothing. */
  bindingAnnotations(pod: PodInfo): Readonly<Record<string, string>> | null {
    if (pod.gpuIndexes === null || pod.gpuIndexes.length === 0) return null;
    if (this.profileOf(pod)?.plugins.has(GPU_SHARE) !== true) return null;
    return { [GPU_INDEX]: gpuIndexText(pod.gpuIndexes) };
  }

  private reserve(profile: Profile, pod: PodInfo, nodeName: string, state: CycleState | null): Status | null {
    if (state !== null) return profile.runReserve(state, pod, nodeName);
    // pods that the table decides have nothing else to reserve with our own plugins, and it serves no others
    if (pod.shape.gpu === null) return null;
    const plugin = profile.reservePlugins.find(({ name }) => name === GPU_SHARE);
    return plugin?.reserve?.(new CycleState(), pod, nodeName) ?? null;
  }

  private takeOff(pod: PodInfo): void {
    this.snapshot.removePod(pod);
    pod.nodeName = "";
    pod.gpuIndexes = null;
  }

  private assume(
    profile: Profile,
    pod: PodInfo,
    decision: Decision,
    state: CycleState | null,
    trace: AttemptTrace | undefined,
  ): Attempt {
    const { node } = decision;
    pod.nodeName = node.name;
    assert(this.snapshot.addPod(pod), `node ${node.name} is known`);
    const refused = this.reserve(profile, pod, node.name, state);
    if (pod.nominatedNodeName !== "") this.snapshot.clearNomination(pod);
    if (refused !== null) {
      if (trace !== undefined) trace.reserveError = refused;
      this.takeOff(pod);
      return this.attemptOf(pod, {
        outcome: refused.code === "Error" ? "error" : "unschedulable",
        message: statusMessage(refused),
        rejectors: new Set([refused.plugin]),
      });
    }
    // the states of most pods hold nothing to undo, and would only take memory
    if (
      state !== null &&
      (pod.shape.volumes.length > 0 || profile.reservePlugins.some((p) => this.customPlugins.has(p.name)))
    ) {
      this.reserved.set(pod, state);
    }
    return {
      pod,
      outcome: "scheduled",
      nodeName: node.name,
      message: null,
      rejectors: NO_PLUGINS,
      statuses: NO_STATUSES,
      nominatedNodeName: null,
      victims: NOBODY,
      clearedNominations: NOBODY,
      feasibleCount: decision.feasible,
      evaluatedCount: decision.evaluated,
      score: decision.score,
      hinted: decision.hinted,
    };
  }

  private failed(pod: PodInfo, cycle: CycleResult): Attempt {
    this.snapshot.clearNomination(pod);
    return this.attemptOf(pod, {
      // without nodes the pod counts as unschedulable, not as a failure of the scheduler
      outcome: cycle.preFilter === null ? "unschedulable" : "error",
      message: cycle.error,
      feasibleCount: cycle.feasible.length,
      evaluatedCount: cycle.feasible.length + cycle.statuses.byNode.size,
    });
  }

  private postFilter(profile: Profile, pod: PodInfo, cycle: FailedCycle, trace: AttemptTrace | undefined): Attempt {
    const result = profile.runPostFilter(cycle.state, pod, cycle.statuses);
    if (trace !== undefined) trace.postFilter = result;
    const preFilterMessage = statusMessage(cycle.preFilter?.status ?? null);
    const message = fitErrorMessage(
      this.snapshot.nodeCount,
      preFilterMessage,
      cycle.statuses,
      statusMessage(result?.status ?? null),
    );
    const cleared = this.nominate(pod, result);
    return this.attemptOf(pod, {
      outcome: "unschedulable",
      message,
      rejectors: cycle.rejectors,
      statuses: rejectionsPerPlugin(cycle.statuses),
      nominatedNodeName: result?.nominatedNodeName || null,
      victims: result?.victims ?? NOBODY,
      clearedNominations: cleared,
      evaluatedCount: sum(statusCounts(cycle.statuses).values()),
    });
  }

  /** Pods of lower priority give up their nomination to the same node. */
  private nominate(pod: PodInfo, result: PostFilterResult | null): readonly PodInfo[] {
    const nodeName = result?.nominatedNodeName ?? null;
    if (nodeName === null) return NOBODY;
    if (nodeName === "") {
      this.snapshot.clearNomination(pod);
      return NOBODY;
    }
    const others = this.snapshot.nominated.get(nodeName) ?? NOBODY;
    const cleared = others.filter((other) => other.shape.priority < pod.shape.priority);
    for (const other of cleared) this.snapshot.clearNomination(other);
    this.snapshot.nominate(pod, nodeName);
    return cleared;
  }

  private attemptOf(pod: PodInfo, parts: Partial<Attempt> & Pick<Attempt, "outcome">): Attempt {
    return {
      pod,
      nodeName: null,
      message: null,
      rejectors: NO_PLUGINS,
      statuses: NO_STATUSES,
      nominatedNodeName: null,
      victims: NOBODY,
      clearedNominations: NOBODY,
      feasibleCount: 0,
      evaluatedCount: 0,
      score: -1,
      hinted: false,
      ...parts,
    };
  }

  private settingsOf(profile: Profile): CycleSettings {
    return {
      startIndex: this.startIndexValue,
      percentageOfNodesToScore: profile.percentageOfNodesToScore ?? this.percentageOfNodesToScore,
      tieBreak: this.tieBreak,
      stream: this.stream,
    };
  }

  private mustHaveProfile(pod: PodInfo): Profile {
    const profile = this.profileOf(pod);
    assert(profile !== undefined, `a profile is responsible for pod ${pod.key}`);
    return profile;
  }
}

function rejectionsPerPlugin(statuses: NodeStatuses): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [{ plugin }, nodes] of statusCounts(statuses)) counts.set(plugin, (counts.get(plugin) ?? 0) + nodes);
  return counts;
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const n of numbers) total += n;
  return total;
}
