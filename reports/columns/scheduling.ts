// scheduling.csv: what the scheduler did, per profile and per plugin.
import { allRows, columnsOf, type Report } from "./report-column.ts";

const { text, number } = columnsOf("scheduling");

export const schedulingReport: Report = {
  name: "scheduling",
  doc: "Per profile one row of totals (plugin empty), then one per plugin that rejected anything.",
  rows: allRows("scheduling"),
  columns: [
    text("profile", "profile", "scheduler name"),
    text("plugin", "plugin", "empty: the profile as a whole"),
    number("attempts", "count", "attempts", "= scheduled + unschedulable + errors"),
    number("scheduled", "count", "scheduled", "attempts that found a node"),
    number("unschedulable", "count", "unschedulable", "attempts that found none"),
    number("errors", "count", "errors", "attempts that failed"),
    number("bind_failures", "count", "bindFailures", "bindings that the API server refused"),
    number("nodes_evaluated", "count", "nodesEvaluated", "nodes looked at"),
    number("nodes_feasible", "count", "nodesFeasible", "of these: fit for the pod"),
    number(
      "nodes_rejected",
      "count",
      "nodesRejected",
      "nodes rejected in attempts that found none; the rows of plugins add up to the profile's",
    ),
    number(
      "attempts_rejected",
      "count",
      "attemptsRejected",
      "attempts that failed with this plugin among the reasons; several can share one",
    ),
    number(
      "pods_waiting_end",
      "count",
      "podsWaitingEnd",
      "pods pending at the end whose last attempt failed with this plugin among the reasons",
    ),
    number("preemptions", "count", "preemptions", "attempts that made other pods leave"),
    number("victims", "count", "victims", "pods that were made to leave"),
  ],
};
