// workloads.csv: how many of the wanted pods were ready, over time and through rollouts. rollouts.csv: each rollout.

import { numbersOf, textReader } from "../../sim/metrics/table.ts";
import { allRows, columnsOf, type Report, type ReportColumn, share } from "./report-column.ts";

const { text, number, computed } = columnsOf("workloads");

export const workloadsReport: Report = {
  name: "workloads",
  doc: "One row per Deployment, StatefulSet, DaemonSet, Job, and ReplicaSet or ReplicationController of its own. Counted from pods: ready = condition Ready, neither being deleted nor ended.",
  rows: allRows("workloads"),
  columns: [
    text("kind", "kind", "kind"),
    text("namespace", "namespace", "namespace"),
    text("workload", "name", "name"),
    number("created_s", "seconds", "createdMicros", "creation"),
    number("deleted_s", "seconds", "deletedMicros", "deletion"),
    number("desired_end", "count", "desired", "pods wanted at the end; empty for Jobs"),
    number("ready_end", "count", "ready", "ready pods at the end"),
    number("ready_min", "count", "leastReady", "fewest ready pods since it first had all"),
    number("first_full_s", "seconds", "firstFullMicros", "when it first had all pods ready"),
    number("below_desired_s", "seconds", "belowDesiredMicros", "time with fewer ready pods than wanted"),
    number("none_ready_s", "seconds", "noneReadyMicros", "of it: with none"),
    number(
      "replicas_lost_s",
      "seconds",
      "lostReplicaMicros",
      "missing ready pods, summed over time: one pod missing for ten seconds is 10",
    ),
    number("min_available", "count", "minAvailable", "healthy pods that its disruption budgets want"),
    number("unavailable_s", "seconds", "unavailableMicros", "time with fewer ready pods than that"),
    computed(
      "availability_pct",
      "percent",
      "1 − unavailable_s ÷ time observed; with no budget: 1 − none_ready_s ÷ time observed",
      (column) => {
        const [unavailable, none, observed] = [
          column("unavailableMicros"),
          column("noneReadyMicros"),
          column("observedMicros"),
        ];
        const budget = column("minAvailable");
        return (row) => 100 - share(Number.isNaN(budget[row]!) ? none[row]! : unavailable[row]!, observed[row]!);
      },
    ),
    number("rollouts", "count", "rollouts", "changes of its pod template"),
    number("rollouts_complete", "count", "rolloutsComplete", "of these: through, as kubectl rollout status judges"),
    number("rollout_total_s", "seconds", "rolloutMicros", "time in rollouts that are over"),
    number("surge_max", "count", "surgeMax", "most pods above the wanted number during rollouts"),
    number("unavailable_max", "count", "unavailableMax", "most wanted pods that were not ready during rollouts"),
    number("revisions", "count", "revisions", "ReplicaSets of a Deployment, ControllerRevisions of others"),
    number("pods_created", "count", "podsCreated", "pods that its controllers created, those of the start included"),
    number("pods_failed", "count", "podsFailed", "pods that ended as Failed"),
    number("pods_evicted", "count", "podsEvicted", "pods that had to leave, see evictions.csv"),
    number("restarts", "count", "restarts", "restarts of its pods' containers"),
  ],
};

const rollout = columnsOf("rollouts");

const ofWorkload = (name: string, from: string, doc: string): ReportColumn => ({
  name,
  format: "text",
  doc,
  open: (result) => {
    const row = numbersOf(result.tables.rollouts, "workload");
    const text = textReader(result.tables.workloads, from);
    return (at) => text(row[at]!);
  },
});

export const rolloutsReport: Report = {
  name: "rollouts",
  doc: "One row per change of a pod template, in order of time.",
  rows: allRows("rollouts"),
  columns: [
    ofWorkload("kind", "kind", "kind"),
    ofWorkload("namespace", "namespace", "namespace"),
    ofWorkload("workload", "name", "name"),
    rollout.number("started_s", "seconds", "startedMicros", "when the template was changed"),
    rollout.number(
      "ended_s",
      "seconds",
      "endedMicros",
      "when it was through; empty when it never was, or another one overtook it",
    ),
    rollout.computed("rollout_s", "seconds", "started to ended", (column) => {
      const [started, ended] = [column("startedMicros"), column("endedMicros")];
      return (row) => ended[row]! - started[row]!;
    }),
    rollout.number("surge_max", "count", "surgeMax", "most pods above the wanted number"),
    rollout.number("unavailable_max", "count", "unavailableMax", "most wanted pods that were not ready"),
  ],
};
