// What the order of watch events says, phase by phase: which steps there were, how often, when first and when last, the whole lives of
// pods and nodes, the conditions that workloads went through, and the Events that components wrote.
import { type Facts, tally } from "./fact.ts";
import { ownerName, withoutRandom } from "./names.ts";
import { type Phase, phasesOf } from "./phases.ts";
import { isReady, isTerminal, type Row } from "./rows.ts";
import { short } from "./statistics.ts";
import type { Timeline } from "./timeline.ts";

const WITH_CONDITIONS: ReadonlySet<string> = new Set(["Deployment", "ReplicaSet", "Job", "HPA", "Namespace"]);
/** Events of kubelets are left out: the recorded nodes write none. Others tell of the recorded API server's build. */
const OTHER_SOURCES: ReadonlySet<string> = new Set(["kubelet", "apiserver"]);
/** Texts of these say by how much, so every text counts for itself. */
const TEXTS_COUNT: ReadonlySet<string> = new Set(["ScalingReplicaSet", "FailedScheduling", "FailedCreate"]);

export function addSequenceFacts(facts: Facts, timeline: Timeline): void {
  const phases = phasesOf(timeline);
  const begin = phases[0]?.from ?? 0;
  const steps = new Steps(facts, phases);
  const pods = new Map<string, Row[]>();
  const nodes = new Map<string, Row[]>();
  const conditions = new Map<string, string[]>();
  for (const row of timeline.events) {
    if (row.k === "Pod") push(pods, `${row.ns}/${row.n}/${row.uid}`, row);
    else if (row.k === "Node" && row.n !== undefined) push(nodes, row.n, row);
    if (row.t < begin) continue;
    if (row.k === "Event") addEvent(facts, steps, row, steps.phaseAt(row.t));
    if (WITH_CONDITIONS.has(row.k) && row.e !== "D") noteConditions(conditions, row);
  }
  for (const rows of pods.values()) if (rows[0]!.t >= begin) addPod(facts, steps, rows);
  for (const rows of nodes.values()) addNode(facts, steps, rows, begin);
  for (const [name, list] of conditions) tally(facts, `conditions ${withoutRandom(name)}: ${list.join(" > ")}`);
  steps.finish();
}

/** Instants of a step within a phase. */
class Steps {
  private readonly facts: Facts;
  private readonly phases: readonly Phase[];
  private readonly seen = new Map<string, { count: number; first: number; last: number; from: number }>();

  constructor(facts: Facts, phases: readonly Phase[]) {
    this.facts = facts;
    this.phases = phases;
  }

  phaseAt(t: number): Phase | undefined {
    return this.phases.findLast((phase) => phase.from <= t);
  }

  add(t: number, what: string): void {
    const phase = this.phaseAt(t);
    if (phase === undefined) return;
    const key = `${phase.name}: ${what}`;
    const after = t - phase.from;
    const before = this.seen.get(key);
    if (before === undefined) this.seen.set(key, { count: 1, first: after, last: after, from: phase.from });
    else {
      before.count++;
      before.first = Math.min(before.first, after);
      before.last = Math.max(before.last, after);
    }
  }

  finish(): void {
    for (const [key, { count, first, last, from }] of this.seen) {
      this.facts.set(`steps ${key}`, { kind: "count", value: count });
      this.facts.set(`first ${key}`, { kind: "seconds", value: short(first), at: from + first });
      if (count > 1) this.facts.set(`last ${key}`, { kind: "seconds", value: short(last), at: from + last });
    }
  }
}

function addEvent(facts: Facts, steps: Steps, row: Row, phase: Phase | undefined): void {
  const source = row.src ?? "";
  if (row.e === "D" || row.e === "L" || OTHER_SOURCES.has(source) || phase === undefined) return;
  const reason = row.reason ?? "";
  const object = (row.obj ?? "").split("/")[0];
  const what = `${source} ${row.type} ${reason} of ${object}`;
  steps.add(row.t, `Event ${what}`);
  if (TEXTS_COUNT.has(reason)) tally(facts, `text ${phase.name}: ${reason} ${withoutRandom(row.msg ?? "")}`);
}

function noteConditions(conditions: Map<string, string[]>, row: Row): void {
  const name = `${row.k} ${row.ns ?? ""}/${row.n}${row.k === "ReplicaSet" ? ` revision ${row.rev}` : ""}`;
  const text = typeof row.c === "string" ? row.c : conditionText(row);
  const list = conditions.get(name);
  if (list === undefined) conditions.set(name, [text]);
  else if (list.at(-1) !== text) list.push(text);
}

function conditionText(row: Row): string {
  if (typeof row.c !== "object") return "";
  return Object.entries(row.c)
    .map(([type, value]) => `${type}=${value}`)
    .sort()
    .join(",");
}

function addPod(facts: Facts, steps: Steps, rows: readonly Row[]): void {
  const first = rows[0]!;
  const owner = ownerName(first.own ?? "nobody");
  const phase = steps.phaseAt(first.t);
  const states: string[] = [];
  for (const row of rows) {
    const state = podState(row);
    if (states.at(-1) === state) continue;
    states.push(state);
    steps.add(row.t, `Pod of ${owner}: ${state}`);
  }
  tally(facts, `life ${phase?.name}: Pod of ${owner}: ${states.join(" > ")}`);
}

/** What a pod's row says, without what only tells of the node's own steps. */
function podState(row: Row): string {
  if (row.e === "D") return "gone";
  const parts: string[] = [];
  if (row.node === undefined) parts.push(row.nom === undefined ? "waiting" : "nominated");
  else if (row.ph === "Pending") parts.push(row.cs === undefined ? "bound" : `pending ${row.cs}`);
  else if (isTerminal(row)) parts.push(`${row.ph} ${row.cs ?? ""}`);
  else parts.push(`${row.ph} ${row.cs ?? ""} ${isReady(row) ? "ready" : "unready"}`);
  const conditions = typeof row.c === "object" ? row.c : {};
  if (row.node === undefined && conditions.S !== undefined) parts.push(conditions.S);
  if (conditions.DisruptionTarget !== undefined) parts.push(conditions.DisruptionTarget);
  if (row.rc !== undefined) parts.push(`restarts ${row.rc}`);
  if (row.del !== undefined) parts.push("deleting");
  return parts.join(" ");
}

function addNode(facts: Facts, steps: Steps, rows: readonly Row[], begin: number): void {
  const states: string[] = [];
  for (const row of rows) {
    const taints = [...(row.taints ?? [])].sort().map((taint) => taint.replace("node.kubernetes.io/", ""));
    const state = row.e === "D" ? "gone" : [row.ready, ...taints, ...(row.unsched ? ["cordoned"] : [])].join(" ");
    if (row.t < begin) {
      states.splice(0, states.length, state);
      continue;
    }
    if (states.at(-1) === state) continue;
    states.push(state);
    steps.add(row.t, `Node: ${state}`);
  }
  tally(facts, `life of nodes: ${states.join(" > ")}`);
}

function push(map: Map<string, Row[]>, key: string, row: Row): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [row]);
  else list.push(row);
}
