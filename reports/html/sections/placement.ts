// Where everything is: the map of nodes by zone, with what is requested of them, and the zones as a table.
import { clusterMap, type MapNode, type NodeState } from "../cluster-map.ts";
import { escapeHtml, jsonForScript } from "../escape.ts";
import { readable } from "../numbers.ts";
import type { Rows, RunDetail } from "../report-data.ts";
import { htmlTable } from "../table-html.ts";

interface Measure {
  readonly name: string;
  readonly share: (rows: Rows, row: number) => number;
}

const percentOf = (column: string) => (rows: Rows, row: number) => rows.number(row, column) / 100;
const quotient = (part: string, whole: string) => (rows: Rows, row: number) => {
  const all = rows.number(row, whole);
  return all > 0 ? rows.number(row, part) / all : Number.NaN;
};

const MEASURES: readonly Measure[] = [
  { name: "CPU requested, mean", share: percentOf("alloc_cpu_mean_pct") },
  { name: "memory requested, mean", share: percentOf("alloc_mem_mean_pct") },
  { name: "GPU requested, mean", share: percentOf("alloc_gpu_mean_pct") },
  { name: "CPU requested, most at once", share: quotient("requested_peak_cpu_m", "allocatable_cpu_m") },
  { name: "memory requested, most at once", share: quotient("requested_peak_mem_b", "allocatable_mem_b") },
  { name: "CPU requested at the end", share: percentOf("alloc_cpu_pct") },
  { name: "memory requested at the end", share: percentOf("alloc_mem_pct") },
  { name: "CPU used, mean", share: quotient("used_mean_cpu_m", "allocatable_cpu_m") },
  { name: "memory used, mean", share: quotient("used_mean_mem_b", "allocatable_mem_b") },
  { name: "pods of those that fit, mean", share: percentOf("alloc_pods_mean_pct") },
  {
    name: "time not ready",
    share: (rows, row) => {
      const [ready, not] = [rows.number(row, "ready_s"), rows.number(row, "not_ready_s")];
      return ready + not > 0 ? not / (ready + not) : Number.NaN;
    },
  },
];

export function placement({ tables }: RunDetail, prefix: string): string {
  const rows = tables.get("nodes");
  if (rows === undefined || rows.records.length === 0) return '<p class="muted">There was no node.</p>';
  const all = rows.records.map((_, row) => MEASURES.map(({ share }) => share(rows, row)));
  const measured = MEASURES.map((_, i) => i).filter((i) => all.some((shares) => shares[i]! >= 0));
  const names = measured.map((i) => MEASURES[i]!.name);
  const nodes = rows.records.map(
    (_, row): MapNode => ({
      name: rows.text(row, "node"),
      zone: rows.text(row, "zone"),
      pool: rows.text(row, "pool"),
      state: stateOf(rows, row),
      shares: measured.map((i) => rounded(all[row]![i]!)),
    }),
  );
  const options = names.map((name, i) => `<option value="${i}">${escapeHtml(name)}</option>`);
  const data = {
    measures: names,
    nodes: nodes.map(({ name, zone, pool, state, shares }) => [name, zone, pool, state, shares]),
  };
  return `<div class="map-host"><div class="controls"><label for="${prefix}-measure">colour by</label><select class="measure" id="${prefix}-measure">${options.join("")}</select></div>
${clusterMap(nodes, names)}<p class="small muted"><output class="cell">Point at a cell, or move with arrow keys, to see its node. States are those at the end.</output> <a href="#table-nodes">nodes as a table</a></p>
<script type="application/json" class="map-data">${jsonForScript(data)}</script></div>
<details><summary>zones as a table</summary>${zones(nodes, names)}</details>`;
}

function stateOf(rows: Rows, row: number): NodeState {
  if (rows.text(row, "removed_s") !== "") return "gone";
  if (rows.text(row, "ready_end") === "false") return "down";
  return rows.text(row, "schedulable_end") === "false" ? "cordoned" : "ready";
}

// a tenth of a percent is more than a colour shows
function rounded(share: number): number {
  return Math.round(share * 1000) / 1000;
}

function zones(nodes: readonly MapNode[], measures: readonly string[]): string {
  const byZone = new Map<string, MapNode[]>();
  for (const node of nodes) {
    const members = byZone.get(node.zone) ?? [];
    byZone.set(node.zone, members);
    members.push(node);
  }
  const rows = [...byZone].map(([zone, members]) => [
    zone === "" ? "none" : zone,
    readable(members.length),
    readable(members.filter(({ state }) => state === "ready").length),
    ...measures.map((_, i) => {
      const shares = members.map(({ shares }) => shares[i]!).filter((share) => !Number.isNaN(share));
      return `${readable(Math.round((1000 * shares.reduce((sum, share) => sum + share, 0)) / shares.length) / 10)} %`;
    }),
  ]);
  const columns = [{ head: "zone" }, { head: "nodes", isNumber: true }, { head: "ready at the end", isNumber: true }];
  return htmlTable(
    "Mean over the nodes of each zone",
    [...columns, ...measures.map((head) => ({ head, isNumber: true }))],
    rows,
  );
}
