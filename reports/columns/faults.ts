// faults.csv: every fault of the run, when it happened, to whom, and what came of it.
import { allRows, columnsOf, type Report } from "./report-column.ts";

const { text, number, computed } = columnsOf("faults");

const since = (name: string, from: string, to: string, doc: string) =>
  computed(name, "seconds", doc, (column) => {
    const [start, end] = [column(from), column(to)];
    return (row) => end[row]! - start[row]!;
  });

export const faultsReport: Report = {
  name: "faults",
  doc: "One row per injection, and per fault that was due and did not happen, in order of time. Effects are counted from the injection until ten seconds after the recovery; faults that overlap share theirs.",
  rows: allRows("faults"),
  columns: [
    text("fault", "id", "id of the entry in the scenario"),
    text("kind", "kind", "kind of fault"),
    text("targets", "targets", "whom it hit"),
    text("outcome", "outcome", "recovered, active (until the run ended), gave up, no target, or limit"),
    number("matched", "flag", "matched", "there was something to hit"),
    number("injected_s", "seconds", "injectedMicros", "when it happened, or was due"),
    number(
      "detected_s",
      "seconds",
      "detectedMicros",
      "when a member of etcd first lost its leader, campaigned or raised an alarm, or a node or pod was ready no longer",
    ),
    number("recovered_s", "seconds", "recoveredMicros", "when it was undone or ended by itself"),
    number("restored_s", "seconds", "restoredMicros", "from when on, after that, all running members knew one leader"),
    since("detect_s", "injectedMicros", "detectedMicros", "injection to detection"),
    since("recovery_s", "injectedMicros", "restoredMicros", "injection to restored"),
    number("leaderless_s", "seconds", "leaderlessMicros", "time without a leader"),
    number("no_quorum_s", "seconds", "noQuorumMicros", "time in which fewer voters ran than a quorum"),
    number("writes_stalled_s", "seconds", "stalledMicros", "time in which writes waited and none succeeded"),
    number("leader_changes", "count", "leaderChanges", "leader changes"),
    number("elections", "count", "elections", "campaigns that raised the term"),
    number("requests_failed", "count", "requestsFailed", "requests that etcd answered with an error"),
    number("lost_writes", "count", "lostWrites", "acknowledged writes that are not in the backup that was restored"),
    number("restored_revision", "count", "restoredRevision", "revision of that backup"),
  ],
};
