// Scheduling attempts written out in full: every node's verdict, every plugin's score, what preemption found. The shape is
// that of the reference cases (`expected`), which is also what `kubedrill fit -o json` prints.
import { assert } from "../engine/assert.ts";
import type { CycleResult } from "../scheduler/cycle.ts";
import type { Status } from "../scheduler/framework.ts";
import { statusMessage } from "../scheduler/message.ts";
import type { NodeInfo } from "../scheduler/node-info.ts";
import { Ranking } from "../scheduler/ranking.ts";
import type { Attempt, AttemptTrace, Scheduler } from "../scheduler/scheduler.ts";
import type { PodInfo } from "../scheduler/shape.ts";

export interface StatusEntry {
  readonly plugin: string;
  readonly code: string;
  readonly reasons: readonly string[];
}

export interface PreFilterEntry {
  readonly code: string;
  readonly plugin?: string;
  readonly reasons?: readonly string[];
  readonly nodeNames: readonly string[] | null;
  readonly narrowedBy?: readonly string[];
}

export interface PreemptionEntry {
  readonly code: string;
  readonly message: string;
  readonly nominatedNode: string | null;
  readonly victims: readonly string[];
  readonly numPDBViolations: number;
  readonly candidates: readonly {
    readonly node: string;
    readonly victims: readonly string[];
    readonly numPDBViolations: number;
  }[];
  readonly tiedNodes: readonly string[];
  readonly clearedNominations?: readonly string[];
}

/** One scheduling attempt. Nodes are listed in the order in which they were added to the cluster. */
export interface Decision {
  /** namespace/name */
  readonly pod: string;
  /** 1, and 2, 3 … after preemption. */
  readonly attempt: number;
  readonly gated?: StatusEntry;
  readonly error?: string;
  readonly prefilter?: PreFilterEntry;
  readonly skippedFilterPlugins?: readonly string[];
  readonly skippedScorePlugins?: readonly string[];
  readonly nominatedNodeTried?: string;
  readonly feasible: readonly string[];
  readonly rejections: Readonly<Record<string, StatusEntry>>;
  readonly absentNodesStatus?: StatusEntry;
  readonly scored: boolean;
  /** Plugin → weighted normalized score per feasible node. */
  readonly scores?: Readonly<Record<string, readonly number[]>>;
  readonly totals?: readonly number[];
  readonly winners: readonly string[];
  readonly chosen: string | null;
  readonly heapChoice?: string;
  readonly message: string | null;
  readonly preemption: PreemptionEntry | null;
  readonly reserveError?: StatusEntry;
  // the search itself, as node indexes; only in the `search` form
  readonly startIndex?: number;
  readonly nextStartIndex?: number;
  readonly visited?: readonly number[];
  readonly feasibleIndexes?: readonly number[];
  readonly rejectedIndexes?: Readonly<Record<string, readonly number[]>>;
  readonly winnerIndexes?: readonly number[];
  readonly batchHint?: string;
}

/** What to write down: verdicts and scores of all nodes, or how the search went, for large clusters with sampling. */
export type DecisionForm = "nodes" | "search";

/** An attempt and what it came to; the attempt has taken place. */
export interface Decided {
  readonly decision: Decision;
  /** null when the pod is gated, or asks for a scheduler that is not there. */
  readonly attempt: Attempt | null;
}

/** Makes one scheduling attempt, unless a gate holds the pod or no scheduler is responsible, and writes it down. */
export function decide(scheduler: Scheduler, pod: PodInfo, attemptNumber: number, form: DecisionForm): Decided {
  const head = { pod: pod.key, attempt: attemptNumber };
  const nothing = {
    feasible: [],
    rejections: {},
    scored: false,
    winners: [],
    chosen: null,
    message: null,
    preemption: null,
  };
  const stranger = noProfileFor(scheduler, pod);
  if (stranger !== null)
    return { decision: { ...head, error: stranger, ...nothing, message: stranger }, attempt: null };
  const gate = attemptNumber === 1 ? scheduler.preEnqueue(pod) : null;
  if (gate !== null) return { decision: { ...head, gated: entryOf(gate), ...nothing }, attempt: null };
  const nominated = pod.nominatedNodeName;
  const startIndex = scheduler.startIndex;
  const trace: AttemptTrace = {
    cycle: null,
    postFilter: null,
    reserveError: null,
    detail: { visited: [], scores: new Map() },
  };
  const attempt = scheduler.attempt(pod, trace);
  const { cycle } = trace;
  assert(cycle !== null, "the attempt was traced");
  if (cycle.outcome === "error") {
    return { decision: { ...head, error: cycle.error ?? "", ...nothing, message: attempt.message }, attempt };
  }
  const decision: Decision = {
    ...head,
    prefilter: preFilterOf(cycle),
    ...(cycle.preFilter?.status === null ? { skippedFilterPlugins: [...cycle.state.skipFilterPlugins].sort() } : {}),
    ...(cycle.totals === null ? {} : { skippedScorePlugins: [...cycle.state.skipScorePlugins].sort() }),
    ...(nominated === "" ? {} : { nominatedNodeTried: nominated }),
    ...(form === "nodes" ? nodesForm(scheduler, cycle, trace) : searchForm(cycle, trace, startIndex)),
    scored: cycle.totals !== null,
    chosen: attempt.nodeName,
    message: attempt.message,
    preemption: preemptionOf(attempt, trace),
    ...(trace.reserveError === null ? {} : { reserveError: entryOf(trace.reserveError) }),
  };
  return { decision, attempt };
}

/** Why no scheduler looks at the pod; null when one does. */
export function noProfileFor(scheduler: Scheduler, pod: PodInfo): string | null {
  if (scheduler.profileOf(pod) !== undefined) return null;
  return `no profile has the scheduler name "${pod.shape.schedulerName}"`;
}

function nodesForm(scheduler: Scheduler, cycle: CycleResult, trace: AttemptTrace) {
  // by the order in which nodes were added, not by discovery
  const order = cycle.feasible.map((_, i) => i).sort((a, b) => cycle.feasible[a]!.slot - cycle.feasible[b]!.slot);
  const feasible = order.map((i) => cycle.feasible[i]!);
  const rejections: Record<string, StatusEntry> = {};
  for (const [name, status] of cycle.statuses.byNode) rejections[name] = entryOf(status);
  const narrowed = cycle.preFilter?.status === null && cycle.preFilter.nodeNames !== null;
  const totals = cycle.totals === null ? undefined : order.map((i) => cycle.totals![i]!);
  const scores: Record<string, readonly number[]> = {};
  for (const [plugin, values] of trace.detail.scores) scores[plugin] = order.map((i) => values[i]!);
  const heapChoice = cycle.chosen === null || narrowed ? undefined : heapChoiceOf(scheduler, cycle);
  return {
    feasible: feasible.map((node) => node.name),
    rejections,
    ...(narrowed ? { absentNodesStatus: absentStatus(cycle) } : {}),
    ...(totals === undefined ? {} : { scores, totals }),
    winners: winnersOf(feasible, totals).map((node) => node.name),
    ...(heapChoice === undefined || scheduler.tieBreak !== "first" ? {} : { heapChoice }),
  };
}

/** Status of the nodes that PreFilter left out. It names the plugins that narrowed the nodes or rejected what was left. */
function absentStatus(cycle: CycleResult): StatusEntry {
  const plugins = [...cycle.rejectors].sort().join(" ");
  return {
    plugin: "",
    code: "UnschedulableAndUnresolvable",
    reasons: [`node(s) didn't satisfy plugin(s) [${plugins}]`],
  };
}

/** What the scheduler would take if its search began at the first node of its list. */
function heapChoiceOf(scheduler: Scheduler, cycle: CycleResult): string {
  if (cycle.totals === null) return cycle.feasible[0]!.name;
  const position = new Map(scheduler.snapshot.nodes.map((node, i) => [node, i]));
  const order = cycle.feasible.map((_, i) => i);
  order.sort((a, b) => position.get(cycle.feasible[a]!)! - position.get(cycle.feasible[b]!)!);
  const nodes = order.map((i) => cycle.feasible[i]!);
  const totals = order.map((i) => cycle.totals![i]!);
  return new Ranking(nodes, totals, "heap", null).pop().name;
}

function searchForm(cycle: CycleResult, trace: AttemptTrace, startIndex: number) {
  const rejected: Record<string, number[]> = {};
  const seen = new Set<string>();
  for (const node of trace.detail.visited) {
    const status = cycle.statuses.byNode.get(node.name);
    if (status === undefined || seen.has(node.name)) continue;
    seen.add(node.name);
    const key = `${status.plugin}|${statusMessage(status)}`;
    const list = rejected[key];
    if (list === undefined) rejected[key] = [node.slot];
    else list.push(node.slot);
  }
  const totals = cycle.totals === null ? undefined : [...cycle.totals];
  const winners = winnersOf(cycle.feasible, totals).map((node) => node.slot);
  return {
    feasible: [],
    rejections: {},
    ...(totals === undefined ? {} : { totals }),
    winners: [],
    startIndex,
    nextStartIndex: cycle.nextStartIndex,
    visited: trace.detail.visited.map((node) => node.slot),
    ...(cycle.feasible.length > 0
      ? { feasibleIndexes: cycle.feasible.map((node) => node.slot), winnerIndexes: winners }
      : {}),
    ...(seen.size > 0 ? { rejectedIndexes: rejected } : {}),
    ...(cycle.hintedNode === null ? {} : { batchHint: cycle.hintedNode }),
  };
}

function winnersOf(nodes: readonly NodeInfo[], totals: readonly number[] | undefined): readonly NodeInfo[] {
  if (totals === undefined) return nodes;
  const best = totals.reduce((max, total) => Math.max(max, total), Number.NEGATIVE_INFINITY);
  return nodes.filter((_, i) => totals[i] === best);
}

function preFilterOf(cycle: CycleResult): PreFilterEntry {
  const preFilter = cycle.preFilter;
  assert(preFilter !== null, "PreFilter ran");
  const { status, nodeNames } = preFilter;
  if (status !== null) return { ...entryOf(status), nodeNames: null };
  if (nodeNames === null) return { code: "Success", nodeNames: null };
  return { code: "Success", nodeNames: [...nodeNames].sort(), narrowedBy: [...cycle.rejectors].sort() };
}

function preemptionOf(attempt: Attempt, trace: AttemptTrace): PreemptionEntry | null {
  const result = trace.postFilter;
  if (result === null) return null;
  const keys = (pods: readonly PodInfo[]) => pods.map((pod) => pod.key);
  const cleared = attempt.clearedNominations;
  return {
    code: result.status?.code ?? "Success",
    message: statusMessage(result.status),
    nominatedNode: result.nominatedNodeName,
    victims: keys(result.victims),
    numPDBViolations: result.pdbViolations,
    candidates: (result.candidates ?? []).map((c) => ({
      node: c.nodeName,
      victims: keys(c.victims),
      numPDBViolations: c.pdbViolations,
    })),
    tiedNodes: result.tiedNodes ?? [],
    ...(cleared.length === 0 ? {} : { clearedNominations: keys(cleared) }),
  };
}

function entryOf({ plugin, code, reasons }: Status): StatusEntry {
  return { plugin, code, reasons };
}
