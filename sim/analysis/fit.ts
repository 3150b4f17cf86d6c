// Do these pods fit on this cluster, where, and if not, why: the scheduler's decisions in queue order, without time. Placed pods
// stay, so later pods see less room; victims of preemption go at once. Source of the order: PrioritySort.
import type { RandomStream } from "../engine/random.ts";
import type { ClusterObjects, Pod } from "../model/objects.ts";
import type { SchedulerConfiguration } from "../model/scheduler-configuration.ts";
import type { PluginFactory, Status } from "../scheduler/framework.ts";
import type { TieBreak } from "../scheduler/ranking.ts";
import { type Attempt, Scheduler } from "../scheduler/scheduler.ts";
import type { PodInfo, PodShape } from "../scheduler/shape.ts";
import { Snapshot } from "../scheduler/snapshot.ts";
import { noProfileFor } from "./decision.ts";
import { AttemptQueue } from "./replay.ts";

export interface FitOptions {
  readonly objects: ClusterObjects;
  readonly configuration: SchedulerConfiguration;
  readonly tieBreak: TieBreak;
  /** Needed for the seeded tie-break. */
  readonly stream?: RandomStream;
  readonly customPlugins?: ReadonlyMap<string, PluginFactory>;
  readonly opportunisticBatching?: boolean;
  /** Pods to place, in this order; by default all pods of the objects that have no node, highest priority first. */
  readonly pending?: readonly Pod[];
  readonly preemptionRetry?: "immediate" | "end";
}

/** Why one node is no place for the pod. */
export interface NodeRejection {
  readonly node: string;
  readonly plugin: string;
  readonly code: string;
  readonly reasons: readonly string[];
}

export interface PodFit {
  /** namespace/name */
  readonly pod: string;
  readonly outcome: "fits" | "evicted" | "unschedulable" | "gated" | "error" | "unknown scheduler";
  readonly node: string | null;
  /** Total score of the node; -1 when it was the only feasible one. */
  readonly score: number;
  readonly feasibleNodes: number;
  /** Pods that had to go for it. */
  readonly victims: readonly string[];
  /** The FailedScheduling text, or what else keeps it from a node; null when it fits. */
  readonly message: string | null;
  /** Per node in the order of the cluster; empty when it fits. */
  readonly rejections: readonly NodeRejection[];
}

export interface FitReport {
  readonly nodes: number;
  readonly pods: readonly PodFit[];
  /** Pods that were on the nodes before. */
  readonly boundBefore: number;
}

/** The pods without a node that are neither finished nor being deleted, in queue order: priority first, then as they stand in the files. */
export function pendingPods(objects: ClusterObjects): Pod[] {
  const waiting = objects.pods.filter(
    (p) =>
      !p.spec.nodeName &&
      p.metadata.deletionTimestamp == null &&
      p.status?.phase !== "Succeeded" &&
      p.status?.phase !== "Failed",
  );
  return waiting.slice().sort((a, b) => (b.spec.priority ?? 0) - (a.spec.priority ?? 0));
}

/** Takes the pending pods through the scheduler, one after the other. */
export function fit(options: FitOptions): FitReport {
  const pending = options.pending ?? pendingPods(options.objects);
  const snapshot = Snapshot.of(options.objects);
  let boundBefore = 0;
  for (const node of snapshot.nodes) boundBefore += node.pods.length;
  const scheduler = new Scheduler({
    configuration: options.configuration,
    snapshot,
    tieBreak: options.tieBreak,
    stream: options.stream,
    customPlugins: options.customPlugins,
    opportunisticBatching: options.opportunisticBatching ?? true,
  });
  const queue = new AttemptQueue({ pending, preemptionRetry: options.preemptionRetry ?? "immediate" }, snapshot);
  const fits = new Map<string, PodFit>();
  const rejections = new RejectionLists(scheduler);
  for (let next = queue.next(); next !== undefined; next = queue.next()) {
    const { pod } = next;
    const stranger = noProfileFor(scheduler, pod);
    if (stranger !== null) {
      fits.set(pod.key, refused(pod, "unknown scheduler", stranger));
      continue;
    }
    const gate = next.attempt === 1 ? scheduler.preEnqueue(pod) : null;
    if (gate !== null) {
      fits.set(pod.key, refused(pod, "gated", gate.reasons.join(", ")));
      continue;
    }
    const before = fits.get(pod.key)?.victims ?? [];
    const attempt = scheduler.attempt(pod);
    fits.set(pod.key, fitOf(attempt, before, rejections));
    for (const victim of attempt.victims) {
      // one of those that were asked about, placed a moment ago
      if (fits.has(victim.key)) fits.set(victim.key, refused(victim, "evicted", `had to go for ${pod.key}`));
    }
    queue.done(next, attempt.victims, attempt.nominatedNodeName, attempt.outcome === "scheduled");
  }
  return { nodes: snapshot.nodeCount, pods: [...fits.values()], boundBefore };
}

function fitOf(attempt: Attempt, victimsBefore: readonly string[], rejections: RejectionLists): PodFit {
  const { pod } = attempt;
  const scheduled = attempt.outcome === "scheduled";
  return {
    pod: pod.key,
    outcome: scheduled ? "fits" : attempt.outcome === "error" ? "error" : "unschedulable",
    node: attempt.nodeName,
    score: attempt.score,
    feasibleNodes: attempt.feasibleCount,
    victims: [...victimsBefore, ...attempt.victims.map((victim) => victim.key)],
    message: attempt.message,
    rejections: scheduled ? [] : rejections.of(pod),
  };
}

/** Lists of rejections; pods of one shape share theirs as long as nothing changes, so that many replicas cost what one costs. */
class RejectionLists {
  private readonly scheduler: Scheduler;
  private readonly known = new Map<
    PodShape,
    { readonly generation: number; readonly list: readonly NodeRejection[] }
  >();

  constructor(scheduler: Scheduler) {
    this.scheduler = scheduler;
  }

  of(pod: PodInfo): readonly NodeRejection[] {
    const { scheduler, known } = this;
    // pods that name a node, or are nominated to one, are judged by themselves
    if (pod.pod.spec.nodeName || scheduler.snapshot.nominated.size > 0) return rejectionsOf(scheduler, pod);
    const { generation } = scheduler.snapshot;
    const before = known.get(pod.shape);
    if (before?.generation === generation) return before.list;
    const list = rejectionsOf(scheduler, pod);
    known.set(pod.shape, { generation, list });
    return list;
  }
}

/** Every node's verdict, by evaluating the pod once more the plain way. */
function rejectionsOf(scheduler: Scheduler, pod: PodInfo): NodeRejection[] {
  const { statuses } = scheduler.decidePlain(pod);
  const rejections: NodeRejection[] = [];
  for (let slot = 0; slot < scheduler.snapshot.slotCount; slot++) {
    const node = scheduler.snapshot.nodeAt(slot);
    if (node === undefined) continue;
    const said: Status | null = statuses.byNode.get(node.name) ?? statuses.absent;
    if (said !== null)
      rejections.push({ node: node.name, plugin: said.plugin, code: said.code, reasons: said.reasons });
  }
  return rejections;
}

function refused(pod: PodInfo, outcome: PodFit["outcome"], message: string): PodFit {
  return { pod: pod.key, outcome, node: null, score: -1, feasibleNodes: 0, victims: [], message, rejections: [] };
}
