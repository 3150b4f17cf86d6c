// Over the seeds: of each number that differs from run to run a histogram per variant, with its mean and the 95 % confidence interval of that,
// all on one axis; and the same as a table.
import { escapeHtml } from "../escape.ts";
import { metricDoc, metricText } from "../metric-text.ts";
import { plain, readable } from "../numbers.ts";
import { numberOf, type ReportData, type Rows, type Variant } from "../report-data.ts";
import { htmlTable, section } from "../table-html.ts";
import { percent } from "../time-chart.ts";

/** In the order in which they are looked for; those that differ between runs are drawn. */
const METRICS: readonly string[] = [
  "pending_p50_s",
  "pending_p99_s",
  "pending_max_s",
  "pods_never_scheduled",
  "startup_p99_s",
  "alloc_cpu_mean_pct",
  "alloc_cpu_max_pct",
  "alloc_mem_max_pct",
  "alloc_gpu_mean_pct",
  "evictions",
  "victims",
  "replicas_lost_s",
  "unavailable_s",
  "service_requests_failed",
  "slo_violations",
  "etcd_leader_changes",
  "etcd_leaderless_s",
  "etcd_commit_p99_ms",
  "api_mutating_p99_ms",
  "api_errors",
  "nodes_end",
  "cost",
  "pods_created",
  "pods_failed",
];
const MOST_METRICS = 12;
const MOST_VARIANTS = 12;
const BINS = 40;
const ROW = 44;

interface Shape {
  readonly from: number;
  readonly to: number;
}

export function distributionsSection({ runs, statistics, variants }: ReportData): string {
  if (runs.length < 2 || variants.every(({ runs: of }) => of.length < 2)) return "";
  const shown = variants.slice(0, MOST_VARIANTS);
  const places = new Map<string, number>();
  for (let row = 0; row < statistics.records.length; row++)
    places.set(`${statistics.text(row, "scenario")}\n${statistics.text(row, "metric")}`, row);
  const figures = METRICS.flatMap((metric) => {
    const samples = shown.map((variant) => valuesOf(variant, metric));
    const all = samples.flat();
    const shape = { from: least(all), to: greatest(all) };
    return all.length > 1 && shape.to > shape.from ? [figure(metric, shape, shown, samples, statistics, places)] : [];
  });
  const legend = `<p class="muted small">One bar for each stretch of values, as high as runs have it. ◆ mean, the line through it its 95 % confidence interval, | the median. The same axis for all variants of a number.</p>`;
  const none = figures.length === 0 ? '<p class="muted">All runs came out the same.</p>' : "";
  const more =
    variants.length > shown.length
      ? `<p class="muted">${variants.length - shown.length} more variants are in the table only.</p>`
      : "";
  const table =
    statistics.records.length === 0
      ? ""
      : `<details><summary>distributions as a table</summary>${statisticsTable(statistics)}</details>`;
  return section(
    "distributions",
    "Distributions over seeds",
    `${legend}${none}<div class="charts">${figures.slice(0, MOST_METRICS).join("\n")}</div>${more}${table}`,
  );
}

function valuesOf({ runs }: Variant, metric: string): number[] {
  return runs.map(({ summary }) => numberOf(summary.get(metric) ?? "")).filter((value) => !Number.isNaN(value));
}

function figure(
  metric: string,
  shape: Shape,
  variants: readonly Variant[],
  samples: readonly (readonly number[])[],
  statistics: Rows,
  places: ReadonlyMap<string, number>,
): string {
  const rows = variants.map(({ scenario }, i) => {
    const values = samples[i]!;
    const row = places.get(`${scenario}\n${metric}`);
    const statistic = (name: string) => (row === undefined ? Number.NaN : statistics.number(row, name));
    return {
      scenario,
      values,
      mean: statistic("mean"),
      low: statistic("ci95_low"),
      high: statistic("ci95_high"),
      median: statistic("p50"),
    };
  });
  const tallest = Math.max(1, ...rows.map(({ values }) => Math.max(...bins(values, shape))));
  const height = rows.length * ROW;
  const shareOf = (value: number) => (value - shape.from) / (shape.to - shape.from);
  const drawn = rows.map(({ high, low, mean, median, values }, i) => {
    const base = i * ROW + ROW - 8;
    const bars = bins(values, shape).map((count, bin) => {
      if (count === 0) return "";
      const tall = Math.max(1.5, ((ROW - 14) * count) / tallest);
      return `<rect class="f${(i % 6) + 1} bin" x="${percent(bin / BINS)}" width="${percent(0.94 / BINS)}" y="${plain(base - tall, 1)}" height="${plain(tall, 1)}"/>`;
    });
    const line = `<line class="grid" x1="0" x2="100%" y1="${base}" y2="${base}"/>`;
    const interval = Number.isNaN(low)
      ? ""
      : `<line class="interval" x1="${percent(shareOf(low))}" x2="${percent(shareOf(high))}" y1="${base + 3}" y2="${base + 3}"/>`;
    const middle = Number.isNaN(median)
      ? ""
      : `<line class="median" x1="${percent(shareOf(median))}" x2="${percent(shareOf(median))}" y1="${base - 3}" y2="${base + 6}"/>`;
    const centre = Number.isNaN(mean)
      ? ""
      : `<text class="mean" x="${percent(shareOf(mean))}" y="${base + 7}" text-anchor="middle">◆</text>`;
    return bars.join("") + line + interval + middle + centre;
  });
  const words = rows.map(({ high, low, mean, scenario, values }) => {
    const interval = Number.isNaN(low)
      ? ""
      : `, 95 % interval ${metricText(metric, low)} to ${metricText(metric, high)}`;
    return `${scenario}: ${readable(values.length)} runs from ${metricText(metric, least(values))} to ${metricText(metric, greatest(values))}, mean ${metricText(metric, mean)}${interval}`;
  });
  const names =
    variants.length === 1
      ? ""
      : `<ul aria-hidden="true">${rows.map(({ scenario, mean }) => `<li>${escapeHtml(shortName(scenario))}<b>${escapeHtml(metricText(metric, mean))}</b></li>`).join("")}</ul>`;
  const summary =
    variants.length === 1 && rows[0] !== undefined
      ? ` <span class="muted small">${escapeHtml(`mean ${metricText(metric, rows[0].mean)}`)}</span>`
      : "";
  const ends = `<text x="0" y="${height + 13}">${escapeHtml(metricText(metric, shape.from))}</text><text x="100%" y="${height + 13}" text-anchor="end">${escapeHtml(metricText(metric, shape.to))}</text>`;
  return `<figure class="distribution"><figcaption><h3 title="${escapeHtml(metricDoc(metric))}">${escapeHtml(metric)}${summary}</h3><span class="muted small">${escapeHtml(metricDoc(metric))}</span></figcaption>
<div class="${variants.length === 1 ? "" : "rows"}" role="img" aria-label="${escapeHtml(words.join("; "))}">${names}<svg height="${height + 18}" aria-hidden="true">${drawn.join("")}${ends}</svg></div></figure>`;
}

function bins(values: readonly number[], { from, to }: Shape): number[] {
  const counts = Array.from({ length: BINS }, () => 0);
  for (const value of values) counts[Math.min(BINS - 1, Math.floor(((value - from) / (to - from)) * BINS))]!++;
  return counts;
}

/** Of `name[variant]` the variant: the name is in the title. */
function shortName(scenario: string): string {
  return /\[(.*)\]$/.exec(scenario)?.[1] ?? scenario;
}

function statisticsTable(statistics: Rows): string {
  const wanted = new Set(METRICS);
  const heads = ["n", "mean", "ci95_low", "ci95_high", "sd", "min", "p10", "p50", "p90", "p99", "max"];
  const rows = statistics.records.flatMap((_, row) => {
    const metric = statistics.text(row, "metric");
    if (!wanted.has(metric)) return [];
    const cells = heads.map((name) =>
      name === "n" ? statistics.text(row, "n") : metricText(metric, statistics.number(row, name)),
    );
    return [[metric, statistics.text(row, "scenario"), ...cells]];
  });
  const columns = [{ head: "metric" }, { head: "scenario" }, ...heads.map((head) => ({ head, isNumber: true }))];
  return htmlTable(
    "Over the seeds; all columns of the summary are in the table statistics below",
    columns,
    rows.slice(0, 300),
  );
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}

function greatest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
}
