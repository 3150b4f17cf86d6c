// pods.csv: one row per pod that ever existed, in order of creation.
import { numbersOf, textReader } from "../../sim/metrics/table.ts";
import { allRows, columnsOf, type Report, type ReportColumn } from "./report-column.ts";

const { text, number, computed } = columnsOf("pods");

const since = (name: string, from: string, to: string, doc: string) =>
  computed(name, "seconds", doc, (column) => {
    const [start, end] = [column(from), column(to)];
    return (row) => end[row]! - start[row]!;
  });

const ofWorkload = (name: string, doc: string): ReportColumn => ({
  name,
  format: "text",
  doc,
  open: ({ tables }) => {
    const workload = numbersOf(tables.pods, "workload");
    const [kind, workloadName] = [textReader(tables.workloads, "kind"), textReader(tables.workloads, "name")];
    return (row) => (workload[row]! >= 0 ? `${kind(workload[row]!)}/${workloadName(workload[row]!)}` : "");
  },
});

export const podsReport: Report = {
  name: "pods",
  doc: "One row per pod, in order of creation.",
  rows: allRows("pods"),
  columns: [
    text("namespace", "namespace", "namespace"),
    text("pod", "name", "name"),
    text("uid", "uid", "unique over the run"),
    text("source", "source", "workload source; empty for pods of the manifests"),
    text("owner", "owner", "controller, as kind/name"),
    text("scheduler", "scheduler", "spec.schedulerName"),
    number("priority", "count", "priority", "spec.priority"),
    text(
      "state",
      "state",
      "where it had come to at the end: pending, gated, starting, running, succeeded, failed or deleted",
    ),
    text("cause", "cause", "why it ended or was deleted"),
    text("reason", "reason", "last status.reason, such as Evicted or NodeLost"),
    ofWorkload("controller", "the workload that it belongs to in the end, as kind/name"),
    text("node", "node", "the node that it was bound to"),
    number("bound_at_start", "flag", "boundAtStart", "had a node from the beginning"),
    number("created_s", "seconds", "createdMicros", "creation"),
    number("scheduled_s", "seconds", "scheduledMicros", "binding"),
    number("running_s", "seconds", "runningMicros", "first phase Running"),
    number("ready_s", "seconds", "readyMicros", "first condition Ready"),
    number("deletion_s", "seconds", "deletionMicros", "when its graceful deletion began"),
    number("finished_s", "seconds", "finishedMicros", "when its containers had run to their end"),
    number("deleted_s", "seconds", "deletedMicros", "when its object was removed"),
    since("pending_s", "createdMicros", "scheduledMicros", "creation to binding; empty when it was never bound"),
    since("startup_s", "createdMicros", "runningMicros", "creation to first phase Running"),
    since("ready_after_s", "createdMicros", "readyMicros", "creation to first condition Ready"),
    since("run_s", "runningMicros", "finishedMicros", "running to finished"),
    number("restarts", "count", "restarts", "restarts of its containers"),
    number("attempts", "count", "attempts", "scheduling attempts"),
    number("backoff_s", "seconds", "backoffMicros", "time in the scheduler's back-off queue"),
    number("gated_s", "seconds", "gatedMicros", "time held by a scheduling gate"),
    number("cpu_m", "count", "cpuMilli", "requested CPU in millicores"),
    number("mem_b", "count", "memoryBytes", "requested memory"),
    number("ephemeral_b", "count", "ephemeralBytes", "requested ephemeral storage"),
    number("gpu", "count", "gpus", "requested GPUs"),
    number("cpu_used_s", "seconds", "cpuUsedMicros", "CPU time that its containers have used; empty without kubelets"),
    number(
      "cpu_throttled_s",
      "seconds",
      "cpuThrottledMicros",
      "time in which their CPU limits held its containers back, added up",
    ),
    number(
      "cpu_starved_s",
      "seconds",
      "cpuStarvedMicros",
      "time in which its node had no CPU for its containers beyond that, added up",
    ),
  ],
};
