// Recordings that are not a fault under the recorder's load: leases that expire, a learner that joins, a member that catches up.
// Each simulates what its recorded rows say, and measures their columns.
import { Engine } from "../../../sim/engine/engine.ts";
import type { Tick } from "../../../sim/engine/tick.ts";
import { EtcdError } from "../../../sim/etcd/error.ts";
import type { PutRequest } from "../../../sim/etcd/request.ts";
import { ClusterUnderTest } from "./cluster-under-test.ts";
import { loadOf, Machine } from "./machine.ts";
import { type RecordedRow, type RecordedSetting, settingNumber } from "./recordings.ts";
import type { Tally } from "./tally.ts";

/** Simulates trial `trial` of a setting. */
export type SpecialKind = (setting: RecordedSetting, trial: number, seed: string, tally: Tally) => void;

const BOOT_LIMIT_MICROS = 20_000_000;
const MEMBERS = 3;

export const SPECIAL_KINDS: Readonly<Record<string, SpecialKind>> = {
  lease_expiry: leaseExpiry,
  membership,
  snapshot_catchup: snapshotCatchup,
};

/** A cluster that has booted. */
function boot(kind: string, row: RecordedRow, seed: string, snapshotCount?: number) {
  const engine = new Engine({ seed });
  const members = settingNumber(row, "members", MEMBERS);
  const machine = new Machine(seed, loadOf(kind), members, 60e6);
  const cluster = new ClusterUnderTest(engine, machine, {
    members,
    heartbeatMs: settingNumber(row, "heartbeat_ms", 100),
    electionMs: settingNumber(row, "election_ms", 1000),
    oneWayDelayMs: 0,
    ...(snapshotCount !== undefined && { snapshotCount }),
  });
  cluster.boot(BOOT_LIMIT_MICROS);
  const run = (micros: number) => engine.run((engine.now + Math.round(micros)) as Tick);
  return { engine, machine, cluster, run };
}

function finish(engine: Engine, tally: Tally): void {
  tally.trials++;
  tally.events += engine.eventsProcessed;
}

const put = (key: string, lease = 0, valueBytes = 100): PutRequest => ({
  kind: "put",
  key,
  value: "",
  valueBytes,
  lease,
});
const serializableRead = {
  kind: "range",
  key: "leased",
  rangeEnd: "",
  revision: 0,
  limit: 0,
  serializable: true,
} as const;

function leaseExpiry(setting: RecordedSetting, trial: number, seed: string, tally: Tally): void {
  const row = setting.rows[trial % setting.rows.length]!;
  const { engine, machine, cluster, run } = boot(setting.kind, row, seed);
  const ms = (from: number) => (engine.now - from) / 1000;
  // leases are counted in steps of 500 ms of the leader's process
  run(machine.choose(500_000));
  const oldLeader = cluster.leader();
  const granted = cluster.ask(oldLeader, {
    kind: "leaseGrant",
    id: 7,
    ttlSeconds: settingNumber(row, "ttl_requested_s", 5),
  });
  if (granted instanceof EtcdError) return;
  const grantedAt = engine.now;
  cluster.ask(oldLeader, put("leased", 7));
  run(100_000);
  tally.fact("ttl_granted_s", row.ttl_granted_s ?? "", String(granted.ttlSeconds));
  const observer = cluster.indices().find((member) => member !== oldLeader)!;
  const ttlAt = (member: number): number => {
    const answer = cluster.ask(member, { kind: "leaseTimeToLive", id: 7 });
    return answer instanceof EtcdError ? Number.NaN : answer.ttlSeconds;
  };
  let newLeaderAt = Number.NaN;
  const faultMs = settingNumber(row, "fault_at_ms_after_grant", 0);
  if (faultMs > 0) {
    // a put that was lost has taken longer than that
    engine.run(Math.max(engine.now, grantedAt + Math.round(faultMs * 1000)) as Tick);
    tally.value("ttl_reported_before_fault_s", ttlAt(oldLeader));
    const faultAt = engine.now;
    if (row.variant === "move_leader") {
      cluster.ask(oldLeader, { kind: "moveLeader", target: cluster.member(observer).id });
    } else cluster.kill(oldLeader);
    const term = cluster.newestTerm();
    while (cluster.leader() < 0 || cluster.leader() === oldLeader || cluster.status(observer)?.leader === 0)
      run(10_000);
    while ((cluster.status(observer)?.term ?? 0) < term) run(10_000);
    run(machine.rpcMicros() + machine.rpcMicros());
    newLeaderAt = engine.now;
    tally.value("t_new_leader_after_fault_ms", ms(faultAt));
    tally.value("ttl_reported_after_new_leader_s", ttlAt(cluster.leader()));
  }
  for (;;) {
    const answer = cluster.ask(observer, serializableRead);
    if (answer instanceof EtcdError || answer.kvs.length === 0) break;
    run(5_000);
  }
  tally.value("expiry_after_grant_ms", ms(grantedAt));
  if (!Number.isNaN(newLeaderAt)) tally.value("expiry_after_new_leader_ms", ms(newLeaderAt));
  finish(engine, tally);
}

/** How often the recorder tried to promote the learner again. */
const PROMOTE_RETRY_MICROS = 40_000;

function membership(setting: RecordedSetting, trial: number, seed: string, tally: Tally): void {
  const row = setting.rows[trial % setting.rows.length]!;
  const { engine, machine, cluster, run } = boot(setting.kind, row, seed);
  const ms = (from: number) => (engine.now - from) / 1000;
  const text = (answer: { readonly message?: string }) => answer.message ?? "";
  for (let i = 0; i < settingNumber(row, "entries_before", 0); i++) {
    cluster.request(i % MEMBERS, put(`before-${i}`), () => undefined);
    if (i % 50 === 49) run(12_000);
  }
  // connections must have been good for 5 s
  run(6_000_000);
  const leader = cluster.leader();
  const { index, host } = cluster.prepareMember();
  const askedAt = engine.now;
  const added = cluster.ask(leader, { kind: "memberAdd", host, isLearner: true });
  if (added instanceof EtcdError) return void tally.fact("member add", "OK", added.message);
  tally.value("t_member_add_ms", ms(askedAt));
  const startedAt = engine.now;
  engine.at((startedAt + machine.firstStartMicros()) as Tick, () => cluster.restart(index));
  let attempts = 0;
  let firstError = "";
  let upMs: number | null = null;
  let errors: [string, string, string] | null = null;
  for (;;) {
    const promoted = cluster.ask(leader, { kind: "memberPromote", id: added.memberId });
    attempts++;
    if (!(promoted instanceof EtcdError)) break;
    if (firstError === "") firstError = promoted.message;
    run(machine.rpcMicros());
    if (upMs === null && cluster.member(index).isServing) {
      upMs = ms(startedAt);
      const range = { ...serializableRead, key: "before-0" };
      errors = [
        text(cluster.ask(index, put("learner")) as { message?: string }),
        text(cluster.ask(index, { ...range, serializable: false }) as { message?: string }),
        text(cluster.ask(index, range) as { message?: string }),
      ];
    }
    run(PROMOTE_RETRY_MICROS);
  }
  tally.value("t_learner_up_ms", upMs);
  tally.value("promote_attempts", attempts);
  tally.value("t_promote_ok_after_start_ms", ms(startedAt));
  tally.fact("first_promote_error", row.first_promote_error ?? "", firstError);
  // the recorder did not always reach the learner before it was promoted
  if (errors !== null && row.learner_put_error !== "") {
    tally.fact("learner_put_error", row.learner_put_error ?? "", errors[0]);
    tally.fact("learner_lread_error", row.learner_lread_error ?? "", errors[1]);
    tally.fact("learner_sread_error", row.learner_sread_error ?? "", errors[2]);
  }
  const removeAt = engine.now;
  cluster.ask(leader, { kind: "memberRemove", id: added.memberId });
  tally.value("t_member_remove_ms", ms(removeAt));
  const removedAt = engine.now;
  while (cluster.member(index).isRunning) run(1_000);
  run(machine.exitMicros());
  tally.value("removed_member_exit_ms", ms(removedAt));
  finish(engine, tally);
}

/** Entries in flight while the recorder fills the log, and the throughput that it reached. */
const FILL_BATCH = 64;
const FILL_MICROS_PER_ENTRY = 250;

/** All rows with the same flags were one cluster's life: what was compacted for one trial is so for the next. */
function snapshotCatchup(setting: RecordedSetting, _trial: number, seed: string, tally: Tally): void {
  const flags = [...new Set(setting.rows.map((row) => row.flags ?? ""))];
  for (const flag of flags) {
    const rows = setting.rows.filter((row) => (row.flags ?? "") === flag);
    catchUp(setting.kind, rows, `${seed}/${flag}`, tally);
  }
  tally.trials++;
}

function catchUp(kind: string, rows: readonly RecordedRow[], seed: string, tally: Tally): void {
  const first = rows[0]!;
  const snapshotCount = /--snapshot-count=(\d+)/.exec(first.flags ?? "")?.[1];
  const { engine, cluster, run } = boot(
    kind,
    first,
    seed,
    snapshotCount === undefined ? undefined : Number(snapshotCount),
  );
  let sent = 0;
  let received = 0;
  cluster.onSnapshot = (what) => {
    if (what === "sent") sent++;
    else received++;
  };
  for (const row of rows) {
    const leader = cluster.leader();
    const victim = cluster.indices().find((member) => member !== leader)!;
    const other = cluster.indices().find((member) => member !== leader && member !== victim)!;
    cluster.kill(victim);
    const entries = settingNumber(row, "entries_missed", 0);
    const valueBytes = settingNumber(row, "value_bytes", 100);
    for (let i = 0; i < entries; i++) {
      cluster.request(i % 2 === 0 ? leader : other, put(`filled-${i % 20_000}`, 0, valueBytes), () => undefined);
      if (i % FILL_BATCH === FILL_BATCH - 1) run(FILL_BATCH * FILL_MICROS_PER_ENTRY);
    }
    run(500_000);
    sent = 0;
    received = 0;
    const target = cluster.member(leader).view.appliedIndex;
    const startedAt = engine.now;
    cluster.restart(victim);
    const until = startedAt + BOOT_LIMIT_MICROS;
    let firstLeaderMs: number | null = null;
    while (cluster.member(victim).view.appliedIndex < target && engine.now < until) {
      run(2_000);
      if (firstLeaderMs === null && (cluster.status(victim)?.leader ?? 0) !== 0)
        firstLeaderMs = (engine.now - startedAt) / 1000;
    }
    while (cluster.status(victim) === null && engine.now < until) run(2_000);
    const upMs = (engine.now - startedAt) / 1000;
    const name = `${row.flags || "default flags"}, ${entries} entries missed`;
    tally.fact(`${name}: snapshot_sent`, row.snapshot_sent ?? "", String(sent > 0));
    tally.fact(`${name}: snapshot_received`, row.snapshot_received ?? "", String(received > 0));
    tally.value("t_process_up_ms", upMs);
    tally.value("t_first_leader_ms", firstLeaderMs ?? upMs);
    tally.value("t_caught_up_ms", upMs);
    run(200_000);
  }
  tally.events += engine.eventsProcessed;
}
