// Services on a whole cluster: what clients of real members were recorded to see (reference/etcd: lease_expiry, api_errors), and watches
// that outlive leaders.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EtcdError } from "../../../sim/etcd/error.ts";
import type { EtcdMember } from "../../../sim/etcd/member.ts";
import type { EtcdRequest, WatchEvent } from "../../../sim/etcd/request.ts";
import type { CallOptions } from "../../../sim/etcd/requests.ts";
import { call, get, put, runFor, runningWorld, type World } from "../world.ts";

const SECOND = 1_000_000;

/** The answer, which must come within a second. */
function ask(
  world: World,
  member: EtcdMember,
  request: EtcdRequest,
  options: CallOptions = {},
): Record<string, unknown> {
  const reply = call(world, member.name, request, options);
  for (let i = 0; i < 1000 && reply.value === null; i++) runFor(world, 1000);
  assert.ok(reply.value !== null, `${request.kind} is answered`);
  return reply.value as unknown as Record<string, unknown>;
}

const text = (answer: Record<string, unknown>) =>
  answer instanceof EtcdError ? `${answer.code} ${answer.message}` : "OK";

function roles(world: World): { leader: EtcdMember; follower: EtcdMember } {
  const leader = world.cluster.leader()!;
  return { leader, follower: world.cluster.members.find((member) => member !== leader)! };
}

function watch(world: World, member: EtcdMember, startRevision = 0) {
  const told = { events: [] as WatchEvent[], ends: [] as string[] };
  const stream = member.openWatchStream(false);
  if (stream instanceof EtcdError) throw new Error(stream.message);
  stream.create(
    { key: "a", rangeEnd: "z", startRevision, prevKv: true },
    {
      told: (events) => told.events.push(...events),
      ended: (error, compacted) => told.ends.push(`${error.message} ${compacted} at ${world.engine.now}`),
    },
  );
  return told;
}

/** When a lease's key is gone at all members, in seconds after `since`. */
function goneAfter(world: World, key: string, since: number): number {
  for (let i = 0; i < 2000; i++) {
    const [first] = world.cluster.members.filter((member) => member.isRunning);
    if (first!.view.range({ kind: "range", key, rangeEnd: "", revision: 0, limit: 0 }) instanceof EtcdError) break;
    const gone = world.cluster.members.every((member) => {
      if (!member.isRunning) return true;
      const answer = member.view.range({ kind: "range", key, rangeEnd: "", revision: 0, limit: 0 });
      return !(answer instanceof EtcdError) && answer.count === 0;
    });
    if (gone) return (world.engine.now - since) / SECOND;
    runFor(world, 10_000);
  }
  return Infinity;
}

test("leases end at their time plus at most half a second; a smaller time than the minimum is raised", () => {
  const world = runningWorld();
  const { leader, follower } = roles(world);
  for (const [id, asked, granted] of [
    [1, 3, 3],
    [2, 1, 2],
    [3, 5, 5],
  ] as const) {
    const grant = ask(world, follower, { kind: "leaseGrant", id, ttlSeconds: asked });
    const grantedAt = world.engine.now;
    assert.is(grant.ttlSeconds, granted);
    assert.is(text(ask(world, leader, { ...put("k"), lease: id })), "OK");
    const after = goneAfter(world, "k", grantedAt);
    assert.ok(after >= granted - 0.01 && after <= granted + 0.55, `gone after ${after} s of ${granted}`);
  }
});

test("a change of the leader gives a lease its time again and an election timeout more", () => {
  for (const how of ["move", "kill"]) {
    const world = runningWorld({ seed: how });
    const { leader, follower } = roles(world);
    ask(world, leader, { kind: "leaseGrant", id: 9, ttlSeconds: 5 });
    ask(world, leader, { ...put("k"), lease: 9 });
    runFor(world, 2 * SECOND);
    let ttl = ask(world, follower, { kind: "leaseTimeToLive", id: 9, keys: true });
    assert.equal([ttl.ttlSeconds, ttl.grantedTtlSeconds, ttl.keys], [2, 5, ["k"]]);
    if (how === "move") ask(world, leader, { kind: "moveLeader", target: follower.id });
    else world.cluster.crash(leader.name);
    let promotedAt = world.engine.now;
    while (world.cluster.leader() === null || world.cluster.leader() === leader) {
      runFor(world, 1000);
      promotedAt = world.engine.now;
    }
    runFor(world, 50_000);
    ttl = ask(world, world.cluster.leader()!, { kind: "leaseTimeToLive", id: 9 });
    assert.is(ttl.ttlSeconds, 5, "5.95 s in whole seconds, as recorded");
    const after = goneAfter(world, "k", promotedAt);
    assert.ok(after >= 5.85 && after <= 6.6, `${how}: gone ${after} s after the new leader`);
  }
});

test("keepalives reach the leader through any member; an unknown lease is told 0, without quorum there is no leader", () => {
  const world = runningWorld();
  const { leader, follower } = roles(world);
  ask(world, leader, { kind: "leaseGrant", id: 4, ttlSeconds: 3 });
  for (let i = 0; i < 5; i++) {
    runFor(world, 2 * SECOND);
    assert.is(ask(world, i % 2 === 0 ? follower : leader, { kind: "leaseKeepAlive", id: 4 }).ttlSeconds, 3);
  }
  assert.is(ask(world, leader, { kind: "leaseKeepAlive", id: 5 }).ttlSeconds, 0);
  assert.is(ask(world, follower, { kind: "leaseKeepAlive", id: 5 }).ttlSeconds, 0);
  assert.is(ask(world, follower, { kind: "leaseTimeToLive", id: 5 }).ttlSeconds, -1);
  for (const member of world.cluster.members) if (member !== follower) world.cluster.crash(member.name);
  runFor(world, 3 * SECOND);
  const since = world.engine.now;
  const alive = call(world, follower.name, { kind: "leaseKeepAlive", id: 4 });
  const ttl = call(world, follower.name, { kind: "leaseTimeToLive", id: 4 });
  runFor(world, 7.2 * SECOND);
  for (const reply of [alive, ttl]) {
    assert.is((reply.value as EtcdError).message, "etcdserver: no leader");
    assert.ok(Math.abs(reply.at - since - 7 * SECOND) < 0.1 * SECOND, "after the request timeout");
  }
});

test("leases and compactions are refused with the recorded errors", () => {
  const world = runningWorld();
  const { leader, follower } = roles(world);
  for (let i = 0; i < 100; i++) ask(world, leader, put("a", i));
  const at = (revision: number, serializable = false): EtcdRequest => {
    return { kind: "range", key: "a", rangeEnd: "", revision, limit: 0, serializable };
  };
  const compacted = "OutOfRange etcdserver: mvcc: required revision has been compacted";
  const future = "OutOfRange etcdserver: mvcc: required revision is a future revision";
  assert.equal(ask(world, leader, { kind: "compact", revision: 50 }), { kind: "compact", revision: 101 });
  assert.is(text(ask(world, leader, { kind: "compact", revision: 50 })), compacted);
  assert.is(text(ask(world, leader, { kind: "compact", revision: 30 })), compacted);
  assert.is(text(ask(world, leader, { kind: "compact", revision: 100_000 })), future);
  for (const [member, isLocal] of [
    [leader, false],
    [follower, true],
  ] as const) {
    assert.is(text(ask(world, member, at(10, isLocal))), compacted);
    assert.is(text(ask(world, member, at(49, isLocal))), compacted);
    assert.is(text(ask(world, member, at(50, isLocal))), "OK");
    assert.is(text(ask(world, member, at(100_000, isLocal))), future);
  }
  const inside = { kind: "range", key: "a", rangeEnd: "", revision: 10, limit: 0 } as const;
  assert.is(text(ask(world, leader, { kind: "txn", compare: [], success: [inside], failure: [] })), compacted);
  const ignoring = { ...put("none"), value: null, valueBytes: 0, ignoreValue: true };
  assert.is(text(ask(world, leader, ignoring)), "InvalidArgument etcdserver: key not found");
  const missing = "NotFound etcdserver: requested lease not found";
  assert.is(text(ask(world, leader, { ...put("b"), lease: 77 })), missing);
  assert.is(text(ask(world, leader, { kind: "leaseRevoke", id: 77 })), missing);
  assert.is(text(ask(world, leader, { kind: "leaseGrant", id: 7, ttlSeconds: 60 })), "OK");
  const exists = "FailedPrecondition etcdserver: lease already exists";
  assert.is(text(ask(world, leader, { kind: "leaseGrant", id: 7, ttlSeconds: 60 })), exists);
  const tooLarge = "OutOfRange etcdserver: too large lease TTL";
  assert.is(text(ask(world, leader, { kind: "leaseGrant", id: 8, ttlSeconds: 9_000_000_001 })), tooLarge);
});

test("a watch at a follower is told every change once, across a change of the leader and compactions", () => {
  const world = runningWorld();
  const { leader, follower } = roles(world);
  const told = watch(world, follower);
  let number = 0;
  for (let i = 0; i < 20; i++) ask(world, leader, put("a", number++));
  world.cluster.crash(leader.name);
  runFor(world, 4 * SECOND);
  for (let i = 0; i < 20; i++) ask(world, roles(world).leader, put("a", number++));
  ask(world, roles(world).leader, { kind: "compact", revision: 30 });
  const late = watch(world, follower, 31);
  const tooLate = watch(world, follower, 29);
  world.cluster.restart(leader.name);
  runFor(world, 2 * SECOND);
  for (let i = 0; i < 20; i++) ask(world, leader, put("a", number++));
  runFor(world, SECOND);
  assert.equal(
    told.events.map((event) => event.kv.value),
    Array.from({ length: 60 }, (_, i) => i),
  );
  assert.equal(
    late.events.map((event) => event.kv.modRevision),
    Array.from({ length: 31 }, (_, i) => 31 + i),
  );
  assert.equal(
    late.events.slice(0, 2).map((event) => event.prevKv?.modRevision),
    [30, 31],
  );
  assert.is(tooLate.ends.length, 1);
  assert.ok(tooLate.ends[0]!.startsWith("etcdserver: mvcc: required revision has been compacted 30"));
});

test("no space: as recorded, from the first refusal to the put after defragmentation and disarming", () => {
  const quotaBytes = 4 * 1024 * 1024;
  const world = runningWorld({ etcd: { quotaBytes } });
  const { leader, follower } = roles(world);
  const big = (key: string) => ({ ...put(key), valueBytes: 20_000 });
  const noSpace = "ResourceExhausted etcdserver: mvcc: database space exceeded";
  let count = 0;
  while (text(ask(world, leader, big("big"))) === "OK") count++;
  assert.ok(count >= 190 && count <= 205, `${count} puts`);
  const listed = ask(world, leader, { kind: "alarm", action: "list", member: 0, alarm: "NOSPACE" });
  assert.ok((listed.alarms as unknown[]).length >= 1);
  assert.is(text(ask(world, leader, put("small"))), noSpace);
  assert.is(text(ask(world, follower, put("small"))), noSpace);
  assert.is(text(ask(world, follower, get("big"))), "OK");
  assert.is(text(ask(world, leader, { kind: "txn", compare: [], success: [put("small")], failure: [] })), noSpace);
  assert.is(text(ask(world, leader, { kind: "leaseGrant", id: 1, ttlSeconds: 10 })), noSpace);
  const deletion = { kind: "deleteRange", key: "x", rangeEnd: "" } as const;
  assert.is(text(ask(world, leader, deletion)), "OK");
  assert.is(text(ask(world, leader, { kind: "txn", compare: [], success: [deletion], failure: [] })), "OK");
  const health = ask(world, follower, { kind: "health" });
  assert.equal([health.isHealthy, health.reason], [false, "ALARM NOSPACE"]);
  assert.is(text(ask(world, leader, { kind: "compact", revision: leader.view.revision })), "OK");
  runFor(world, SECOND);
  const status = ask(world, leader, { kind: "status" });
  assert.ok((status.databaseBytes as number) > 4_000_000 && (status.databaseInUseBytes as number) < 70_000);
  const disarm = { kind: "alarm", action: "deactivate", member: 0, alarm: "NOSPACE" } as const;
  ask(world, leader, disarm);
  assert.is(text(ask(world, leader, big("big"))), noSpace, "the file is still too large");
  for (const member of world.cluster.members) assert.is(text(ask(world, member, { kind: "defragment" })), "OK");
  assert.ok((ask(world, leader, { kind: "status" }).databaseBytes as number) < 70_000);
  assert.is(text(ask(world, leader, big("big"))), noSpace, "the alarm stays until it is disarmed");
  ask(world, leader, disarm);
  assert.equal(ask(world, leader, { kind: "alarm", action: "list", member: 0, alarm: "NOSPACE" }).alarms, []);
  assert.is(text(ask(world, leader, big("big"))), "OK");
});

test("a member is deaf while it defragments, and the others are not", () => {
  const world = runningWorld({ etcd: { quotaBytes: 1e12 } });
  const { leader, follower } = roles(world);
  ask(world, leader, { ...put("huge"), valueBytes: 1_400_000 });
  for (let i = 0; i < 400; i++) ask(world, leader, { ...put(`k${i}`), valueBytes: 1_400_000 });
  runFor(world, SECOND);
  const since = world.engine.now;
  const done = call(world, follower.name, { kind: "defragment" });
  runFor(world, 1000);
  const local = call(world, follower.name, get("huge", true));
  const elsewhere = call(world, leader.name, put("during"));
  runFor(world, 10 * SECOND);
  // 560 MB read at 2500 MiB/s and written at 1000 MiB/s
  assert.ok(done.at - since > 0.5 * SECOND && done.at - since < 0.8 * SECOND, `${done.at - since} µs`);
  assert.ok(local.at >= done.at);
  assert.ok(elsewhere.at - since < 0.2 * SECOND);
});

test("a quiet cluster's services cost nothing: no timer without leases, watches that are behind, or deletions", () => {
  const world = runningWorld();
  const { leader } = roles(world);
  for (const member of world.cluster.members) watch(world, member);
  ask(world, leader, put("a"));
  ask(world, leader, { kind: "compact", revision: 2 });
  runFor(world, 2 * SECOND);
  const count = () => {
    const before = world.engine.eventsProcessed;
    runFor(world, 10 * SECOND);
    return world.engine.eventsProcessed - before;
  };
  const quiet = count();
  ask(world, leader, { kind: "leaseGrant", id: 1, ttlSeconds: 1000 });
  runFor(world, 2 * SECOND);
  assert.ok(count() <= quiet + 2, "a lease that does not end soon has no timer before its end");
});

test.run();
