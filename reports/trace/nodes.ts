// Nodes in a trace: conditions and faults, and pods with their phases on as many tracks as run side by side. Nodes with most to tell come
// first, those with least are left out where there is no room.
import type { Result } from "../../sim/metrics/result.ts";
import { numbersOf, textReader } from "../../sim/metrics/table.ts";
import type { NodeFault } from "./faults.ts";
import { GROUPS, type TraceWriter } from "./writer.ts";

/** @param faults by the name of the node */
export function nodes(
  { tables }: Result,
  trace: TraceWriter,
  faults: ReadonlyMap<string, readonly NodeFault[]>,
  maxEvents: number,
): string[] {
  const { nodes: all, nodePeriods, pods, evictions } = tables;
  const name = textReader(all, "name");
  const podNode = textReader(pods, "node");
  const podsOf = new Map<string, number[]>();
  for (let row = 0; row < pods.rows; row++) {
    const node = podNode(row);
    if (node === "") continue;
    const list = podsOf.get(node);
    if (list === undefined) podsOf.set(node, [row]);
    else list.push(row);
  }
  const told = new Map<string, number>();
  const tell = (node: string, weight: number) => told.set(node, (told.get(node) ?? 0) + weight);
  for (const [node, { length }] of faults) tell(node, 1000 * length);
  const periodNode = numbersOf(nodePeriods, "node");
  for (const node of periodNode) tell(name(node), 1000);
  const evictedFrom = textReader(evictions, "node");
  for (let row = 0; row < evictions.rows; row++) tell(evictedFrom(row), 1);
  const rows = Array.from({ length: all.rows }, (_, row) => row);
  rows.sort((a, b) => (told.get(name(b)) ?? 0) - (told.get(name(a)) ?? 0) || a - b);
  const periodsOf = new Map<number, number[]>();
  for (const [period, node] of periodNode.entries()) periodsOf.set(node, [...(periodsOf.get(node) ?? []), period]);
  const read = readersOf(tables);
  let left = maxEvents;
  let [nodesLeftOut, podsLeftOut] = [0, 0];
  for (const [place, row] of rows.entries()) {
    const ofNode = podsOf.get(name(row)) ?? [];
    // a pod is up to four slices
    const cost = ofNode.length * 4 + (periodsOf.get(row)?.length ?? 0) + (faults.get(name(row))?.length ?? 0);
    if (cost > left) {
      nodesLeftOut++;
      podsLeftOut += ofNode.length;
      continue;
    }
    left -= cost;
    node(read, trace, GROUPS.firstNode + place, row, ofNode, periodsOf.get(row) ?? [], faults.get(name(row)) ?? []);
  }
  if (nodesLeftOut === 0) return [];
  return [
    `${nodesLeftOut} of ${all.rows} nodes with ${podsLeftOut} pods, those with least to tell (--max-events ${maxEvents})`,
  ];
}

/** Columns of nodes and pods, opened once. */
function readersOf({ nodes, nodePeriods, pods }: Result["tables"]) {
  const number = (of: string) => numbersOf(pods, of);
  const text = (of: string) => textReader(pods, of);
  return {
    nodeName: textReader(nodes, "name"),
    zone: textReader(nodes, "zone"),
    from: numbersOf(nodePeriods, "fromMicros"),
    to: numbersOf(nodePeriods, "toMicros"),
    what: textReader(nodePeriods, "what"),
    created: number("createdMicros"),
    scheduled: number("scheduledMicros"),
    running: number("runningMicros"),
    ready: number("readyMicros"),
    deletion: number("deletionMicros"),
    deleted: number("deletedMicros"),
    finished: number("finishedMicros"),
    restarts: number("restarts"),
    namespace: text("namespace"),
    podName: text("name"),
    owner: text("owner"),
    state: text("state"),
    cause: text("cause"),
  };
}

function node(
  read: ReturnType<typeof readersOf>,
  trace: TraceWriter,
  pid: number,
  row: number,
  pods: readonly number[],
  periods: readonly number[],
  faults: readonly NodeFault[],
): void {
  const { endMicros } = trace;
  const zone = read.zone(row);
  trace.process(pid, `node ${read.nodeName(row)}${zone === "" ? "" : ` (${zone})`}`);
  const condition = trace.track(pid, "condition");
  for (const period of periods) {
    const track = read.what(period) === "NotReady" ? condition : trace.track(pid, "cordon");
    trace.slice(pid, track, read.what(period), read.from[period]!, read.to[period]!);
  }
  for (const { id, kind, from, to } of faults)
    trace.slice(pid, trace.lane(pid, "faults", from, to), `${kind} (${id})`, from, to);
  const { created, deleted, deletion, finished, ready, running, scheduled } = read;
  const beginOf = (pod: number) => (Number.isNaN(scheduled[pod]!) ? created[pod]! : scheduled[pod]!);
  for (const pod of [...pods].sort((a, b) => beginOf(a) - beginOf(b) || a - b)) {
    const begin = beginOf(pod);
    const end = firstOf(deleted[pod]!, finished[pod]!, endMicros);
    const tid = trace.lane(pid, "pods", begin, end);
    const args = {
      owner: read.owner(pod),
      state: read.state(pod),
      cause: read.cause(pod),
      restarts: read.restarts[pod]!,
    };
    trace.slice(pid, tid, `${read.namespace(pod)}/${read.podName(pod)}`, begin, end, args);
    const runs = Math.min(running[pod]!, end);
    if (runs > begin) trace.slice(pid, tid, "starting", begin, runs);
    if (ready[pod]! > runs && runs < end) trace.slice(pid, tid, "not ready", runs, Math.min(ready[pod]!, end));
    // one that is deleted before it is ready has but its outer slice from there on
    const leaves = Math.max(deletion[pod]!, Number.isNaN(ready[pod]!) ? begin : ready[pod]!, runs || begin);
    if (leaves < end) trace.slice(pid, tid, "terminating", leaves, end);
  }
}

/** The first that is a number. */
function firstOf(...values: readonly number[]): number {
  return values.find((value) => !Number.isNaN(value)) ?? 0;
}
