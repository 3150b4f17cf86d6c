// etcd.csv: what the etcd cluster and each of its members did and suffered.
import { allRows, columnsOf, type Report } from "./report-column.ts";

const { text, number } = columnsOf("etcd");

const quantiles = (name: string, from: string, doc: string) =>
  (["P50", "P90", "P99", "Max"] as const).map((quantile) =>
    number(
      `${name}_${quantile.toLowerCase()}_ms`,
      "millis",
      `${from}${quantile}Micros`,
      `${quantile.toLowerCase()} of ${doc}`,
    ),
  );

export const etcdReport: Report = {
  name: "etcd",
  doc: "One row for the cluster (member empty), then one per member that ever was. No rows without an etcd cluster.",
  rows: allRows("etcd"),
  columns: [
    text(
      "member",
      "member",
      "name; empty: the cluster as a whole, with sums, largest sizes and quantiles over all members",
    ),
    text("zone", "zone", "zone of its host"),
    text("role_end", "role", "role at the end; for the cluster the leader's name"),
    number("voter", "flag", "isVoter", "votes at the end; learners do not"),
    number("removed", "flag", "isRemoved", "taken out of the cluster"),
    number("term_end", "count", "term", "raft term at the end, for the cluster the highest"),
    number("led_s", "seconds", "ledMicros", "time as leader, as it saw it itself"),
    number("times_leader", "count", "timesLeader", "how often it became leader"),
    number("leader_changes", "count", "leaderChanges", "cluster: leaders after the first that a quorum knew"),
    number("pre_votes", "count", "preVotes", "campaigns that began by asking whether they could win"),
    number("elections", "count", "elections", "campaigns that raised the term"),
    number(
      "leaderless_s",
      "seconds",
      "leaderlessMicros",
      "cluster: time without a running leader that a quorum of voters knew",
    ),
    number("no_quorum_s", "seconds", "noQuorumMicros", "cluster: time in which fewer voters ran than a quorum"),
    number("down_s", "seconds", "downMicros", "time in which its process did not run or was paused"),
    number("restarts", "count", "restarts", "starts after the first"),
    number("proposed", "count", "proposed", "writes that it took up from clients"),
    number("committed", "count", "committed", "of these: answered with success"),
    number("failed", "count", "failed", "requests of any kind that it answered with an error"),
    number("pending_end", "count", "pending", "writes without an answer at the end"),
    number(
      "pending_max",
      "count",
      "pendingMax",
      "the most writes that waited at once, for the cluster the sum over members",
    ),
    number("unanswered", "count", "unanswered", "writes whose member ended before it could answer"),
    number(
      "writes_stalled_s",
      "seconds",
      "stalledMicros",
      "cluster: time in which writes waited and none succeeded, in stretches of more than half a second",
    ),
    number("reads", "count", "reads", "ranges that it answered"),
    number("fsyncs", "count", "fsyncs", "writes of its log to disk"),
    ...quantiles("fsync", "fsync", "the time of one write of the log"),
    number("backend_commits", "count", "backendCommits", "commits of its database file"),
    ...quantiles("backend_commit", "backendCommit", "the time of one commit of the database file"),
    ...quantiles("commit", "commit", "the time from a write's arrival at the member to its answer"),
    number("snapshots_sent", "count", "snapshotsSent", "whole databases sent to members that had fallen behind"),
    number("db_b", "count", "databaseBytes", "size of the database file at the end"),
    number("db_peak_b", "count", "databasePeakBytes", "the largest that it was"),
    number("db_in_use_b", "count", "databaseInUseBytes", "of it in use at the end"),
    number("alarms", "count", "alarms", "alarms raised"),
    text("alarms_end", "alarmsEnd", "alarms that stand at the end"),
    number("watch_batches", "count", "watchBatches", "batches of events sent to watchers"),
    ...quantiles("watch_delay", "watchDelay", "the time from a change's application to its sending to a watcher"),
    text("errors", "errors", "texts of the errors with their numbers, the most frequent first"),
  ],
};
