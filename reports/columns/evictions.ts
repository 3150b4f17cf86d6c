// evictions.csv: pods that had to leave, and when others stood in for them.
import { numbersOf, textReader } from "../../sim/metrics/table.ts";
import { allRows, columnsOf, type Report, type ReportColumn } from "./report-column.ts";

const { text, number, computed } = columnsOf("evictions");

const ofPod = (name: string, from: string, doc: string): ReportColumn => ({
  name,
  format: "text",
  doc,
  open: (result) => {
    const pod = numbersOf(result.tables.evictions, "pod");
    const value = textReader(result.tables.pods, from);
    return (row) => value(pod[row]!);
  },
});

const after = (name: string, to: string, doc: string): ReportColumn =>
  computed(name, "seconds", doc, (column) => {
    const [from, until] = [column("timeMicros"), column(to)];
    return (row) => until[row]! - from[row]!;
  });

export const evictionsReport: Report = {
  name: "evictions",
  doc: "One row per pod that had to leave, in order of time: told by the condition DisruptionTarget, or by a kubelet's Evicted.",
  rows: allRows("evictions"),
  columns: [
    number("time_s", "seconds", "timeMicros", "when it was decided"),
    ofPod("namespace", "namespace", "namespace"),
    ofPod("pod", "name", "name"),
    ofPod("owner", "owner", "controller, as kind/name"),
    text("node", "node", "the node that it had to leave"),
    text("cause", "cause", "preemption, taint, api (drain and other callers of the eviction API), kubelet or pod-gc"),
    text("reason", "reason", "reason of the condition"),
    text("message", "message", "message of the condition"),
    number("grace_s", "count", "graceSeconds", "seconds that it was given to stop"),
    number("gone_s", "seconds", "goneMicros", "when its object was removed"),
    after("gone_after_s", "goneMicros", "decision to removal"),
    number(
      "replaced_s",
      "seconds",
      "replacedMicros",
      "when a pod of the same workload that was created later was ready; each stands in for one",
    ),
    after("replaced_after_s", "replacedMicros", "decision to replacement ready"),
  ],
};
