// timeseries.csv: the cluster at fixed steps of virtual time, and at the end. A row shows what held when its instant was over.
import { RESOURCES } from "../../sim/metrics/resources.ts";
import { allRows, columnsOf, type Report, share } from "./report-column.ts";

const { number, computed } = columnsOf("timeseries");

export const timeseriesReport: Report = {
  name: "timeseries",
  doc: "The cluster at fixed steps of virtual time, and at the end.",
  rows: allRows("timeseries"),
  columns: [
    number("time_s", "seconds", "timeMicros", "virtual time"),
    number("nodes", "count", "nodes", "nodes"),
    number("nodes_ready", "count", "nodesReady", "of these: ready and schedulable"),
    number("pods_created", "count", "podsCreated", "created so far, those of the start included"),
    number("pods_scheduled", "count", "podsScheduled", "bound so far by a scheduler"),
    number("pods_pending", "count", "podsPending", "without a node, gated ones included"),
    number("pods_starting", "count", "podsStarting", "bound and not running yet"),
    number("pods_running", "count", "podsRunning", "running"),
    number("pods_succeeded", "count", "podsSucceeded", "succeeded so far"),
    number("pods_failed", "count", "podsFailed", "failed so far"),
    number("pods_deleted", "count", "podsDeleted", "deleted so far"),
    number("queue_active", "count", "queueActive", "scheduling queue: to be tried"),
    number("queue_backoff", "count", "queueBackoff", "scheduling queue: in back-off"),
    number(
      "queue_unschedulable",
      "count",
      "queueUnschedulable",
      "scheduling queue: waiting for an event that could help",
    ),
    number("queue_gated", "count", "queueGated", "scheduling queue: held by a gate"),
    ...RESOURCES.flatMap((name) => [
      number(`requested_${name}`, "count", `requested_${name}`, "by pods that hold a node and have not finished"),
      number(`allocatable_${name}`, "count", `allocatable_${name}`, "over ready and schedulable nodes"),
      computed(`alloc_${name.replace(/_.*/, "")}_pct`, "percent", "requested ÷ allocatable", (column) => {
        const [requested, allocatable] = [column(`requested_${name}`), column(`allocatable_${name}`)];
        return (row) => share(requested[row]!, allocatable[row]!);
      }),
    ]),
  ],
};
