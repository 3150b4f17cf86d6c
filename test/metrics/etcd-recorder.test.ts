// Who led, for how long nobody did, what waited, and what of it belongs to a fault: small histories that can be checked by hand.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { simulate } from "../../sim/cluster.ts";
import { SECOND } from "../../sim/engine/tick.ts";
import { EtcdRecorder } from "../../sim/metrics/etcd-recorder.ts";
import { errorsText } from "../../sim/metrics/etcd-requests.ts";
import { etcdTable } from "../../sim/metrics/etcd-table.ts";
import { etcdAggregate, etcdValue } from "../../sim/metrics/etcd-values.ts";
import { messageReader, subjectReader } from "../../sim/metrics/event-log.ts";
import { FaultRecorder } from "../../sim/metrics/fault-recorder.ts";
import { numbersOf, textReader } from "../../sim/metrics/table.ts";
import { timelineOf } from "../../sim/metrics/timeline.ts";
import { loadScenarioText } from "../../sim/scenario/load.ts";

class History {
  now = 0;
  readonly events: string[] = [];
  readonly etcd = new EtcdRecorder(
    () => this.now,
    (_type, reason, _kind, name) => void this.events.push(`${this.now / SECOND} ${reason} ${name}`),
    10 * SECOND,
  );
  readonly faults = new FaultRecorder(
    () => this.now,
    this.etcd,
    (_type, reason, _kind, name) => void this.events.push(`${this.now / SECOND} ${reason} ${name}`),
  );

  /** Three members, the first leads from second 1 on. */
  constructor() {
    for (let i = 0; i < 3; i++) {
      this.etcd.member(`etcd-${i}`, "abc"[i]!, true);
      this.etcd.runs(i, true);
      this.etcd.role(i, "follower", 1);
    }
    this.at(1);
    this.elect(0, 2);
  }

  at(second: number): this {
    this.now = second * SECOND;
    return this;
  }

  elect(row: number, term: number, ...voters: number[]): void {
    this.etcd.role(row, "leader", term);
    for (const voter of voters.length === 0 ? [0, 1, 2] : voters) this.etcd.knows(voter, row);
  }

  finish(): this {
    this.etcd.finish();
    this.faults.finish();
    return this;
  }
}

test("without a leader: from its death until a quorum knows another", () => {
  const h = new History();
  h.at(10);
  h.etcd.stops(0);
  h.etcd.ended(0);
  h.at(11).etcd.role(1, "preCandidate", 2);
  h.at(12).etcd.role(1, "candidate", 3);
  h.at(12.5).elect(1, 3, 1);
  h.at(13).etcd.knows(2, 1);
  h.at(20).finish();
  // the first second, and from 10 to 13
  assert.equal([h.etcd.leaderless.total, h.etcd.noQuorum.total], [4 * SECOND, 0]);
  assert.equal([h.etcd.leaderChanges.length, h.etcd.elections.length, h.etcd.leader], [1, 1, 1]);
  assert.equal([h.etcd.members[0]!.ledMicros, h.etcd.members[1]!.ledMicros], [9 * SECOND, 7.5 * SECOND]);
  assert.is(h.etcd.members[0]!.downMicros, 10 * SECOND);
  assert.equal(h.events, ["1 LeaderElected etcd-0", "12.5 LeaderElected etcd-1"]);
});

test("without a quorum: fewer voters run than a majority; learners and the removed do not count", () => {
  const h = new History();
  h.etcd.member("etcd-3", "a", false);
  h.at(5).etcd.stops(1);
  h.at(6).etcd.stops(2);
  h.at(9).etcd.runs(2, true);
  assert.is(h.etcd.leader, 0);
  h.at(10).etcd.stops(2);
  h.at(12).etcd.voter(1, false, true);
  h.at(13).etcd.voter(2, false, true);
  h.at(20).finish();
  assert.is(h.etcd.noQuorum.total, 3 * SECOND + 3 * SECOND);
  assert.is(h.etcd.members[2]!.restarts, 1);
});

test("an old leader that few follow is none; the same member in a later term is a change", () => {
  const h = new History();
  h.at(5).elect(1, 3, 1, 2);
  assert.equal([h.etcd.leader, h.etcd.members[0]!.role], [1, "leader"]);
  h.at(6).etcd.role(0, "follower", 3);
  h.at(7).etcd.role(1, "follower", 4);
  h.at(8).elect(1, 5);
  h.at(9).finish();
  assert.is(h.etcd.leaderChanges.length, 2);
  assert.is(h.etcd.leaderless.total, 2 * SECOND);
});

test("writes stall when some wait and none succeeds for more than half a second", () => {
  const h = new History();
  h.at(2).etcd.proposed(0);
  h.at(2.4).etcd.committed(0, 400_000);
  h.at(10).etcd.proposed(0);
  h.etcd.proposed(1);
  h.at(13).etcd.committed(0, 3 * SECOND);
  h.at(13.2).etcd.committed(1, 3.2 * SECOND);
  h.at(20).etcd.proposed(0);
  h.at(27).etcd.failed(0, "etcdserver: request timed out", true);
  h.at(30).etcd.proposed(2);
  h.at(31).etcd.stops(2);
  h.etcd.ended(2);
  h.at(40).etcd.proposed(1);
  h.at(42).finish();
  assert.is(h.etcd.stalls.total, (3 + 7 + 1 + 2) * SECOND);
  const { requests } = h.etcd.members[2]!;
  assert.equal([requests.unanswered, requests.pending, h.etcd.members[1]!.requests.pending], [1, 0, 1]);
});

test("a fault's row: first sign, end, when all is whole, and what happened until ten seconds after", () => {
  const h = new History();
  h.faults.expect("x", true);
  h.faults.expect("never", true);
  h.faults.expect("chance", false);
  h.at(10).faults.injected(0, "x", "etcdLeaderFailure", ["etcd-0"]);
  h.etcd.stops(0);
  h.etcd.ended(0);
  h.at(11.5).etcd.role(1, "candidate", 3);
  h.elect(1, 3, 1, 2);
  h.at(18).etcd.failed(1, "timed out", true);
  h.at(30).etcd.runs(0, true);
  h.faults.recovered(0, "");
  h.at(31).etcd.knows(0, 1);
  h.at(39).etcd.failed(1, "timed out", true);
  h.at(41).etcd.failed(1, "timed out", true);
  h.at(50).faults.missed("x", "etcdLeaderFailure", "no target");
  h.faults.effect(0, "lostWrites", 7);
  h.at(60).finish();
  const table = h.faults.table.freeze();
  const row = (name: string) => numbersOf(table, name)[0]! / SECOND;
  assert.equal(
    ["injected", "detected", "recovered", "restored"].map((name) => row(`${name}Micros`)),
    [10, 11.5, 30, 31],
  );
  assert.is(row("leaderlessMicros"), 1.5);
  assert.equal(
    ["leaderChanges", "elections", "requestsFailed", "lostWrites"].map((name) => numbersOf(table, name)[0]),
    [1, 1, 2, 7],
  );
  assert.equal([0, 1].map(textReader(table, "outcome")), ["recovered", "no target"]);
  assert.equal([h.faults.never(true), h.faults.never(false)], [["never"], ["chance"]]);
  assert.equal([h.faults.injections, h.faults.misses, h.faults.lostWrites], [1, 1, 7]);
  assert.is(etcdValue(h, "faultsMissed"), 1);
  assert.is(etcdValue(h, "etcdLeaderlessSeconds"), 2.5 * SECOND);
  assert.is(etcdAggregate(h, "faultRecoverySeconds", 1), 21 * SECOND);
  assert.is(etcdAggregate(h, "faultDetectSeconds", null), 1.5 * SECOND);
  assert.equal([etcdValue(h, "pods"), etcdAggregate(h, "etcdFsyncSeconds", 0.5)], [undefined, undefined]);
});

test("the table: the cluster first, with sums, largest sizes and all errors", () => {
  const h = new History();
  for (const [row, bytes] of [100, 300, 200].entries()) h.etcd.database(row, bytes, bytes / 2);
  h.etcd.database(1, 250, 100);
  h.etcd.members[0]!.fsync.add(1000);
  h.etcd.members[2]!.fsync.add(3000);
  h.etcd.alarm(2, "NOSPACE", true);
  for (const text of ["b", "a", "b"]) h.etcd.failed(0, text, false);
  h.etcd.failed(1, "b", false);
  h.at(20).finish();
  const table = etcdTable(h.etcd);
  const column = (name: string) => [...numbersOf(table, name)];
  assert.is(table.rows, 4);
  assert.equal(column("databaseBytes"), [250, 100, 250, 200]);
  assert.equal(column("databasePeakBytes"), [300, 100, 300, 200]);
  assert.equal(column("fsyncMaxMicros"), [3000, 1000, Number.NaN, 3000]);
  assert.equal(column("failed"), [4, 3, 1, 0]);
  assert.equal([0, 1].map(textReader(table, "errors")), ["b ×3; a ×1", "b ×2; a ×1"]);
  assert.equal([0, 3].map(textReader(table, "alarmsEnd")), ["", "NOSPACE"]);
  assert.is(textReader(table, "role")(0), "etcd-0");
  assert.is(errorsText(new Map()), "");
});

const scenario = (faults: string) => {
  const { plans, problems } = loadScenarioText(
    `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: t }
spec:
  duration: 2m
  cluster:
    nodePools: [{ name: n, count: 3, zones: [a, b, c], machine: { cpu: 4, memory: 8Gi } }]
  workload: [{ arrivals: { name: p, shape: { spec: { containers: [{ name: c }] } }, every: 10s, lifetime: 5s } }]
  faults: [${faults}]
`,
    "t.yaml",
    ".",
  );
  assert.equal(problems, []);
  return simulate(plans[0]!);
};

test("a run's tables, events and timeline tell the same story", () => {
  const result = scenario("{ id: dies, at: 1m, etcdLeaderFailure: { for: 20s } }");
  assert.equal(result.identity.invalidReasons, []);
  const timeline = timelineOf(result)!;
  assert.equal(timeline.members, ["etcd-0", "etcd-1", "etcd-2"]);
  assert.equal([timeline.faults.length, timeline.faults[0]?.id], [1, "dies"]);
  const [first, second] = timeline.spans;
  assert.equal([first?.member, second?.fromMicros], [timeline.faults[0]?.targets, timeline.spans[1]?.fromMicros]);
  const gap = timeline.spans.find(({ member }) => member === "");
  assert.is(gap!.toMicros - gap!.fromMicros, timeline.faults[0]!.leaderlessMicros);
  const { events, pods } = result.tables;
  const [subject, message] = [subjectReader(events, pods), messageReader(events, pods)];
  const rows = Array.from({ length: events.rows }, (_, row) => row);
  const told = rows
    .filter((row) => subject(row).kind === "Fault")
    .map((row) => `${subject(row).name}: ${message(row)}`);
  assert.equal(told, [`dies: etcdLeaderFailure on ${timeline.faults[0]!.targets}`, "dies: etcdLeaderFailure"]);
});

test("a fault that never happens makes the result invalid, unless it comes by chance", () => {
  assert.equal(scenario("{ when: etcd.term > 99, etcdLeaderFailure: {} }").identity.invalidReasons, [
    "fault etcdLeaderFailure never happened: what it waits for did not come",
  ]);
  assert.equal(scenario("{ at: 1m, etcdMemberCrash: { role: learner } }").identity.invalidReasons, [
    "fault etcdMemberCrash matched no target",
  ]);
  const { invalidReasons, warnings } = scenario("{ mtbf: 900h, etcdLeaderFailure: {} }").identity;
  assert.equal([invalidReasons, warnings], [[], ["fault etcdLeaderFailure did not happen, by chance"]]);
  const none = scenario("");
  assert.equal([none.identity.invalidReasons, timelineOf(none)], [[], null]);
});

test.run();
