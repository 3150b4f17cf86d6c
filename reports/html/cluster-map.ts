// The map of a cluster: a cell for each node, zone by zone, coloured by how full it is. Cells of one colour are one path, so that thousands
// of nodes are a few kilobytes and are drawn at once. Pure text: a page that moves through time draws it again with other shares.
import { escapeHtml } from "./escape.ts";
import { plain, readable } from "./numbers.ts";

export type NodeState = "ready" | "down" | "cordoned" | "gone";

export interface MapNode {
  readonly name: string;
  readonly zone: string;
  readonly pool: string;
  readonly state: NodeState;
  /** How full it is: 0 … 1, may be more; NaN = not measured. In the order of the map's measures. */
  readonly shares: readonly number[];
}

/** Where a cell of a zone lies: row by row, so many to a row. One unit is one cell. */
export interface ZoneLayout {
  readonly zone: string;
  /** Indices into the list of nodes. */
  readonly nodes: readonly number[];
  readonly columns: number;
  readonly rows: number;
}

const HEAT_LEVELS = 10;
/** Of a cell's width: what is left between cells. */
const GAP = 0.12;
const MIN_COLUMNS = 12;
const MAX_COLUMNS = 80;

/** Zones by name; in each the nodes by pool, then in the order in which they joined. */
export function zonesOf(nodes: readonly MapNode[]): readonly ZoneLayout[] {
  const zones = new Map<string, number[]>();
  for (const [i, { zone }] of nodes.entries()) {
    const members = zones.get(zone);
    if (members === undefined) zones.set(zone, [i]);
    else members.push(i);
  }
  const most = Math.max(1, ...[...zones.values()].map((members) => members.length));
  // one size of cell for all zones: areas can be compared
  const columns = Math.min(MAX_COLUMNS, Math.max(MIN_COLUMNS, Math.ceil(Math.sqrt(most * 2.5))));
  return [...zones]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([zone, members]) => {
      const sorted = members.sort((a, b) => {
        const [one, other] = [nodes[a]!.pool, nodes[b]!.pool];
        return one < other ? -1 : one > other ? 1 : a - b;
      });
      return { zone, nodes: sorted, columns, rows: Math.max(1, Math.ceil(sorted.length / columns)) };
    });
}

/** The class of a cell's colour. */
export function cellClass({ state, shares }: MapNode, measure: number): string {
  if (state === "down" || state === "gone") return state;
  const share = shares[measure];
  if (share === undefined || Number.isNaN(share)) return "hollow";
  return `h${Math.max(0, Math.min(HEAT_LEVELS, Math.round(share * HEAT_LEVELS)))}`;
}

/** The paths of a zone's cells: what changes when time or measure do. */
export function cellPaths(nodes: readonly MapNode[], layout: ZoneLayout, measure: number): string {
  const paths = new Map<string, string>();
  const side = plain(1 - GAP, 2);
  for (const [place, index] of layout.nodes.entries()) {
    const node = nodes[index]!;
    const [x, y] = [place % layout.columns, Math.floor(place / layout.columns)];
    const square = `M${x} ${y}h${side}v${side}h-${side}z`;
    const name = cellClass(node, measure);
    paths.set(name, (paths.get(name) ?? "") + square);
    if (node.state === "cordoned") paths.set("cordoned", (paths.get("cordoned") ?? "") + square);
  }
  // frames are drawn over fills
  const order = [...paths].sort(([a], [b]) => Number(a === "cordoned") - Number(b === "cordoned"));
  return order.map(([name, path]) => `<path class="${name}" d="${path}"/>`).join("");
}

/** @param measures names of the shares, such as "CPU requested" */
export function clusterMap(nodes: readonly MapNode[], measures: readonly string[], measure = 0): string {
  const zones = zonesOf(nodes).map((layout, i) => zoneOf(nodes, layout, measures, measure, i));
  return `<div class="map">${zones.join("\n")}</div>${SCALE}`;
}

function zoneOf(
  nodes: readonly MapNode[],
  layout: ZoneLayout,
  measures: readonly string[],
  measure: number,
  index: number,
): string {
  const text = zoneText(nodes, layout, measures, measure);
  const label = `Nodes of zone ${layout.zone || "(none)"}: ${text}`;
  return `<div class="zone" data-zone="${index}"><h3>${escapeHtml(layout.zone === "" ? "no zone" : `zone ${layout.zone}`)} <span>${escapeHtml(text)}</span></h3>
<svg class="cells" viewBox="-0.06 -0.06 ${layout.columns} ${layout.rows}" role="img" aria-label="${escapeHtml(label)}">${cellPaths(nodes, layout, measure)}</svg></div>`;
}

/** Nodes, how many of them are out, and the mean of the measure. */
export function zoneText(
  nodes: readonly MapNode[],
  layout: ZoneLayout,
  measures: readonly string[],
  measure: number,
): string {
  const members = layout.nodes.map((i) => nodes[i]!);
  const count = (state: NodeState) => members.filter((node) => node.state === state).length;
  const [down, gone, cordoned] = [count("down"), count("gone"), count("cordoned")];
  const shares = members.filter(({ state }) => state !== "gone").map(({ shares }) => shares[measure] ?? Number.NaN);
  const measured = shares.filter((share) => !Number.isNaN(share));
  const mean = measured.reduce((sum, share) => sum + share, 0) / measured.length;
  const there = members.length - gone;
  const parts = [`${readable(there)} ${there === 1 ? "node" : "nodes"}`];
  if (down > 0) parts.push(`${down} not ready`);
  if (cordoned > 0) parts.push(`${cordoned} cordoned`);
  if (gone > 0) parts.push(`${gone} gone`);
  if (measured.length > 0) parts.push(`${measures[measure] ?? ""} ${readable(Math.round(mean * 1000) / 10)} %`);
  return parts.join(", ");
}

const SCALE = `<div class="scale"><span>0 %</span><svg viewBox="0 0 11 1" aria-hidden="true">${Array.from(
  { length: HEAT_LEVELS + 1 },
  (_, i) => `<rect class="h${i}" x="${i}" width="1" height="1"/>`,
).join("")}</svg><span>100 %</span>
<svg viewBox="0 0 1 1" aria-hidden="true"><rect class="down" width="1" height="1"/></svg><span>not ready</span>
<svg viewBox="-.1 -.1 1.2 1.2" aria-hidden="true"><rect class="cordoned" width="1" height="1"/></svg><span>cordoned</span>
<svg viewBox="-.1 -.1 1.2 1.2" aria-hidden="true"><rect class="gone" width="1" height="1"/></svg><span>gone</span></div>`;
