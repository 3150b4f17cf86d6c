// The top of a report: what was run, whether it means anything and met what was expected, and the numbers that answer most questions.
import { hasFailed } from "../choose-details.ts";
import { escapeHtml } from "../escape.ts";
import { metricDoc, metricText } from "../metric-text.ts";
import { duration, readable } from "../numbers.ts";
import { numberOf, type ReportData, type RunHead, type Variant } from "../report-data.ts";
import { badge, htmlTable, section } from "../table-html.ts";

/** Label, columns of the summary that are joined with " / ", and what stands below; shown where the first was measured. */
const TILES: readonly (readonly [label: string, columns: readonly string[], onlyIfAny?: true])[] = [
  ["nodes ready / all", ["nodes_ready_end", "nodes_end"]],
  ["pods created", ["pods_created"]],
  ["pods running at the end", ["pods_running_end"]],
  ["never scheduled", ["pods_never_scheduled"]],
  ["failed pods", ["pods_failed"], true],
  ["pending: P50 / P99", ["pending_p50_s", "pending_p99_s"]],
  ["startup: P50 / P99", ["startup_p50_s", "startup_p99_s"]],
  ["CPU requested: mean / most", ["alloc_cpu_mean_pct", "alloc_cpu_max_pct"]],
  ["memory requested: mean / most", ["alloc_mem_mean_pct", "alloc_mem_max_pct"]],
  ["GPU requested: mean / most", ["alloc_gpu_mean_pct", "alloc_gpu_max_pct"], true],
  ["requests on Services failed", ["service_requests_failed"]],
  ["evictions", ["evictions"], true],
  ["preemption victims", ["victims"], true],
  ["ready pods missing, pods × s", ["replicas_lost_s"], true],
  ["etcd leader changes / leaderless", ["etcd_leader_changes", "etcd_leaderless_s"]],
  ["API errors", ["api_errors"], true],
  ["API P99: write / read", ["api_mutating_p99_ms", "api_readonly_p99_ms"]],
  ["windows beyond their SLO", ["slo_violations"], true],
  ["cost", ["cost"]],
];

/** Of many runs: columns with mean and interval. */
export const MAIN_METRICS = [
  "pods_created",
  "pods_never_scheduled",
  "pending_p99_s",
  "alloc_cpu_max_pct",
  "alloc_mem_max_pct",
  "service_requests_failed",
  "evictions",
  "cost",
];

export function title({ runs, variants }: ReportData): string {
  if (runs.length === 0) return "comparison";
  if (runs.length === 1) return runs[0]!.scenario;
  const names = [...new Set(variants.map(({ scenario }) => scenario.replace(/\[.*/, "")))];
  return names.length <= 3 ? names.join(", ") : `${names.slice(0, 2).join(", ")} and ${names.length - 2} more`;
}

export function badges({ runs, failures }: ReportData): string {
  const invalid = runs.filter(({ isValid }) => !isValid).length;
  const judged = runs.flatMap(({ expectations }) => expectations);
  const violated = judged.filter(({ holds }) => !holds).length;
  const list: string[] = [];
  const one = runs.length === 1;
  if (runs.length === 0) return "";
  if (invalid > 0)
    list.push(badge("bad", one ? "the result means nothing" : `${invalid} of ${runs.length} runs mean nothing`));
  else list.push(badge("good", one ? "result valid" : `all ${readable(runs.length)} runs valid`));
  if (judged.length > 0) {
    if (violated === 0)
      list.push(badge("good", one ? `${judged.length} expectations hold` : "all expectations hold in every run"));
    else if (one) list.push(badge("bad", `${violated} of ${judged.length} expectations violated`));
    else
      list.push(
        badge("bad", `expectations violated in ${runs.filter(hasFailed).length} of ${readable(runs.length)} runs`),
      );
  }
  if (failures.records.length > 0) list.push(badge("warn", `${failures.records.length} runs without a result`));
  return list.join(" ");
}

export function summarySection(data: ReportData): string {
  if (data.runs.length === 0) return "";
  const body = data.runs.length === 1 ? tiles(data.runs[0]!) : overview(data);
  const warnings = [...new Set(data.runs.map(({ warnings }) => warnings).filter((text) => text !== ""))];
  const shown = warnings.slice(0, 5).map((text) => `<p class="warn">! ${escapeHtml(text)}</p>`);
  const more =
    warnings.length > 5
      ? `<p class="muted">and ${warnings.length - 5} other warnings: column warnings of summary.csv</p>`
      : "";
  return section("summary", "Summary", `${shown.join("")}${more}${body}`);
}

function tiles({ summary }: RunHead): string {
  const list = TILES.flatMap(([label, columns, onlyIfAny]) => {
    const values = columns.map((name) => numberOf(summary.get(name) ?? ""));
    if (Number.isNaN(values[0]!) || (onlyIfAny && values.every((value) => !(value > 0)))) return [];
    const texts = values.map((value, i) => `<span>${escapeHtml(metricText(columns[i]!, value))}</span>`);
    return [
      `<div class="tile" title="${escapeHtml(columns.map(metricDoc).join(" / "))}"><dt>${escapeHtml(label)}</dt><dd>${texts.join(" / ")}</dd></div>`,
    ];
  });
  return `<dl class="tiles">${list.join("")}</dl>`;
}

/** A row per variant, means with how far the 95 % interval reaches. */
function overview({ statistics, variants }: ReportData): string {
  const places = new Map<string, number>();
  for (let row = 0; row < statistics.records.length; row++)
    places.set(`${statistics.text(row, "scenario")}\n${statistics.text(row, "metric")}`, row);
  const metrics = MAIN_METRICS.filter((metric) =>
    variants.some(({ scenario }) => places.has(`${scenario}\n${metric}`)),
  );
  const rows = variants.map((variant) => [
    { html: `<a href="#variants">${escapeHtml(variant.scenario)}</a>` },
    readable(variant.runs.length),
    verdictsOf(variant),
    ...metrics.map((metric) => {
      const row = places.get(`${variant.scenario}\n${metric}`);
      if (row === undefined) return meanOf(variant, metric);
      const mean = statistics.number(row, "mean");
      const reach = Math.max(mean - statistics.number(row, "ci95_low"), statistics.number(row, "ci95_high") - mean);
      const around = reach > 0 ? ` ± ${metricText(metric, reach)}` : "";
      return `${metricText(metric, mean)}${around}`;
    }),
  ]);
  const columns = [
    { head: "scenario" },
    { head: "runs", isNumber: true },
    { head: "expectations" },
    ...metrics.map((head) => ({ head, isNumber: true })),
  ];
  return htmlTable("Means over the seeds ± reach of the 95 % confidence interval", columns, rows);
}

function meanOf({ runs }: Variant, metric: string): string {
  const values = runs.map(({ summary }) => numberOf(summary.get(metric) ?? "")).filter((value) => !Number.isNaN(value));
  return metricText(metric, values.reduce((sum, value) => sum + value, 0) / values.length);
}

function verdictsOf({ runs }: Variant): { readonly html: string } {
  const failed = runs.filter(hasFailed).length;
  if (runs.every(({ expectations, isValid }) => isValid && expectations.length === 0))
    return { html: '<span class="muted">none</span>' };
  return failed === 0 ? { html: badge("good", "met") } : { html: badge("bad", `not met in ${readable(failed)}`) };
}

/** Name, seed and length, for the line below the title. */
export function subtitle({ compare, runs, variants }: ReportData): string {
  const [first] = runs;
  if (first === undefined) {
    const of = (name: string) => [...new Set(compare.records.map((_, row) => compare.text(row, name)))].join(", ");
    return `${of("candidate_scenario")} against ${of("baseline_scenario")}`;
  }
  if (runs.length === 1) {
    return `seed ${first.seed}, ${duration(first.durationSeconds)} of virtual time, ${readable(first.events)} events, digest ${first.digest}`;
  }
  const most = Math.max(...variants.map(({ runs: of }) => of.length));
  const what = variants.length === 1 ? "1 scenario" : `${variants.length} scenarios and variants`;
  return `${readable(runs.length)} runs: ${what}, ${most === 1 ? "one seed" : `up to ${readable(most)} seeds`} each`;
}
