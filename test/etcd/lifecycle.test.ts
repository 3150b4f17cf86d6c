// What happens to members from outside: SIGTERM, SIGSTOP, full and stalled disks, clocks, loss of everything and restore.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EtcdFaultPoints } from "../../sim/etcd/fault-points.ts";
import { call, errorOf, get, put, putMany, runFor, runningWorld } from "./world.ts";

test("SIGTERM on the leader: it hands over, and writes go on within a round trip", () => {
  const world = runningWorld();
  const { cluster } = world;
  const old = cluster.leader()!;
  const other = cluster.members.find((member) => member !== old)!;
  cluster.terminate(old.name);
  runFor(world, 20_000);
  assert.is.not(cluster.leader(), old);
  const reply = call(world, other.name, put("a"));
  runFor(world, 20_000);
  assert.is(errorOf(reply), "");
  runFor(world, 200_000);
  assert.is(old.isRunning, false);
  assert.is(cluster.leader()!.raft!.term, 3);
});

test("SIGTERM on a follower: it ends, and nothing else happens", () => {
  const world = runningWorld();
  const { cluster } = world;
  const leader = cluster.leader()!;
  const follower = cluster.members.find((member) => member !== leader)!;
  const { term } = leader.raft!;
  cluster.terminate(follower.name);
  runFor(world, 5_000_000);
  assert.is(follower.isRunning, false);
  assert.is(cluster.leader(), leader);
  assert.is(leader.raft!.term, term);
});

test("SIGSTOP on the leader: others elect; it follows when it goes on", () => {
  const world = runningWorld();
  const { cluster } = world;
  const old = cluster.leader()!;
  cluster.pause(old.name);
  runFor(world, 4_000_000);
  const leader = cluster.members.find((member) => member !== old && member.raft!.role === "leader")!;
  assert.ok(leader !== undefined);
  assert.is(old.raft!.role, "leader");
  const reply = call(world, old.name, put("a"));
  runFor(world, 1_000_000);
  assert.is(reply.value, null);
  cluster.resume(old.name);
  runFor(world, 1_000_000);
  assert.is(old.raft!.role, "follower");
  assert.is(old.raft!.lead, leader.id);
});

test("a full disk ends the member at its next write, and at each start until there is space", () => {
  const world = runningWorld();
  const { cluster } = world;
  const points = new EtcdFaultPoints(cluster);
  const leader = cluster.leader()!;
  const undo = points.fillDisk(leader.name);
  const reply = call(world, leader.name, put("a"));
  runFor(world, 3_000_000);
  assert.is(errorOf(reply), "error reading from server: connection reset by peer");
  assert.is(leader.isRunning, false);
  points.start(leader.name);
  runFor(world, 3_000_000);
  assert.is(leader.isServing, false);
  undo();
  points.start(leader.name);
  runFor(world, 3_000_000);
  assert.ok(leader.isServing);
});

test("a stalled disk of the leader: another leads; of a follower: nobody notices", () => {
  const world = runningWorld();
  const { cluster } = world;
  const points = new EtcdFaultPoints(cluster);
  const leader = cluster.leader()!;
  const follower = cluster.members.find((member) => member !== leader)!;
  const undo = points.stallDisk(follower.name);
  assert.is(putMany(world, leader.name, 20), 20);
  assert.is(cluster.leader(), leader);
  undo();
  runFor(world, 1_000_000);
  assert.is(follower.view.revision, leader.view.revision);
  const release = points.stallDisk(leader.name);
  call(world, leader.name, put("stuck"));
  runFor(world, 5_000_000);
  const next = cluster.leader()!;
  assert.is.not(next, leader);
  release();
  runFor(world, 2_000_000);
  assert.is(leader.raft!.lead, next.id);
});

test("a slow clock makes a slow ticker; a fast one campaigns early after a crash", () => {
  const world = runningWorld();
  const { cluster } = world;
  const points = new EtcdFaultPoints(cluster);
  const leader = cluster.leader()!;
  const [fast, slow] = cluster.members.filter((member) => member !== leader);
  points.setClockRate(fast!.name, 4);
  points.setClockRate(slow!.name, 0.25);
  runFor(world, 10_000_000);
  const { term } = leader.raft!;
  assert.is(cluster.leader(), leader);
  cluster.crash(leader.name);
  runFor(world, 1_500_000);
  // the slow one still believes in the leader, so nobody can win yet
  assert.is(cluster.leader(), null);
  runFor(world, 8_000_000);
  assert.ok(cluster.leader()!.raft!.term > term);
});

test("all disks are lost: a backup brings back what it has, and the rest is counted", () => {
  const world = runningWorld();
  const { cluster } = world;
  const points = new EtcdFaultPoints(cluster);
  putMany(world, cluster.leader()!.name, 30, "early");
  const backup = points.backup()!;
  assert.is(putMany(world, cluster.leader()!.name, 20, "late"), 20);
  for (const { name } of cluster.members) cluster.crash(name);
  runFor(world, 1_000_000);
  assert.is(points.restoreAll(backup), 20);
  runFor(world, 5_000_000);
  const leader = cluster.leader()!;
  for (const [key, count] of [
    ["early-29", 1],
    ["late-0", 0],
  ] as const) {
    const reply = call(world, leader.name, get(key));
    runFor(world, 100_000);
    assert.is((reply.value as { count: number }).count, count);
  }
  assert.is(putMany(world, leader.name, 20, "again"), 20);
});

test("a power loss of all members keeps everything that was acknowledged", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const world = runningWorld({ seed });
    const { cluster } = world;
    const acknowledged: string[] = [];
    for (let i = 0; i < 40; i++) {
      world.engine.at((world.engine.now + 1 + i * 777) as never, () =>
        cluster.member("etcd-1").call(put(`k-${i}`), {}, (answer) => {
          if (errorOf({ value: answer, at: 0 }) === "") acknowledged.push(`k-${i}`);
        }),
      );
    }
    runFor(world, 20_000);
    for (const { name } of cluster.members) cluster.crash(name, true);
    runFor(world, 1_000_000);
    const count = acknowledged.length;
    assert.ok(count > 0 && count < 40);
    for (const { name } of cluster.members) cluster.restart(name);
    runFor(world, 5_000_000);
    for (const key of acknowledged) {
      const reply = call(world, "etcd-2", get(key));
      runFor(world, 100_000);
      assert.is((reply.value as { count: number }).count, 1, `seed ${seed}: ${key}`);
    }
  }
});

test.run();
