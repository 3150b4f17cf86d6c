// What the nodes of a run have cost, and for what: hours by pool, type, zone and lifecycle, times the price that stands on the node.
// Of each node's cost, idle is the share that no pod had requested of the resource that was requested most (weighed over its time), wasted the
// share that was requested and not used. Sums are of whole millionths of the currency. No discounts, storage, traffic or control planes.
import type { NodeTable } from "./node-table.ts";
import type { Recorder } from "./recorder.ts";
import { RESOURCES } from "./resources.ts";
import { type Table, TableBuilder, textReader } from "./table.ts";

const HOUR_MICROS = 3_600_000_000;

const NUMBERS = [
  "nodes",
  "nodeMicros",
  "podMicros",
  "costMicros",
  "idleMicros",
  "wastedMicros",
  "pricedNodeMicros",
  "pricedPodMicros",
] as const;
type CostNumbers = Record<(typeof NUMBERS)[number], number>;

/** One row per pool, type, zone and lifecycle, in the order in which their first nodes came. Costs in millionths; NaN without a price. */
export function costTable({ nodes }: Recorder, endMicros: number): Table {
  const table = new TableBuilder(NUMBERS, ["pool", "type", "zone", "lifecycle"]);
  const groups = new Map<string, number>();
  for (let node = 0; node < nodes.rows; node++) {
    const { pool, type, zone, lifecycle } = nodes.texts;
    const names = [pool.get(node), type.get(node), zone.get(node), lifecycle.get(node)];
    const key = names.join("\n");
    let row = groups.get(key);
    if (row === undefined) {
      row = table.add();
      groups.set(key, row);
      for (const [i, column] of (["pool", "type", "zone", "lifecycle"] as const).entries())
        table.texts[column].set(row, names[i]!);
      for (const name of NUMBERS) table.numbers[name].set(row, 0);
      for (const name of COSTS) table.numbers[name].set(row, Number.NaN);
    }
    const cost = costOf(nodes, node, endMicros);
    for (const name of NUMBERS) {
      const column = table.numbers[name];
      if (!Number.isNaN(cost[name])) column.set(row, (column.get(row) || 0) + cost[name]);
    }
  }
  return table.freeze();
}

const COSTS = ["costMicros", "idleMicros", "wastedMicros"] as const;

function costOf({ numbers }: NodeTable, node: number, endMicros: number): CostNumbers {
  const removed = numbers.removedMicros.get(node);
  const held = (Number.isNaN(removed) ? endMicros : removed) - numbers.addedMicros.get(node);
  const price = numbers.priceMicros.get(node);
  const cost = Math.round((price / HOUR_MICROS) * held);
  const pods = numbers.integral_pods.get(node);
  const shareOf = (amountMicros: number, allocatable: number) =>
    held > 0 && allocatable > 0 ? Math.min(1, amountMicros / allocatable / held) : 0;
  const requested = RESOURCES.map((name) =>
    // a full list of pods makes a node no busier
    name === "pods" ? 0 : shareOf(numbers[`integral_${name}`].get(node), numbers[`allocatable_${name}`].get(node)),
  );
  const most = Math.max(0, ...requested);
  // what is requested most of what use is known of
  const [cpu, memory] = [requested[RESOURCES.indexOf("cpu_m")]!, requested[RESOURCES.indexOf("mem_b")]!];
  const used =
    cpu >= memory
      ? shareOf(numbers.cpuMilliMicros.get(node), numbers.allocatable_cpu_m.get(node))
      : shareOf(numbers.memoryByteMicros.get(node), numbers.allocatable_mem_b.get(node));
  const isPriced = !Number.isNaN(price);
  return {
    nodes: 1,
    nodeMicros: held,
    podMicros: pods,
    costMicros: cost,
    idleMicros: Math.round(cost * (1 - most)),
    // NaN where nobody has looked at use
    wastedMicros: Math.round(cost * Math.max(0, Math.max(cpu, memory) - used)),
    pricedNodeMicros: isPriced ? held : 0,
    pricedPodMicros: isPriced ? pods : 0,
  };
}

/** Of all nodes together. Costs in the currency; NaN when no node has a price. */
export interface CostTotals {
  readonly nodeHours: number;
  readonly cost: number;
  readonly idle: number;
  readonly wasted: number;
  readonly perPodHour: number;
  readonly spotPct: number;
}

export function costTotals(table: Table): CostTotals {
  const sum = (name: (typeof NUMBERS)[number]) => {
    const values = (table.numbers[name] ?? new Float64Array()).filter((value) => !Number.isNaN(value));
    return values.length === 0 ? Number.NaN : values.reduce((total, value) => total + value, 0);
  };
  const cost = sum("costMicros") / 1_000_000;
  return {
    nodeHours: sum("nodeMicros") / HOUR_MICROS,
    cost,
    idle: sum("idleMicros") / 1_000_000,
    wasted: sum("wastedMicros") / 1_000_000,
    perPodHour: perPodHour(cost, sum("pricedPodMicros")),
    spotPct: spotShare(table),
  };
}

/** NaN without pods. */
export function perPodHour(cost: number, podMicros: number): number {
  return podMicros > 0 ? cost / (podMicros / HOUR_MICROS) : Number.NaN;
}

// of node hours; NaN when no node says what it is
function spotShare(table: Table): number {
  const name = textReader(table, "lifecycle");
  let [spot, all, known] = [0, 0, false];
  for (let row = 0; row < table.rows; row++) {
    const held = table.numbers.nodeMicros![row]!;
    all += held;
    if (name(row) === "spot") spot += held;
    known ||= name(row) !== "";
  }
  return known && all > 0 ? (100 * spot) / all : Number.NaN;
}
