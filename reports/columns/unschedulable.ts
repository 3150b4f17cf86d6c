// unschedulable.csv: one row per pod that never got a node, with the last reason that the scheduler gave.
import type { Result } from "../../sim/metrics/result.ts";
import { numbersOf } from "../../sim/metrics/table.ts";
import { columnsOf, type Report } from "./report-column.ts";

const { text, number, computed } = columnsOf("pods");

export const unschedulableReport: Report = {
  name: "unschedulable",
  doc: "One row per pod that never got a node: as many as pods_never_scheduled in summary.csv.",
  rows: neverScheduled,
  columns: [
    text("namespace", "namespace", "namespace"),
    text("pod", "name", "name"),
    text("source", "source", "workload source; empty for pods of the manifests"),
    text("state", "state", "pending, gated or deleted"),
    number("created_s", "seconds", "createdMicros", "creation"),
    computed(
      "waited_s",
      "seconds",
      "from creation to the end or its deletion: it would have waited longer",
      (column, result) => {
        const [created, deleted] = [column("createdMicros"), column("deletedMicros")];
        const end = result.identity.simDurationMicros;
        return (row) => (Number.isNaN(deleted[row]!) ? end : deleted[row]!) - created[row]!;
      },
    ),
    number("attempts", "count", "attempts", "scheduling attempts"),
    number("priority", "count", "priority", "spec.priority"),
    number("cpu_m", "count", "cpuMilli", "requested CPU in millicores"),
    number("mem_b", "count", "memoryBytes", "requested memory"),
    number("ephemeral_b", "count", "ephemeralBytes", "requested ephemeral storage"),
    number("gpu", "count", "gpus", "requested GPUs"),
    text(
      "plugins",
      "rejectors",
      "plugins that turned it down in its last attempt, or hold it at a gate; separated by spaces",
    ),
    text("message", "message", "what the FailedScheduling event of its last attempt says, uncut"),
  ],
};

function* neverScheduled(result: Result): Generator<number> {
  const table = result.tables.pods;
  const [scheduled, boundAtStart] = [numbersOf(table, "scheduledMicros"), numbersOf(table, "boundAtStart")];
  for (let row = 0; row < table.rows; row++) {
    if (Number.isNaN(scheduled[row]!) && boundAtStart[row] === 0) yield row;
  }
}
