// Space of one member's database: how large it gets, the quota and its alarm, deletions after compactions, and defragmentation.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ERRORS } from "../../../sim/etcd/error.ts";
import { Compactor } from "../../../sim/etcd/services/compactor.ts";
import { Space } from "../../../sim/etcd/services/space.ts";
import { ServiceWorld } from "./world.ts";

const MS = 1000;
const KIB = 1024;
const put = (valueBytes: number, key = "big") => ({ kind: "put" as const, key, value: null, valueBytes, lease: 0 });

test("a quota of 4 MiB holds as many values of 20,000 bytes as recorded", () => {
  const world = new ServiceWorld();
  world.quotaBytes = 4096 * KIB;
  const space = new Space(world);
  let count = 0;
  while (space.hasRoomFor(put(20_000)) && count < 1000) {
    world.apply(put(20_000));
    count++;
  }
  // etcd 3.5.30: refused at the 200th, with 4,149,248 bytes in use of 4,194,304
  assert.ok(count >= 195 && count <= 203, `${count} puts`);
  assert.ok(Math.abs(world.view.databaseInUseBytes - 4_149_248) < 80 * KIB, `${world.view.databaseInUseBytes} in use`);
  world.apply({ kind: "compact", revision: world.view.revision });
  const compactor = new Compactor(world);
  world.run(100 * MS);
  assert.is(compactor.isBusy, false);
  // one value is left: the file does not shrink by itself
  assert.ok(world.view.databaseInUseBytes < 64 * KIB);
  assert.ok(world.view.databaseBytes > 4000 * KIB);
  assert.not(space.hasRoomFor(put(200_000)));
  world.view.defragment();
  assert.ok(world.view.databaseBytes < 64 * KIB);
  assert.ok(space.hasRoomFor(put(20_000)));
});

test("a put without room is refused once the alarm is in the log; what needs no room is let through", () => {
  const world = new ServiceWorld();
  world.quotaBytes = 80 * KIB;
  const space = new Space(world);
  for (let i = 0; i < 3; i++) world.apply(put(3000));
  assert.not(space.hasRoomFor(put(3000)));
  for (const request of [
    { kind: "deleteRange", key: "big", rangeEnd: "" },
    { kind: "compact", revision: 2 },
    { kind: "leaseRevoke", id: 3 },
    { kind: "range", key: "big", rangeEnd: "", revision: 0, limit: 0 },
    { kind: "txn", compare: [], success: [{ kind: "deleteRange", key: "a", rangeEnd: "" }], failure: [] },
  ] as const) {
    assert.ok(space.hasRoomFor(request), request.kind);
  }
  let told: unknown = null;
  space.refuse((answer) => {
    told = answer;
  });
  assert.is(told, null);
  world.run(1000);
  assert.is(told, ERRORS.noSpace);
  assert.equal(world.view.alarms(), [{ member: 1, alarm: "NOSPACE" }]);
  // from now on the state machine itself refuses, at every member
  assert.is(world.apply(put(1)), ERRORS.noSpace);
  assert.is(world.apply({ kind: "leaseGrant", id: 1, ttlSeconds: 10 }), ERRORS.noSpace);
  assert.is(world.apply({ kind: "txn", compare: [], success: [put(1)], failure: [] }), ERRORS.noSpace);
  assert.is.not(world.apply({ kind: "deleteRange", key: "big", rangeEnd: "" }), ERRORS.noSpace);
  const disarmed = world.apply({ kind: "alarm", action: "deactivate", member: 1, alarm: "NOSPACE" });
  assert.equal(disarmed, { kind: "alarm", revision: 5, alarms: [{ member: 1, alarm: "NOSPACE" }] });
  assert.is.not(world.apply(put(1)), ERRORS.noSpace);
});

test("a write that finds no room when it is applied counts, but its client is told, and the alarm is raised once", () => {
  const world = new ServiceWorld();
  const space = new Space(world);
  const told: unknown[] = [];
  let bytesBefore = world.view.databaseBytes;
  world.listeners.push((command, result) => {
    const { request } = command;
    if (request.kind === "put") told.push(space.applied(request, result, bytesBefore));
    bytesBefore = world.view.databaseBytes;
  });
  world.quotaBytes = 76 * KIB;
  world.apply(put(100));
  world.apply(put(5000));
  world.apply(put(5000));
  assert.equal(told, [null, ERRORS.noSpace, ERRORS.noSpace]);
  assert.is(world.view.revision, 4, "applied all the same");
  world.run(10 * MS);
  assert.equal(world.view.alarms(), [{ member: 1, alarm: "NOSPACE" }]);
  world.apply(put(5000));
  assert.is(world.view.revision, 4);
  assert.is(world.proposed.length, 2);
});

test("a corrupt alarm refuses all changes", () => {
  const world = new ServiceWorld();
  world.apply({ kind: "alarm", action: "activate", member: 2, alarm: "CORRUPT" });
  for (const request of [
    put(1),
    { kind: "deleteRange", key: "a", rangeEnd: "" },
    { kind: "compact", revision: 1 },
  ] as const) {
    assert.is(world.apply(request), ERRORS.corrupt);
  }
  assert.equal(world.apply({ kind: "alarm", action: "activate", member: 2, alarm: "CORRUPT" }), {
    kind: "alarm",
    revision: 1,
    alarms: [],
  });
  world.apply({ kind: "alarm", action: "deactivate", member: 0, alarm: "CORRUPT" });
  assert.is.not(world.apply(put(1)), ERRORS.corrupt);
});

test("deletions after a compaction: 1000 revisions at a time, 10 ms apart, each committed; a stall holds them up", () => {
  const world = new ServiceWorld();
  for (let i = 0; i < 4500; i++) world.apply(put(100, `key-${i % 10}`));
  const compactor = new Compactor(world);
  const { databaseInUseBytes: full, databaseBytes } = world.view;
  assert.is(world.engine.pending, 0);
  world.apply({ kind: "compact", revision: world.view.revision });
  assert.is(world.view.databaseInUseBytes, full, "nothing is deleted yet");
  compactor.isStalled = true;
  compactor.wake();
  world.run(1000 * MS);
  assert.is(world.view.databaseInUseBytes, full);
  compactor.isStalled = false;
  world.run(1010 * MS);
  assert.is(world.backendWrites, 20_000);
  const half = full - world.view.databaseInUseBytes;
  world.run(1040 * MS);
  const all = full - world.view.databaseInUseBytes;
  assert.ok(Math.abs(half / all - 2000 / 4500) < 0.01);
  assert.is(world.backendWrites, 50_000);
  assert.is(compactor.isBusy, false);
  // the free pages are used again before the file grows
  for (let i = 0; i < 4000; i++) world.apply(put(100));
  assert.is(world.view.databaseBytes, databaseBytes);
  for (let i = 0; i < 1000; i++) world.apply(put(100));
  assert.ok(world.view.databaseBytes > databaseBytes);
});

test("a restart goes on with deletions from where the database was committed", () => {
  const world = new ServiceWorld();
  for (let i = 0; i < 3000; i++) world.apply(put(100));
  world.apply({ kind: "compact", revision: world.view.revision });
  const first = new Compactor(world);
  world.run(1);
  const durable = world.view.position();
  world.run(12 * MS);
  first.stop();
  const atCrash = world.view.databaseInUseBytes;
  world.view.moveTo(durable);
  assert.ok(world.view.databaseInUseBytes > atCrash);
  const second = new Compactor(world);
  world.run(100 * MS);
  assert.is(second.isBusy, false);
  assert.ok(world.view.databaseInUseBytes < 30 * KIB);
  assert.is(world.engine.pending, 0);
});

test.run();
