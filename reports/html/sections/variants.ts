// Small multiples: the same four series of every variant, on the same axes. A band from the smallest to the largest value of any run, and the
// median run as a line.
import { escapeHtml } from "../escape.ts";
import { plain, readable } from "../numbers.ts";
import type { Envelope, ReportData, Variant } from "../report-data.ts";
import { section } from "../table-html.ts";
import { axis } from "../ticks.ts";
import { percent, timeAxis } from "../time-chart.ts";

const PANELS: readonly (readonly [name: string, label: string, slot: number])[] = [
  ["pods_running", "pods running", 1],
  ["pods_pending", "pods pending", 2],
  ["nodes_ready", "nodes ready", 3],
  ["alloc_cpu_pct", "CPU requested, %", 4],
];
const HEIGHT = 90;
const MOST_VARIANTS = 24;

export function variantsSection({ variants }: ReportData): string {
  const shown = variants.filter(({ envelopes }) => envelopes.size > 0).slice(0, MOST_VARIANTS);
  if (shown.length === 0) return "";
  const panels = PANELS.filter(([name]) => shown.some(({ envelopes }) => most(envelopes.get(name)) > 0));
  const tops = new Map(
    panels.map(([name]) => [name, axis(Math.max(...shown.map(({ envelopes }) => most(envelopes.get(name)))), 3)]),
  );
  const end = Math.max(
    ...shown.map(({ envelopes }) => Math.max(...[...envelopes.values()].map(({ endSeconds }) => endSeconds))),
  );
  const blocks = shown.map((variant) => {
    const figures = panels.map(([name, label, slot]) => panel(variant, name, label, slot, tops.get(name)!, end));
    return `<h3>${escapeHtml(variant.scenario)} <span class="muted small">${readable(variant.runs.length)} runs</span></h3><div class="multiples">${figures.join("\n")}</div>`;
  });
  const more =
    variants.length > shown.length
      ? `<p class="muted">${variants.length - shown.length} more variants are not drawn.</p>`
      : "";
  const legend = `<p class="muted small">Shaded: from the smallest to the largest value in any run. Line: the median run. Axes are the same for all variants. In numbers: timeseries.csv.</p>`;
  return section(
    "variants",
    variants.length === 1 ? "All runs over time" : "Variants over time",
    `${legend}${blocks.join("\n")}${more}`,
  );
}

function most(envelope: Envelope | undefined): number {
  return envelope === undefined ? 0 : Math.max(0, ...envelope.high.filter((value) => !Number.isNaN(value)));
}

function panel(
  { envelopes, scenario }: Variant,
  name: string,
  label: string,
  slot: number,
  { top, ticks }: ReturnType<typeof axis>,
  end: number,
): string {
  const envelope = envelopes.get(name);
  if (envelope === undefined)
    return `<figure><figcaption>${escapeHtml(label)}</figcaption><p class="muted">not measured</p></figure>`;
  const { low, high, median, endSeconds } = envelope;
  const at = (i: number) => plain(((i + 0.5) * endSeconds) / low.length, 2);
  const there = low.map((_, i) => i).filter((i) => !Number.isNaN(low[i]!));
  const area = [
    ...there.map((i) => `${at(i)} ${plain(high[i]!, 3)}`),
    ...there.toReversed().map((i) => `${at(i)} ${plain(low[i]!, 3)}`),
  ];
  const line = there.filter((i) => !Number.isNaN(median[i]!)).map((i) => `${at(i)} ${plain(median[i]!, 3)}`);
  const last = median.findLast((value) => !Number.isNaN(value)) ?? Number.NaN;
  const words = `${scenario}, ${label}: ${readable(Math.min(...there.map((i) => low[i]!)))} to ${readable(most(envelope))} in any run, median run ${readable(last)} at the end`;
  const grid = ticks.map((tick) => {
    const y = plain(6 + HEIGHT * (1 - tick / top), 1);
    return `<line class="grid" x1="0" x2="100%" y1="${y}" y2="${y}"/>`;
  });
  const labels = ticks.map(
    (tick) =>
      `<text x="100%" dx="-6" y="${plain(10 + HEIGHT * (1 - tick / top), 1)}" text-anchor="end">${readable(tick)}</text>`,
  );
  return `<figure><figcaption class="small">${escapeHtml(label)}</figcaption><div class="plot small-plot" role="img" aria-label="${escapeHtml(words)}"><svg class="y" height="${HEIGHT + 26}" aria-hidden="true">${labels.join("")}</svg>
<svg class="x" height="${HEIGHT + 26}" aria-hidden="true">${grid.join("")}<svg y="6" width="${percent(1)}" height="${HEIGHT}" viewBox="0 0 ${plain(end, 6)} ${plain(top, 6)}" preserveAspectRatio="none"><g transform="matrix(1 0 0 -1 0 ${plain(top, 6)})"><path class="area f${slot}" d="M${area.join("L")}z"/><path class="line s${slot}" d="M${line.join("L")}"/></g></svg>${timeAxis(end, HEIGHT + 6, 4)}</svg></div></figure>`;
}
