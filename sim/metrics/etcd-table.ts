// The etcd table of a result: one row for the cluster (member empty), then one per member that ever was.
import type { EtcdMemberRecord, EtcdRecorder } from "./etcd-recorder.ts";
import { errorsText } from "./etcd-requests.ts";
import { Histogram } from "./histogram.ts";
import { type Table, TableBuilder } from "./table.ts";

const QUANTILES = [
  ["P50", 0.5],
  ["P90", 0.9],
  ["P99", 0.99],
  ["Max", 1],
] as const;
const TIMES = ["fsync", "backendCommit", "commit", "watchDelay"] as const;
type TimeName = (typeof TIMES)[number];
type QuantileName = `${TimeName}${(typeof QUANTILES)[number][0]}Micros`;

const NUMBERS = [
  "isVoter",
  "isRemoved",
  "term",
  "ledMicros",
  "timesLeader",
  "leaderChanges",
  "preVotes",
  "elections",
  "leaderlessMicros",
  "noQuorumMicros",
  "downMicros",
  "restarts",
  "proposed",
  "committed",
  "failed",
  "pending",
  "pendingMax",
  "unanswered",
  "stalledMicros",
  "reads",
  "fsyncs",
  "backendCommits",
  "watchBatches",
  "snapshotsSent",
  "databaseBytes",
  "databasePeakBytes",
  "databaseInUseBytes",
  "alarms",
  ...TIMES.flatMap((time) => QUANTILES.map(([quantile]) => `${time}${quantile}Micros` as QuantileName)),
] as const;

const TEXTS = ["member", "zone", "role", "alarmsEnd", "errors"] as const;
type Rows = TableBuilder<(typeof NUMBERS)[number], (typeof TEXTS)[number]>;

/** Empty when there was no etcd. */
export function etcdTable(etcd: EtcdRecorder): Table {
  const table: Rows = new TableBuilder(NUMBERS, TEXTS);
  if (etcd.members.length > 0) clusterRow(table, etcd);
  for (const member of etcd.members) memberRow(table, member);
  return table.freeze();
}

/** All values of one kind over the members. */
export function togetherOf(etcd: EtcdRecorder, pick: (member: EtcdMemberRecord) => Histogram): Histogram {
  const together = new Histogram();
  for (const member of etcd.members) together.addAll(pick(member));
  return together;
}

function clusterRow(table: Rows, etcd: EtcdRecorder): void {
  const row = table.add();
  const { numbers, texts } = table;
  const sum = (pick: (member: EtcdMemberRecord) => number) =>
    etcd.members.reduce((total, member) => total + pick(member), 0);
  const largest = (pick: (member: EtcdMemberRecord) => number) =>
    etcd.members.reduce((max, member) => (pick(member) <= max ? max : pick(member)), Number.NaN);
  const errors = new Map<string, number>();
  for (const { requests } of etcd.members)
    for (const [text, count] of requests.errors) errors.set(text, (errors.get(text) ?? 0) + count);
  texts.role.set(row, etcd.leader < 0 ? "" : etcd.members[etcd.leader]!.name);
  texts.errors.set(row, errorsText(errors));
  numbers.term.set(row, etcd.highestTerm);
  numbers.timesLeader.set(
    row,
    sum((member) => member.timesLeader),
  );
  numbers.leaderChanges.set(row, etcd.leaderChanges.length);
  numbers.leaderlessMicros.set(row, etcd.leaderless.total);
  numbers.noQuorumMicros.set(row, etcd.noQuorum.total);
  numbers.stalledMicros.set(row, etcd.stalls.total);
  numbers.databaseBytes.set(
    row,
    largest((member) => member.databaseBytes),
  );
  numbers.databasePeakBytes.set(
    row,
    largest((member) => member.databasePeakBytes),
  );
  numbers.databaseInUseBytes.set(
    row,
    largest((member) => member.databaseInUseBytes),
  );
  for (const name of ["ledMicros", "downMicros", "restarts", "snapshotsSent", "alarms"] as const)
    numbers[name].set(
      row,
      sum((member) => member[name]),
    );
  counts(table, row, sum);
  times(table, row, (pick) => togetherOf(etcd, pick));
}

function memberRow(table: Rows, member: EtcdMemberRecord): void {
  const row = table.add();
  const { numbers, texts } = table;
  texts.member.set(row, member.name);
  texts.zone.set(row, member.zone);
  texts.role.set(row, member.isRemoved ? "removed" : member.role);
  texts.alarmsEnd.set(row, [...member.raised].sort().join(" "));
  texts.errors.set(row, errorsText(member.requests.errors));
  numbers.isVoter.set(row, member.isVoter ? 1 : 0);
  numbers.isRemoved.set(row, member.isRemoved ? 1 : 0);
  for (const name of [
    "term",
    "ledMicros",
    "timesLeader",
    "downMicros",
    "restarts",
    "snapshotsSent",
    "databaseBytes",
    "databasePeakBytes",
    "databaseInUseBytes",
    "alarms",
  ] as const)
    numbers[name].set(row, member[name]);
  counts(table, row, (pick) => pick(member));
  times(table, row, (pick) => pick(member));
}

function counts(table: Rows, row: number, of: (pick: (member: EtcdMemberRecord) => number) => number): void {
  const { numbers } = table;
  const set = (name: (typeof NUMBERS)[number], pick: (member: EtcdMemberRecord) => number) =>
    numbers[name].set(row, of(pick));
  set("preVotes", (member) => member.preVotes);
  set("elections", (member) => member.votes);
  set("proposed", ({ requests }) => requests.proposed);
  set("committed", ({ requests }) => requests.committed);
  set("failed", ({ requests }) => requests.failed);
  set("pending", ({ requests }) => requests.pending);
  set("pendingMax", ({ requests }) => requests.pendingMax);
  set("unanswered", ({ requests }) => requests.unanswered);
  set("reads", ({ requests }) => requests.reads);
  set("fsyncs", ({ fsync }) => fsync.count);
  set("backendCommits", ({ backendCommit }) => backendCommit.count);
  set("watchBatches", ({ watchDelay }) => watchDelay.count);
}

function times(table: Rows, row: number, of: (pick: (member: EtcdMemberRecord) => Histogram) => Histogram): void {
  const histograms: Readonly<Record<TimeName, Histogram>> = {
    fsync: of((member) => member.fsync),
    backendCommit: of((member) => member.backendCommit),
    commit: of((member) => member.requests.commitLatency),
    watchDelay: of((member) => member.watchDelay),
  };
  for (const time of TIMES)
    for (const [quantile, share] of QUANTILES)
      table.numbers[`${time}${quantile}Micros`].set(row, histograms[time].quantile(share));
}
