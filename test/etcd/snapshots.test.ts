// Snapshots (rule 17): the log is shortened, a follower that is too far behind gets the database, and restarts begin there.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../sim/engine/engine.ts";
import { Snapshots } from "../../sim/etcd/snapshots.ts";
import { Wal } from "../../sim/etcd/wal.ts";
import { EMPTY_CONF } from "../../sim/raft/storage.ts";
import { call, errorOf, get, put, putMany, runFor, runningWorld, type World } from "./world.ts";

const SMALL = { snapshotCount: 100, catchUpEntries: 50 } as const;

function followerOf({ cluster }: World) {
  return cluster.members.find((member) => member !== cluster.leader())!;
}

for (const version of ["3.5", "3.6"] as const) {
  test(`${version}: the log is shortened to what slow followers may need`, () => {
    const world = runningWorld({ etcd: { ...SMALL, version } });
    assert.is(putMany(world, world.cluster.leader()!.name, 1000), 1000);
    for (const { wal } of world.cluster.members) {
      const kept = wal.storage.lastIndex() - wal.storage.firstIndex();
      assert.ok(kept <= 50 + (version === "3.5" ? 1100 : 1000), `${kept} entries are kept`);
      assert.ok(wal.snapshot.index > 0);
    }
  });

  test(`${version}: a follower that was away too long gets a snapshot, and has all keys`, () => {
    let received = 0;
    const world = runningWorld({ etcd: { ...SMALL, version }, observer: { snapshotReceived: () => received++ } });
    const { cluster } = world;
    const slow = followerOf(world);
    cluster.crash(slow.name);
    for (let i = 0; i < 20; i++) assert.is(putMany(world, cluster.leader()!.name, 50, `batch-${i}`), 50);
    cluster.restart(slow.name);
    runFor(world, 5_000_000);
    assert.is(received, 1);
    assert.ok(slow.isServing);
    for (const key of ["batch-0-0", "batch-19-49"]) {
      const reply = call(world, slow.name, get(key, true));
      runFor(world, 10_000);
      assert.is((reply.value as { count: number }).count, 1);
    }
    // and it goes on by the log
    putMany(world, cluster.leader()!.name, 10, "after");
    runFor(world, 500_000);
    assert.is(slow.view.revision, cluster.leader()!.view.revision);
    assert.is(received, 1);
  });
}

test("a member that restarts after snapshots replays from the newest one", () => {
  const world = runningWorld({ etcd: { ...SMALL, version: "3.6" } });
  const { cluster } = world;
  for (let i = 0; i < 10; i++) putMany(world, cluster.leader()!.name, 60, `batch-${i}`);
  const follower = followerOf(world);
  const { index } = follower.wal.snapshot;
  assert.ok(index > 100);
  cluster.crash(follower.name, true);
  assert.is(follower.wal.storage.firstIndex(), index + 1);
  cluster.restart(follower.name);
  runFor(world, 3_000_000);
  assert.is(follower.view.revision, cluster.leader()!.view.revision);
});

test("a snapshot takes the time that its bytes need on the way", () => {
  const bandwidthBytesPerSecond = 1_000_000;
  const link = { latencyMicros: { kind: "constant", value: 1_000 }, bandwidthBytesPerSecond } as const;
  let receivedAt = 0;
  const observer = { snapshotReceived: () => (receivedAt ||= world.engine.now) };
  const world: World = runningWorld({ etcd: { ...SMALL, version: "3.5" }, network: { crossZone: link }, observer });
  const { cluster } = world;
  const slow = followerOf(world);
  cluster.crash(slow.name);
  const value = { kind: "put", key: "big", value: "big", valueBytes: 1_000_000, lease: 0 } as const;
  for (let i = 0; i < 4; i++) {
    call(world, cluster.leader()!.name, { ...value, key: `big-${i}` });
    runFor(world, 3_000_000);
  }
  for (let i = 0; i < 10; i++) putMany(world, cluster.leader()!.name, 50, `batch-${i}`);
  const restartedAt = world.engine.now;
  cluster.restart(slow.name);
  runFor(world, 30_000_000);
  assert.ok(receivedAt - restartedAt > 4_000_000, `took ${receivedAt - restartedAt} µs`);
  assert.ok(slow.isServing);
});

for (const compactsMemory of [false, true]) {
  const of = compactsMemory ? "3.6" : "3.5";
  test(`${of}: no snapshot is taken of entries that a received one, not loaded yet, has put out of the log`, () => {
    const wal = new Wal();
    let applied = 0;
    let commits = 0;
    const snapshots = new Snapshots({
      engine: new Engine({ seed: 1 }),
      wal,
      snapshotCount: 100,
      catchUpEntries: 50,
      compactsMemory,
      appliedIndex: () => applied,
      appliedTerm: () => 1,
      conf: () => EMPTY_CONF,
      data: () => {
        throw new Error("nothing is sent");
      },
      commitDatabase: (done) => {
        commits++;
        done();
      },
      sendSnapshot: () => false,
      report: () => undefined,
      isStopped: () => false,
    });
    // the log is replaced while a batch before the snapshot is still being applied
    wal.storage.applySnapshot({ index: 500, term: 2, conf: EMPTY_CONF, data: null });
    applied = 300;
    snapshots.atBorder();
    assert.is(commits, 0);
    assert.is(wal.storage.kept.index, 500);
    // and once it is loaded they go on from there
    applied = 500;
    snapshots.received(500);
    snapshots.atBorder();
    assert.is(commits, 0);
  });
}

test("a put after everything is answered", () => {
  const world = runningWorld({ etcd: SMALL });
  putMany(world, "etcd-0", 500);
  const reply = call(world, "etcd-1", put("last"));
  runFor(world, 100_000);
  assert.is(errorOf(reply), "");
});

test.run();
