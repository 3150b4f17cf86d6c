// Membership (rules 22 and 23): checks with etcd's texts, learners, removal, replacement.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EtcdFaultPoints } from "../../sim/etcd/fault-points.ts";
import { call, errorOf, get, put, putMany, runFor, runningWorld, type World } from "./world.ts";

function ask(world: World, name: string, request: Parameters<typeof call>[2], micros = 3_000_000): string | null {
  const reply = call(world, name, request);
  runFor(world, micros);
  return errorOf(reply);
}

function settled(options: Parameters<typeof runningWorld>[0] = {}): World {
  const world = runningWorld(options);
  // connections count when they are 5 s old
  runFor(world, 6_000_000);
  return world;
}

test("a learner is added, refuses what it must, catches up and is promoted", () => {
  const world = settled();
  const { cluster } = world;
  const leader = cluster.leader()!;
  putMany(world, leader.name, 100);
  const { name, host } = new EtcdFaultPoints(cluster).prepareMember("d");
  assert.is(ask(world, leader.name, { kind: "memberAdd", host, isLearner: true }), "");
  const learner = cluster.member(name);
  const promote = { kind: "memberPromote", id: learner.id } as const;
  assert.is(
    ask(world, leader.name, promote),
    "etcdserver: can only promote a learner member which is in sync with leader",
  );
  assert.is(
    ask(world, leader.name, { kind: "memberAdd", host: "etcd-x", isLearner: true }),
    "etcdserver: too many learner members in cluster",
  );
  assert.is(
    ask(world, leader.name, { kind: "memberAdd", host, isLearner: false }),
    "etcdserver: Peer URLs already exists",
  );
  learner.start();
  runFor(world, 3_000_000);
  assert.ok(learner.isServing);
  assert.is(ask(world, name, put("a")), "etcdserver: rpc not supported for learner");
  assert.is(ask(world, name, get("key-1")), "etcdserver: rpc not supported for learner");
  assert.is(ask(world, name, get("key-1", true)), "");
  // a follower asks the leader
  const follower = cluster.members.find((member) => member !== leader && member !== learner)!;
  assert.is(ask(world, follower.name, promote), "");
  assert.is(ask(world, leader.name, promote), "etcdserver: can only promote a learner member");
  assert.is(ask(world, name, put("a")), "");
  assert.equal(
    leader.membership.list().map((member) => [member.name, member.isLearner]),
    [
      ["etcd-0", false],
      ["etcd-1", false],
      ["etcd-2", false],
      [name, false],
    ],
  );
});

test("a removed member stops itself, and is unknown then", () => {
  const world = settled();
  const { cluster } = world;
  const leader = cluster.leader()!;
  const follower = cluster.members.find((member) => member !== leader)!;
  assert.is(ask(world, leader.name, { kind: "memberRemove", id: 99 }), "etcdserver: member not found");
  assert.is(ask(world, leader.name, { kind: "memberRemove", id: follower.id }), "");
  assert.is(follower.isRunning, false);
  assert.ok(follower.isRemoved);
  assert.is(ask(world, leader.name, { kind: "memberRemove", id: follower.id }), "etcdserver: member not found");
  assert.is(putMany(world, leader.name, 10), 10);
});

test("a leader can be removed", () => {
  const world = settled();
  const { cluster } = world;
  const leader = cluster.leader()!;
  assert.is(ask(world, leader.name, { kind: "memberRemove", id: leader.id }, 10_000_000), "");
  assert.ok(leader.isRemoved);
  const next = cluster.leader()!;
  assert.is.not(next, leader);
  assert.is(putMany(world, next.name, 10), 10);
});

test("changes that endanger the quorum are refused", () => {
  const world = settled();
  const { cluster } = world;
  const leader = cluster.leader()!;
  const [dead, alive] = cluster.members.filter((member) => member !== leader);
  cluster.crash(dead!.name);
  runFor(world, 1_000_000);
  assert.is(
    ask(world, leader.name, { kind: "memberAdd", host: "etcd-x", isLearner: false }),
    "etcdserver: unhealthy cluster",
  );
  assert.is(ask(world, leader.name, { kind: "memberRemove", id: alive!.id }), "etcdserver: unhealthy cluster");
  // a dead one may go
  assert.is(ask(world, leader.name, { kind: "memberRemove", id: dead!.id }), "");
});

test("a voter is not added right after a member restarted", () => {
  const world = settled();
  const { cluster } = world;
  const leader = cluster.leader()!;
  const follower = cluster.members.find((member) => member !== leader)!;
  cluster.crash(follower.name);
  cluster.restart(follower.name);
  runFor(world, 1_000_000);
  const add = { kind: "memberAdd", host: "etcd-x", isLearner: false } as const;
  assert.is(ask(world, leader.name, add, 1_000_000), "etcdserver: unhealthy cluster");
});

test("with strict checks off, everything is taken", () => {
  const world = settled({ etcd: { strictReconfigCheck: false } });
  const { cluster } = world;
  const leader = cluster.leader()!;
  cluster.crash(cluster.members.find((member) => member !== leader)!.name);
  runFor(world, 1_000_000);
  assert.is(ask(world, leader.name, { kind: "memberAdd", host: "etcd-x", isLearner: false }), "");
});

test("members are replaced one by one until none of the first is left, and nothing is lost", () => {
  const world = settled();
  const { cluster } = world;
  const points = new EtcdFaultPoints(cluster);
  putMany(world, cluster.leader()!.name, 50);
  for (const old of [...cluster.members]) {
    const { name, host } = points.prepareMember("d");
    const at = () => cluster.members.find((member) => member.isServing && member !== old)!.name;
    assert.is(ask(world, at(), { kind: "memberRemove", id: old.id }, 6_000_000), "");
    assert.is(ask(world, at(), { kind: "memberAdd", host, isLearner: true }, 6_000_000), "");
    points.start(name);
    runFor(world, 6_000_000);
    assert.is(ask(world, at(), { kind: "memberPromote", id: points.idOf(name) }, 6_000_000), "");
  }
  const serving = cluster.members.filter((member) => member.isServing);
  assert.is(serving.length, 3);
  const reply = call(world, serving[0]!.name, get("key-49"));
  runFor(world, 100_000);
  assert.is((reply.value as { count: number }).count, 1);
  assert.equal(
    points.members().map((member) => member.name),
    serving.map((member) => member.name),
  );
});

test.run();
