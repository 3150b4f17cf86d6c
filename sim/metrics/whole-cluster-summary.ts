// Summary columns about workloads, nodes, requests and Services; empty where a run has none of them.
import type { ColumnFormat } from "./column-format.ts";
import type { Recorder } from "./recorder.ts";

export interface WholeClusterColumn {
  readonly name: string;
  readonly format: ColumnFormat;
  readonly doc: string;
  readonly value: (facts: { readonly recorder: Recorder }) => number;
}

const column = (
  name: string,
  format: ColumnFormat,
  doc: string,
  value: (recorder: Recorder) => number,
): WholeClusterColumn => ({ name, format, doc, value: ({ recorder }) => value(recorder) });

interface Summed {
  readonly rows: number;
  readonly numbers: Readonly<Record<string, { get(row: number): number } | undefined>>;
}

/** NaN when there is nothing to sum up. */
function sumOf({ numbers, rows }: Summed, name: string): number {
  if (rows === 0) return Number.NaN;
  let sum = 0;
  for (let row = 0; row < rows; row++) sum += numbers[name]!.get(row) || 0;
  return sum;
}

function evictionsOf({ evictions }: Recorder, cause: string): number {
  const { rows, texts } = evictions.table;
  let count = 0;
  for (let row = 0; row < rows; row++) if (texts.cause.get(row) === cause) count++;
  return count;
}

/** Workloads that still exist and want ready pods, and how many of those have all. */
function standing({ workloads }: Recorder, isFull: boolean): number {
  const { numbers, rows } = workloads.table;
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const desired = numbers.desired.get(row);
    if (Number.isNaN(desired) || !Number.isNaN(numbers.deletedMicros.get(row))) continue;
    if (!isFull || numbers.ready.get(row) >= desired) count++;
  }
  return count;
}

const measured = (recorder: Recorder, value: number) => (recorder.api.requests === 0 ? Number.NaN : value);

export const WHOLE_CLUSTER_COLUMNS: readonly WholeClusterColumn[] = [
  column("workloads_end", "count", "workloads that want ready pods, at the end", (r) => standing(r, false)),
  column("workloads_full_end", "count", "of these: all pods ready at the end", (r) => standing(r, true)),
  column("replicas_lost_s", "seconds", "missing ready pods, summed over time and workloads", (r) =>
    sumOf(r.workloads.table, "lostReplicaMicros"),
  ),
  column("unavailable_s", "seconds", "time below disruption budgets, summed over workloads", (r) =>
    sumOf(r.workloads.table, "unavailableMicros"),
  ),
  column("rollouts", "count", "changes of pod templates", (r) => r.workloads.rollouts.rows),
  column("rollouts_complete", "count", "of these: through", (r) => sumOf(r.workloads.table, "rolloutsComplete")),
  column("restarts", "count", "restarts of containers", (r) => sumOf(r.pods, "restarts")),
  column("evictions", "count", "pods that had to leave, for whatever cause", (r) => r.evictions.table.rows),
  column("evictions_taint", "count", "of these: for a taint of their node", (r) => evictionsOf(r, "taint")),
  column("evictions_api", "count", "of these: by the eviction API, as drains do", (r) => evictionsOf(r, "api")),
  column("evictions_kubelet", "count", "of these: by their kubelet, for pressure", (r) => evictionsOf(r, "kubelet")),
  column("evictions_preemption", "count", "of these: for pods of higher priority", (r) => evictionsOf(r, "preemption")),
  column("nodes_not_ready_s", "seconds", "time not ready, summed over nodes", (r) => sumOf(r.nodes, "notReadyMicros")),
  column("api_requests", "count", "requests that clients made to API servers", (r) => measured(r, r.api.requests)),
  column("api_errors", "count", "of these: not answered, 429 or 5xx", (r) => measured(r, r.api.failed)),
  column("api_throttled", "count", "of these: 429", (r) => measured(r, r.api.throttled)),
  column("api_mutating_p99_ms", "millis", "latency of mutating requests, 99th percentile", (r) =>
    r.api.mutatingMicros.quantile(0.99),
  ),
  column("api_readonly_p99_ms", "millis", "latency of gets and lists, 99th percentile", (r) =>
    r.api.readOnlyMicros.quantile(0.99),
  ),
  column("watch_relists", "count", "lists because a watch had lost its place", (r) => measured(r, r.api.relists)),
  column("service_requests", "count", "requests to Services", (r) =>
    Math.round(sumOf(r.services.table, "requestMillionths") / 1e6),
  ),
  column("service_requests_failed", "count", "of these failed", (r) =>
    Math.round(sumOf(r.services.table, "failedMillionths") / 1e6),
  ),
];
