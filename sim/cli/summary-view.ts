// What `run` and `batch` print when they are done: the main numbers of each run, its expectations, what is wrong with it, and
// where the tables are.
import { DEFAULT_METRICS } from "../batch/until-rule.ts";
import { formatDuration } from "../engine/tick.ts";
import { formatNumber } from "../metrics/column-format.ts";
import type { Verdict } from "../metrics/result.ts";
import { SUMMARY_COLUMNS } from "../metrics/summary.ts";
import type { Execution, FinishedRun } from "./execute.ts";
import { writtenText } from "./file-formats.ts";
import { bold, green, red, renderTable } from "./table.ts";
import { timelineView, viewOptions } from "./timeline-view.ts";

/** Rows of the view of a single run: label → summary columns, joined with " / ". */
const SINGLE: readonly (readonly [label: string, ...columns: string[]])[] = [
  ["nodes ready / total", "nodes_ready_end", "nodes_end"],
  ["pods created", "pods_created"],
  ["  bound at start", "pods_bound_at_start"],
  ["  scheduled", "pods_scheduled"],
  ["  never scheduled", "pods_never_scheduled"],
  [
    "at the end: pending / gated / starting / running",
    "pods_pending_end",
    "pods_gated_end",
    "pods_starting_end",
    "pods_running_end",
  ],
  ["succeeded / failed / deleted", "pods_succeeded", "pods_failed", "pods_deleted"],
  ["pending s: p50 / p99 / max", "pending_p50_s", "pending_p99_s", "pending_max_s"],
  ["startup s: p50 / p99", "startup_p50_s", "startup_p99_s"],
  ["CPU requested %: end / mean / max", "alloc_cpu_pct", "alloc_cpu_mean_pct", "alloc_cpu_max_pct"],
  ["memory requested %: end / mean / max", "alloc_mem_pct", "alloc_mem_mean_pct", "alloc_mem_max_pct"],
  ["GPU requested %: end / mean / max", "alloc_gpu_pct", "alloc_gpu_mean_pct", "alloc_gpu_max_pct"],
  ["attempts: all / unschedulable / error", "attempts", "attempts_unschedulable", "attempts_error"],
  ["preemptions / victims", "preemptions", "victims"],
  ["etcd: leader changes / s without leader", "etcd_leader_changes", "etcd_leaderless_s"],
  ["etcd: requests failed / commit p99 ms", "etcd_requests_failed", "etcd_commit_p99_ms"],
];

/** Further rows, shown where the first column has something to tell. */
const PRESENT: readonly (readonly [label: string, ...columns: string[]])[] = [
  ["workloads with all pods ready / total", "workloads_full_end", "workloads_end"],
  ["  missing ready pods × s / s below budgets", "replicas_lost_s", "unavailable_s"],
  ["rollouts complete / begun", "rollouts_complete", "rollouts"],
  ["container restarts", "restarts"],
  ["evictions", "evictions"],
  [
    "  for taints / by API / kubelet / preemption",
    "evictions_taint",
    "evictions_api",
    "evictions_kubelet",
    "evictions_preemption",
  ],
  ["node s not ready", "nodes_not_ready_s"],
  ["API requests / errors / 429", "api_requests", "api_errors", "api_throttled"],
  ["  p99 ms: mutating / readonly; relists", "api_mutating_p99_ms", "api_readonly_p99_ms", "watch_relists"],
  ["Service requests / failed", "service_requests", "service_requests_failed"],
];

const MANY = DEFAULT_METRICS;
/** Heads of the columns of many runs, in the order of DEFAULT_METRICS. */
export const METRIC_HEADS = ["created", "scheduled", "never", "pending p99 s", "CPU max %", "memory max %"];

/** The view as text, with a final newline. */
export function summaryView(execution: Execution): string {
  const { runs } = execution;
  const lines = runs.length === 1 ? singleRun(runs[0]!) : manyRuns(runs);
  for (const run of runs) lines.push(...remarksOf(run, runs.length > 1));
  lines.push(writtenText(execution.folder, execution.files));
  return `${lines.join("\n")}\n`;
}

/** Does everything hold? Otherwise the exit code says so. */
export function isMet(runs: readonly FinishedRun[]): boolean {
  return runs.every(
    (run) => run.identity.invalidReasons.length === 0 && run.verdicts.every((verdict) => verdict.holds),
  );
}

function singleRun(run: FinishedRun): string[] {
  const { identity } = run;
  const rows = SINGLE.map(([label, ...columns]) => [label, columns.map((name) => cell(run, name)).join(" / ")]);
  const isPresent = (columns: readonly string[]) => columns.some((name) => (run.summary[name] ?? 0) > 0);
  for (const [label, ...columns] of PRESENT)
    if (isPresent(columns)) rows.push([label, columns.map((name) => cell(run, name)).join(" / ")]);
  rows.push(
    ["virtual time", formatDuration(identity.simDurationMicros)],
    ["events", String(identity.eventsProcessed)],
    ["digest", identity.digest],
  );
  const table = renderTable(rows, { head: ["", ""], align: ["left", "right"] }).trimStart();
  return [bold(title(run)), table, ...timelineView(run.timeline, viewOptions())];
}

function manyRuns(runs: readonly FinishedRun[]): string[] {
  const rows = runs.map((run) => [
    run.identity.scenario,
    run.identity.seed,
    ...MANY.map((name) => cell(run, name)),
    run.identity.digest,
    state(run),
  ]);
  const head = ["scenario", "seed", ...METRIC_HEADS, "digest", ""];
  return [renderTable(rows, { head, align: ["left", "right", ...MANY.map(() => "right" as const), "left", "left"] })];
}

/** What is wrong with a run, or worth knowing of it. @param named there are others: say which it is, and only what fails */
export function remarksOf(run: FinishedRun, named: boolean): string[] {
  const prefix = named ? `${title(run)}: ` : "";
  const { invalidReasons, warnings } = run.identity;
  return [
    ...invalidReasons.map((reason) => red(`${prefix}result is not valid: ${reason}`)),
    ...warnings.map((warning) => `${prefix}warning: ${warning}`),
    ...run.verdicts.filter((verdict) => !named || !verdict.holds).map((verdict) => prefix + verdictLine(verdict)),
  ];
}

function verdictLine(verdict: Verdict): string {
  const reason = reasonText(verdict);
  const text = `${verdict.holds ? "ok" : "FAILED"}: ${verdict.text}${reason === "" ? "" : ` (${reason})`}`;
  return verdict.holds ? green(text) : red(text);
}

function reasonText(verdict: Verdict): string {
  const { note, violatedMicros } = verdict;
  // what holds over a stretch of time is about no number
  if (note === "" && verdict.holds && verdict.actual === undefined) return "";
  if (note === "" || verdict.actual !== undefined) return actualText(verdict);
  return violatedMicros === undefined ? note : `first violated at ${formatDuration(violatedMicros)}: ${note}`;
}

function actualText({ actual, unit }: Verdict): string {
  if (actual === undefined) return "not measured";
  if (unit === "duration") return formatDuration(Math.round(actual));
  return unit === "share" ? `${(actual * 100).toFixed(2)}%` : String(actual);
}

function state(run: FinishedRun): string {
  if (run.identity.invalidReasons.length > 0) return red("not valid");
  return run.verdicts.every((verdict) => verdict.holds) ? green("ok") : red("FAILED");
}

function title(run: FinishedRun): string {
  return `${run.identity.scenario}, seed ${run.identity.seed}`;
}

function cell(run: FinishedRun, name: string): string {
  const column = SUMMARY_COLUMNS.find((c) => c.name === name);
  const text = formatNumber(run.summary[name] ?? Number.NaN, column?.format ?? "real");
  if (text === "") return "-";
  // people need fewer digits than tables
  return text.replace(column?.format === "seconds" ? /(\.\d{3})\d+$/ : /(\.\d{2})\d+$/, "$1");
}
