// Why a pod is where it is, or why it waits: the decision that the scheduler would take about it at this moment, node by node
// and plugin by plugin, and the smallest change that would help. Afterwards the same pods are where they were.
import type { Pod } from "../model/objects.ts";
import type { CycleDetail } from "../scheduler/cycle.ts";
import { fitErrorMessage, type statusCounts, statusMessage } from "../scheduler/message.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import type { PodInfo } from "../scheduler/shape.ts";
import { noProfileFor } from "./decision.ts";
import { otherSchedulers, type Remedy, remedies } from "./remedies.ts";

export interface ScoredNode {
  readonly node: string;
  readonly total: number;
  /** Plugin → weighted score. */
  readonly scores: Readonly<Record<string, number>>;
}

export interface RejectionSummary {
  readonly plugin: string;
  readonly code: string;
  readonly reasons: readonly string[];
  readonly nodes: number;
  /** The first nodes that were rejected so. */
  readonly examples: readonly string[];
}

export interface Explanation {
  /** namespace/name */
  readonly pod: string;
  readonly node: string | null;
  readonly phase: string;
  /** The node that the scheduler would choose now, with the pod itself out of the way. */
  readonly choice: string | null;
  readonly nodes: number;
  readonly feasibleNodes: number;
  /** What the FailedScheduling event would say, without the part about preemption; null when some node fits. */
  readonly message: string | null;
  readonly gate: string | null;
  /** Best nodes first; empty when at most one node is feasible. */
  readonly ranking: readonly ScoredNode[];
  readonly rejections: readonly RejectionSummary[];
  readonly remedies: readonly Remedy[];
}

const EXAMPLES = 3;

/**
 * @param pod as the API server has it
 * @param most length of the ranking and of the list of remedies
 */
export function explain(scheduler: Scheduler, pod: Pod, most: number): Explanation {
  const { snapshot } = scheduler;
  const key = snapshot.info(pod).key;
  // what it takes itself must not stand in its own way
  const placed = findOnNode(scheduler, key);
  if (placed !== null) snapshot.removePod(placed);
  try {
    const { nodeName: _node, ...spec } = pod.spec;
    const status = { ...pod.status, nominatedNodeName: undefined };
    const free = snapshot.info({ ...pod, spec, status });
    return explainFree(scheduler, free, pod, placed?.nodeName ?? pod.spec.nodeName ?? null, most);
  } finally {
    if (placed !== null) snapshot.addPod(placed);
  }
}

function explainFree(scheduler: Scheduler, free: PodInfo, pod: Pod, node: string | null, most: number): Explanation {
  const phase = pod.status?.phase ?? "Pending";
  const stranger = noProfileFor(scheduler, free);
  if (stranger !== null) return unseen(scheduler, free, stranger, node, phase);
  const detail: CycleDetail = { visited: [], scores: new Map() };
  const cycle = scheduler.decidePlain(free, detail);
  const { snapshot } = scheduler;
  const preFilterMessage = statusMessage(cycle.preFilter?.status ?? null);
  const unschedulable = cycle.chosen === null;
  const gate = node === null ? scheduler.preEnqueue(free) : null;
  const totals = cycle.totals ?? new Float64Array(0);
  // among equals the one that is chosen comes first
  const behind = (i: number) => (cycle.feasible[i] === cycle.chosen ? -1 : i);
  const order = [...totals.keys()].sort((a, b) => totals[b]! - totals[a]! || behind(a) - behind(b)).slice(0, most);
  return {
    pod: free.key,
    node,
    phase,
    choice: cycle.chosen?.name ?? null,
    nodes: snapshot.nodeCount,
    feasibleNodes: cycle.feasible.length,
    message: unschedulable
      ? (cycle.error ?? fitErrorMessage(snapshot.nodeCount, preFilterMessage, cycle.statuses, ""))
      : null,
    gate: gate === null ? null : gate.reasons.join(", "),
    ranking: order.map((i) => ({
      node: cycle.feasible[i]!.name,
      total: totals[i]!,
      scores: Object.fromEntries([...detail.scores].map(([plugin, scores]) => [plugin, scores[i]!])),
    })),
    rejections: summaries(cycle.statuses),
    remedies: unschedulable && gate === null ? remedies(scheduler, free, most) : [],
  };
}

/** No scheduler looks at the pod. */
function unseen(scheduler: Scheduler, free: PodInfo, message: string, node: string | null, phase: string): Explanation {
  const none = { choice: null, feasibleNodes: 0, gate: null, ranking: [], rejections: [] };
  return {
    ...none,
    pod: free.key,
    node,
    phase,
    nodes: scheduler.snapshot.nodeCount,
    message,
    remedies: otherSchedulers(scheduler, free),
  };
}

function findOnNode(scheduler: Scheduler, key: string): PodInfo | null {
  for (const node of scheduler.snapshot.nodes) {
    const found = node.pods.find((p) => p.key === key);
    if (found !== undefined) return found;
  }
  return null;
}

function summaries(statuses: Parameters<typeof statusCounts>[0]): RejectionSummary[] {
  const byText = new Map<
    string,
    { plugin: string; code: string; reasons: readonly string[]; nodes: number; examples: string[] }
  >();
  for (const [node, { plugin, code, reasons }] of statuses.byNode) {
    const key = `${plugin}\n${code}\n${reasons.join("\n")}`;
    const known = byText.get(key);
    if (known === undefined) byText.set(key, { plugin, code, reasons, nodes: 1, examples: [node] });
    else {
      known.nodes++;
      if (known.examples.length < EXAMPLES) known.examples.push(node);
    }
  }
  return [...byText.values()].sort((a, b) => b.nodes - a.nodes);
}
