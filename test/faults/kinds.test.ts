// Every kind of fault on a real cluster of etcd under load: it does what it says, to whom it says, and is undone without a trace.
// test-timeout: 120s
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MILLISECOND, SECOND } from "../../sim/engine/tick.ts";
import { kindsByName } from "../../sim/faults/registry.ts";
import type { FaultPlan, ParameterValue } from "../../sim/model/fault-plan.ts";
import { repositoryRoot } from "../checks/source-tree.ts";
import { EtcdRig, type EtcdRigOptions } from "./etcd-rig.ts";
import { at, entry, seconds } from "./fakes.ts";

interface Said extends EtcdRigOptions {
  readonly for?: number;
  readonly parameters?: Readonly<Record<string, ParameterValue>>;
  readonly selection?: Partial<FaultPlan["selection"]>;
  readonly until?: number;
}

interface Outcome {
  readonly rig: EtcdRig;
  readonly row: Readonly<Record<string, number | string>>;
  /** Number column in seconds. */
  readonly s: (name: string) => number;
}

const tested = new Set<string>();
/** Tested where the cloud is. */
const CLOUD: ReadonlySet<string> = new Set(["machines", "cloud"]);

/** Strikes after ten seconds, and looks at the end. */
function strike(name: string, said: Said = {}): Outcome {
  tested.add(name);
  const kind = kindsByName().get(name)!;
  const defaults = Object.entries(kind.parameters).flatMap(([key, spec]) =>
    spec.default === undefined ? [] : [[key, spec.default] as const],
  );
  const nobody = { names: [], role: null, zone: null, count: null, share: null };
  const fault = entry("x", name, at(10), {
    parameters: { ...Object.fromEntries(defaults), ...said.parameters },
    selection: { ...nobody, ...kind.selection, ...said.selection },
    forMicros: kind.hasDuration ? seconds(said.for ?? 10) : null,
  });
  const rig = new EtcdRig([fault], said).run(said.until ?? 60);
  const [row] = rig.faults();
  assert.ok(row !== undefined, "it happened");
  return { rig, row, s: (column) => Number(row[column]) / SECOND };
}

const leader = { role: "leader", count: null } as const;
const follower = { role: "follower", count: 1 } as const;
const alive = ({ rig }: Outcome) => rig.recorder.etcd.isWhole;
const member = ({ rig, row }: Outcome) => rig.recorder.etcd.members[rig.recorder.etcd.row(String(row.targets))]!;

test("etcdMemberCrash: a follower dies and comes back, and nobody notices", () => {
  const out = strike("etcdMemberCrash", { selection: follower });
  assert.equal([out.row.outcome, out.s("recoveredMicros"), out.row.leaderChanges], ["recovered", 20, 0]);
  assert.equal([member(out).restarts, out.row.requestsFailed, out.row.noQuorumMicros], [1, 0, 0]);
  assert.ok(member(out).downMicros > 10 * SECOND && member(out).downMicros < 12 * SECOND);
  assert.ok(alive(out));
});

test("etcdLeaderFailure: another leads after an election timeout, and writes on their way fail", () => {
  const out = strike("etcdLeaderFailure");
  assert.is(out.row.leaderChanges, 1);
  const detect = out.s("detectedMicros") - 10;
  assert.ok(detect > 0.8 && detect < 2, `${detect} s`);
  assert.ok(out.s("leaderlessMicros") >= detect && out.s("leaderlessMicros") < 4);
  assert.ok(Number(out.row.requestsFailed) > 0);
  assert.is.not(out.rig.recorder.etcd.members[out.rig.recorder.etcd.leader]?.name, out.row.targets);
  assert.ok(alive(out) && out.s("restoredMicros") > 20);
});

test("etcdGracefulStop: leadership is handed on in milliseconds", () => {
  const out = strike("etcdGracefulStop", { selection: leader });
  assert.is(out.row.leaderChanges, 1);
  assert.ok(Number(out.row.leaderlessMicros) < 200 * MILLISECOND);
  assert.ok(member(out).restarts === 1 && alive(out));
});

test("etcdPause: no restart, the old leader follows when it goes on", () => {
  const out = strike("etcdPause", { selection: leader });
  assert.equal([out.row.leaderChanges, member(out).restarts, member(out).role], [1, 0, "follower"]);
  assert.is(Math.round(member(out).downMicros / SECOND), 10);
  assert.ok(alive(out));
});

test("etcdQuorumLoss: a majority, or everybody; nothing is written meanwhile", () => {
  const out = strike("etcdQuorumLoss", { members: 5 });
  assert.is(String(out.row.targets).split(" ").length, 3);
  assert.ok(Math.abs(out.s("noQuorumMicros") - 10) < 1 && out.s("stalledMicros") > 9);
  assert.ok(alive(out));
  const all = strike("etcdQuorumLoss", { parameters: { all: true } });
  assert.is(all.row.targets, "etcd-0 etcd-1 etcd-2");
  assert.ok(alive(all));
});

test("etcdDisasterRestore: what was acknowledged after the newest backup is lost, and counted", () => {
  const every = (backupEvery: number) =>
    strike("etcdDisasterRestore", { parameters: { backupEvery: backupEvery * SECOND } });
  const [often, seldom] = [every(2), every(1000)];
  assert.ok(alive(often) && alive(seldom));
  // three puts every 50 ms
  assert.ok(Number(often.row.lostWrites) < 150, `${often.row.lostWrites}`);
  assert.ok(Number(seldom.row.lostWrites) > 300, `${seldom.row.lostWrites}`);
  assert.ok(Number(often.row.restoredRevision) > Number(seldom.row.restoredRevision));
  const young = strike("etcdDisasterRestore", { parameters: { backupAge: 100 * SECOND } });
  assert.match(String(young.row.outcome), /gave up: there is no backup that is old enough/);
});

test("etcdPartition: the leader, a minority, a majority, one way, and from clients too", () => {
  const cut = (parameters: Said["parameters"], said: Said = {}) =>
    strike("etcdPartition", { ...said, parameters: { ...parameters }, until: 90 });
  const alone = cut({ isolate: "leader" });
  assert.ok(alone.row.leaderChanges === 1 && alive(alone));
  const few = cut({ isolate: "minorityWithLeader" }, { members: 5 });
  assert.is(String(few.row.targets).split(" ").length, 2);
  assert.ok(few.row.leaderChanges === 1 && alive(few));
  const many = cut({ isolate: "majority" }, { members: 5 });
  assert.is(String(many.row.targets).split(" ").length, 3);
  assert.is(String(cut({ isolate: "minority" }, { members: 5 }).row.targets).split(" ").length, 2);
  for (const direction of ["in", "out"]) {
    const way = cut({ isolate: "leader", direction });
    assert.ok(Number(way.row.leaderChanges) >= 1 && alive(way), direction);
  }
  const zone = cut({}, { members: 5, selection: { zone: "b", role: null, count: null } });
  assert.is(zone.row.targets, "etcd-1 etcd-4");
  assert.ok(alive(cut({ isolate: "leader", clients: true })));
});

test("etcdLinkFlap: down and up, and up in the end", () => {
  const out = strike("etcdLinkFlap", {
    selection: leader,
    for: 30,
    until: 90,
    parameters: { down: seconds(3), up: { kind: "exponential", mean: 3 * SECOND } },
  });
  assert.ok(Number(out.row.leaderChanges) >= 1 && alive(out));
});

test("networkDelay, networkLoss, networkDuplicate, networkBandwidth: slower, never wrong", () => {
  const latency = (out: Outcome, share: number) =>
    Math.max(...out.rig.recorder.etcd.members.map((m) => m.requests.commitLatency.quantile(share)));
  const quiet = latency(strike("networkDelay", { parameters: { delay: seconds(0) } }), 0.99);
  const delayed = strike("networkDelay", { parameters: { delay: seconds(0.1) }, for: 40 });
  assert.ok(latency(delayed, 0.5) > 190 * MILLISECOND && quiet < 50 * MILLISECOND);
  assert.is(delayed.row.leaderChanges, 0);
  assert.ok(latency(strike("networkLoss", { parameters: { loss: 0.2 }, for: 40 }), 0.99) > 150 * MILLISECOND);
  assert.ok(latency(strike("networkDuplicate", { parameters: { duplicate: 0.5 } }), 0.99) < 2 * quiet);
  const narrow = strike("networkBandwidth", { parameters: { rate: 100_000 }, for: 40 });
  assert.ok(latency(narrow, 0.5) > 1.2 * latency(strike("networkDuplicate", { parameters: { duplicate: 0 } }), 0.5));
});

test("etcdSlowDisk, etcdStalledDisk: fsyncs take so long, or wait for the end", () => {
  const slow = strike("etcdSlowDisk", { selection: follower, parameters: { extra: 200 * MILLISECOND } });
  assert.ok(member(slow).fsync.max > 200 * MILLISECOND && member(slow).fsync.quantile(0.5) < 20 * MILLISECOND);
  const factor = strike("etcdSlowDisk", { selection: leader, parameters: { extra: 0, factor: 50 } });
  assert.ok(member(factor).fsync.max > 20 * MILLISECOND);
  const stalled = strike("etcdStalledDisk", { selection: leader });
  assert.ok(member(stalled).fsync.max > 9 * SECOND && stalled.row.leaderChanges === 1 && alive(stalled));
});

test("etcdFullDisk: the member dies of it, and starts when there is room", () => {
  const out = strike("etcdFullDisk", { selection: follower });
  assert.ok(member(out).downMicros > 9 * SECOND && member(out).restarts === 1 && alive(out));
});

test("etcdSpaceQuota: NOSPACE, refusals, and an operator who cleans up", () => {
  const out = strike("etcdSpaceQuota", { etcd: { quotaBytes: 32 * 2 ** 20 } });
  const { members } = out.rig.recorder.etcd;
  assert.ok(members.some((m) => m.alarms > 0) && members.every((m) => m.raised.size === 0));
  assert.ok(members.some((m) => (m.requests.errors.get("etcdserver: mvcc: database space exceeded") ?? 0) > 10));
  assert.ok(members.every((m) => m.databasePeakBytes > 20 * 2 ** 20 && m.databaseBytes < 10 * 2 ** 20));
  assert.is(out.row.outcome, "recovered");
});

test("etcdClockDrift: a leader that is far too slow loses its place when nothing is written", () => {
  const out = strike("etcdClockDrift", { selection: leader, parameters: { rate: 0.05 }, putEveryMicros: 10 * SECOND });
  assert.ok(Number(out.row.leaderChanges) >= 1 && alive(out));
  const fast = strike("etcdClockDrift", { selection: follower, parameters: { rate: 1.5 } });
  assert.ok(fast.row.leaderChanges === 0 && alive(fast));
});

test("etcdCompactionStall: what is compacted stays on disk until it ends", () => {
  const bytes = (forSeconds: number) => {
    const out = strike("etcdCompactionStall", { for: forSeconds, selection: { role: "any" } });
    const { cluster, engine } = out.rig;
    const compact = { kind: "compact", revision: cluster.members[0]!.view.revision } as const;
    cluster.members[0]!.call(compact, {}, () => undefined);
    engine.run((engine.now + 30 * SECOND) as never);
    return Math.max(...cluster.members.map((m) => m.view.databaseInUseBytes));
  };
  assert.ok(bytes(1000) > 1.3 * bytes(5));
});

test("etcdMoveLeader: to whom it says", () => {
  const out = strike("etcdMoveLeader");
  const { etcd } = out.rig.recorder;
  assert.is(etcd.members[etcd.leader]?.name, out.row.targets);
  assert.ok(out.s("recoveredMicros") - 10 < 1 && Number(out.row.leaderlessMicros) < 500 * MILLISECOND);
});

test("etcdMemberReplace: the dead one is gone, a new one votes", () => {
  for (const learner of [true, false]) {
    const out = strike("etcdMemberReplace", { selection: follower, parameters: { delay: 5 * SECOND, learner } });
    const { members } = out.rig.recorder.etcd;
    assert.is(out.row.outcome, "recovered");
    assert.ok(member(out).isRemoved);
    const voters = members.filter((m) => m.isVoter && !m.isRemoved).map((m) => m.name);
    assert.ok(voters.length === 3 && voters.includes("etcd-3"), voters.join());
  }
});

test("etcdLearnerPromotion: one voter more", () => {
  const out = strike("etcdLearnerPromotion");
  assert.is(out.row.outcome, "recovered");
  assert.is(out.rig.recorder.etcd.members.filter((m) => m.isVoter && m.isRunning).length, 4);
});

test("etcdRollingRestart, etcdRollingUpgrade: each once, the leader last, never without a quorum", () => {
  for (const name of ["etcdRollingRestart", "etcdRollingUpgrade"]) {
    const out = strike(name, {
      until: 180,
      etcd: { version: "3.5" },
      parameters: { down: 2 * SECOND, pause: 5 * SECOND, to: "3.6" },
    });
    const { members } = out.rig.recorder.etcd;
    assert.is(out.row.outcome, "recovered", name);
    assert.equal(
      members.map((m) => m.restarts),
      [1, 1, 1],
    );
    assert.is(out.row.noQuorumMicros, 0);
    assert.ok(Number(out.row.leaderlessMicros) < SECOND && alive(out));
    const wanted = name === "etcdRollingUpgrade" ? "3.6" : "3.5";
    for (const m of out.rig.cluster.members) assert.is(m.version, wanted);
  }
});

test("every kind is tested, here or in cluster-kinds.test.ts", () => {
  const text = readFileSync(join(repositoryRoot, "test/faults/cluster-kinds.test.ts"), "utf8");
  const missing = [...kindsByName()].filter(
    ([name, { layer }]) => !tested.has(name) && !text.includes(`  ${name}: [`) && !CLOUD.has(layer),
  );
  assert.equal(
    missing.map(([name]) => name),
    [],
  );
});

test.run();
