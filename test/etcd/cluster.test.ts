// A cluster as a whole: it elects, replicates, reads and survives.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { call, get, put, runFor, runningWorld } from "./world.ts";

test("three members elect a leader and all serve", () => {
  const { cluster } = runningWorld();
  assert.ok(cluster.leader() !== null);
  assert.equal(
    cluster.members.map((member) => member.isServing),
    [true, true, true],
  );
});

test("a put at any member is read at every member", () => {
  const world = runningWorld();
  for (const member of world.cluster.members) {
    const reply = call(world, member.name, put(`key-${member.id}`));
    runFor(world, 100_000);
    assert.is((reply.value as { kind: string }).kind, "put");
  }
  for (const member of world.cluster.members) {
    for (const serializable of [false, true]) {
      const reply = call(world, member.name, get("key-1", serializable));
      runFor(world, 100_000);
      const answer = reply.value as { kind: string; kvs: readonly { value: unknown }[] };
      assert.is(answer.kind, "range");
      assert.is(answer.kvs[0]?.value, "key-1");
    }
  }
});

test("a new leader after a crash, and the old one comes back with what was acknowledged", () => {
  const world = runningWorld();
  const { cluster } = world;
  const old = cluster.leader()!;
  const before = call(world, old.name, put("a"));
  runFor(world, 50_000);
  assert.is((before.value as { kind: string }).kind, "put");
  cluster.crash(old.name, true);
  runFor(world, 4_000_000);
  const leader = cluster.leader()!;
  assert.is.not(leader, old);
  const during = call(world, leader.name, put("b"));
  runFor(world, 100_000);
  assert.is((during.value as { kind: string }).kind, "put");
  cluster.restart(old.name);
  runFor(world, 2_000_000);
  assert.ok(old.isServing);
  for (const key of ["a", "b"]) {
    const reply = call(world, old.name, get(key, true));
    runFor(world, 100_000);
    assert.is((reply.value as { kvs: readonly unknown[] }).kvs.length, 1);
  }
});

test("without quorum nothing is acknowledged", () => {
  const world = runningWorld();
  const { cluster } = world;
  const [first, second, third] = cluster.members;
  cluster.crash(second!.name);
  cluster.crash(third!.name);
  runFor(world, 5_000_000);
  const reply = call(world, first!.name, put("lost"));
  runFor(world, 6_900_000);
  assert.is(reply.value, null);
  runFor(world, 200_000);
  assert.is((reply.value as unknown as { code: string }).code, "DeadlineExceeded");
});

test.run();
