// Which way a number of the summary is better. Most have a direction; what does not (how many pods came, how evenly nodes
// are filled, which packing wants one way and spreading the other) can only change. And which numbers are compared when nobody says which.
import type { Direction } from "../../metrics/compared-number.ts";

/** Names, or beginnings of names that end in "*". The first that fits decides. */
const LOWER: readonly string[] = [
  "pods_never_scheduled",
  "pods_pending_end",
  "pods_failed",
  "pods_deleted_unscheduled",
  "expectations_failed",
  "pending_*",
  "startup_*",
  "backoff_total_s",
  "queue_len_*",
  "attempts_unschedulable",
  "attempts_error",
  "bind_failures",
  "preemptions",
  "victims",
  "stranded_*",
  "frag_*",
  "gpu_frag_*",
  "etcd_leader_changes",
  "etcd_elections",
  "etcd_leaderless_s",
  "etcd_no_quorum_s",
  "etcd_writes_stalled_s",
  "etcd_requests_failed",
  "etcd_fsync_p99_ms",
  "etcd_commit_p99_ms",
  "etcd_db_b",
  "lost_writes",
  "replicas_lost_s",
  "unavailable_s",
  "restarts",
  "evictions*",
  "nodes_not_ready_s",
  "api_errors",
  "api_throttled",
  "api_mutating_p99_ms",
  "api_readonly_p99_ms",
  "watch_relists",
  "service_requests_failed",
  "slo_violations",
  "node_hours",
  "cost",
  "cost_per_pod_hour",
  "idle_cost",
  "wasted_cost",
];

const HIGHER: readonly string[] = [
  "pods_scheduled",
  "pods_succeeded",
  "attempts_scheduled",
  "throughput_*",
  "workloads_full_end",
  "rollouts_complete",
  "nodes_ready_end",
];

/** What is compared by default: the answers that people ask for, not every number. */
export const KEY_METRICS: readonly string[] = [
  "expectations_failed",
  "pods_scheduled",
  "pods_never_scheduled",
  "pods_failed",
  "pending_p50_s",
  "pending_p99_s",
  "pending_max_s",
  "startup_p99_s",
  "attempts_unschedulable",
  "victims",
  "evictions",
  "restarts",
  "replicas_lost_s",
  "unavailable_s",
  "workloads_full_end",
  "rollouts_complete",
  "service_requests_failed",
  "slo_violations",
  "nodes_not_ready_s",
  "nodes_end",
  "alloc_cpu_mean_pct",
  "alloc_mem_mean_pct",
  "frag_cpu_pct",
  "imbalance_cpu_stddev_pct",
  "zone_skew_cpu_pct",
  "etcd_leaderless_s",
  "etcd_commit_p99_ms",
  "api_errors",
  "api_mutating_p99_ms",
  "node_hours",
  "cost",
  "idle_cost",
  "cost_per_pod_hour",
];

/** @param metric a column of summary.csv */
export function directionOf(metric: string): Direction {
  if (LOWER.some((pattern) => fits(pattern, metric))) return "lower";
  return HIGHER.some((pattern) => fits(pattern, metric)) ? "higher" : "neutral";
}

/** Does `*` in the pattern stand for any text, so that it fits the name? */
export function fits(pattern: string, name: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return pattern === name;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  const last = rest.pop()!;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
