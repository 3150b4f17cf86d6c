// The cluster over time, from a run's tables: how every node stood after each of its changes, and which pods a node had at a moment.
import { numbersOf, type Table, textReader } from "../metrics/table.ts";
import type { Outcome } from "./job.ts";
import type { MapAnswer, MapNode, MapPod, PodsAnswer, SeriesAnswer } from "./protocol.ts";

export const PRESENT = 1;
export const READY = 2;
export const CORDONED = 4;
export const TAINTED = 8;

// set by the cluster itself on nodes that are cordoned or not ready: those are shown as such
const OWN_TAINTS = /^node\.kubernetes\.io\/(unschedulable|not-ready|unreachable):\S+$/;
const MAX_POINTS = 2_000;
const MAX_PODS = 500;

export function mapAnswer({ identity, racks, tables }: Outcome): MapAnswer {
  const { nodeCourse: course, nodes } = tables;
  const at = numbersOf(course, "atMicros");
  const number = (name: string) => numbersOf(course, name);
  const [present, ready, cordoned] = [number("present"), number("ready"), number("cordoned")];
  const taints = textReader(course, "taints");
  const taintTexts = [""];
  const codes = new Map<string, number>([["", 0]]);
  const codeOf = (text: string) => {
    const known = codes.get(text);
    if (known !== undefined) return known;
    codes.set(text, taintTexts.length);
    return taintTexts.push(text) - 1;
  };
  const { offsets, order } = byNode(course, nodes.rows);
  const pick = (values: Float64Array) => Array.from(order, (row) => values[row]!);
  return {
    endMicros: identity.simDurationMicros,
    nodes: nodesOf(nodes, racks),
    offsets,
    atMicros: pick(at),
    flags: Array.from(order, (row) => {
      const isTainted = taints(row)
        .split(" ")
        .some((taint) => taint !== "" && !OWN_TAINTS.test(taint));
      return (
        (present[row] === 1 ? PRESENT : 0) +
        (ready[row] === 1 ? READY : 0) +
        (cordoned[row] === 1 ? CORDONED : 0) +
        (isTainted ? TAINTED : 0)
      );
    }),
    pods: pick(number("pods")),
    cpuMilli: pick(number("cpuMilli")),
    memoryBytes: pick(number("memoryBytes")),
    gpus: pick(number("gpus")),
    taints: Array.from(order, (row) => codeOf(taints(row))),
    taintTexts,
  };
}

/** Rows of the course in order of node, then as they stand, which is in order of time. */
function byNode(course: Table, nodes: number): { readonly offsets: number[]; readonly order: Uint32Array } {
  const node = numbersOf(course, "node");
  const offsets = new Array<number>(nodes + 1).fill(0);
  for (const row of node) offsets[row + 1]!++;
  for (let i = 0; i < nodes; i++) offsets[i + 1]! += offsets[i]!;
  const next = offsets.slice();
  const order = new Uint32Array(course.rows);
  for (let row = 0; row < course.rows; row++) order[next[node[row]!]!++] = row;
  return { offsets, order };
}

function nodesOf(nodes: Table, racks: Readonly<Record<string, string>>): MapNode[] {
  const text = (name: string) => textReader(nodes, name);
  const [name, zone, pool] = [text("name"), text("zone"), text("pool")];
  const number = (column: string) => numbersOf(nodes, column);
  const [cpu, memory] = [number("allocatable_cpu_m"), number("allocatable_mem_b")];
  const [pods, gpus] = [number("allocatable_pods"), number("allocatable_gpu")];
  return Array.from({ length: nodes.rows }, (_, row) => ({
    ...{ name: name(row), zone: zone(row), pool: pool(row), cpuMilli: cpu[row]!, memoryBytes: memory[row]! },
    ...{ pods: pods[row]!, gpus: gpus[row]!, rack: racks[name(row)] ?? "" },
  }));
}

/**
 * Pods that hold a node's room at a moment, in order of creation.
 *
 * @param node its name; null = the pods that have no node
 */
export function podsAt({ tables: { pods } }: Outcome, node: string | null, atMicros: number): PodsAnswer {
  const number = (name: string) => numbersOf(pods, name);
  const text = (name: string) => textReader(pods, name);
  const [created, scheduled, atStart] = [number("createdMicros"), number("scheduledMicros"), number("boundAtStart")];
  const [running, finished] = [number("runningMicros"), number("finishedMicros")];
  const [deletion, deleted] = [number("deletionMicros"), number("deletedMicros")];
  const [cpu, memory] = [number("cpuMilli"), number("memoryBytes")];
  const nodeOf = text("node");
  const [namespace, name, owner, message] = [text("namespace"), text("name"), text("owner"), text("message")];
  const found: MapPod[] = [];
  let total = 0;
  for (let row = 0; row < pods.rows; row++) {
    const boundMicros = atStart[row] === 1 ? created[row]! : scheduled[row]!;
    const isThere = created[row]! <= atMicros && !(finished[row]! <= atMicros) && !(deleted[row]! <= atMicros);
    if (!isThere) continue;
    const isBound = boundMicros <= atMicros;
    if (node === null ? isBound : !isBound || nodeOf(row) !== node) continue;
    if (++total > MAX_PODS) continue;
    // a cluster that begins settled never saw them start
    const runningMicros = atStart[row] === 1 && Number.isNaN(running[row]) ? created[row]! : running[row]!;
    const isRunning = runningMicros <= atMicros;
    const isLeaving = deletion[row]! <= atMicros;
    const state = !isBound ? "waiting" : isLeaving ? "leaving" : isRunning ? "running" : "starting";
    const since = { waiting: created[row]!, leaving: deletion[row]!, running: runningMicros, starting: boundMicros };
    found.push({
      ...{ namespace: namespace(row), name: name(row), owner: owner(row), state, sinceMicros: since[state] },
      ...{ cpuMilli: cpu[row]!, memoryBytes: memory[row]!, message: isBound ? "" : message(row) },
    });
  }
  return { total, pods: found };
}

/** The time series, thinned so that of every stretch the smallest and the largest value of each column stay. */
export function seriesAnswer({ tables: { timeseries } }: Outcome): SeriesAnswer {
  const times = numbersOf(timeseries, "timeMicros");
  const rows = rowsToShow(timeseries);
  const columns: Record<string, (number | null)[]> = {};
  for (const [name, values] of Object.entries(timeseries.numbers)) {
    if (name !== "timeMicros") columns[name] = rows.map((row) => (Number.isFinite(values[row]) ? values[row]! : null));
  }
  return { timesMicros: rows.map((row) => times[row]!), columns };
}

function rowsToShow({ numbers, rows }: Table): number[] {
  if (rows <= MAX_POINTS) return Array.from({ length: rows }, (_, row) => row);
  const chosen = new Set<number>([0, rows - 1]);
  const buckets = 200;
  for (let bucket = 0; bucket < buckets; bucket++) {
    const [from, to] = [Math.floor((rows * bucket) / buckets), Math.floor((rows * (bucket + 1)) / buckets)];
    for (const values of Object.values(numbers)) {
      let [least, most] = [from, from];
      for (let row = from; row < to; row++) {
        if (values[row]! < values[least]!) least = row;
        if (values[row]! > values[most]!) most = row;
      }
      chosen.add(least).add(most);
    }
  }
  return [...chosen].sort((a, b) => a - b);
}
