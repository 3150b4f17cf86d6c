// Rule 17: a snapshot after so many applied entries shortens the log to what slow followers may need; one that needs more gets the whole
// database, and is left alone until it has it; the log is not shortened meanwhile, nor for 30 s after.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MS, outcome, put, Rig, SECOND } from "./rig.ts";

const SMALL = { snapshotCount: 100, catchUpEntries: 20 };

function puts(rig: Rig, count: number): void {
  for (let i = 0; i < count; i++) {
    rig.call(rig.leader, put(`key-${i % 10}`));
    rig.run(5 * MS);
  }
  rig.run(200 * MS);
}

const first = (rig: Rig) => rig.leader.wal.storage.firstIndex();

test("3.5: when more than the snapshot count is applied since the last, all but the last entries go", () => {
  const rig = new Rig({ etcd: SMALL });
  const { leader } = rig;
  puts(rig, 100 - leader.process!.apply.appliedIndex);
  assert.is(leader.process!.apply.appliedIndex, 100);
  assert.is(leader.wal.snapshot.index, 0);
  assert.is(first(rig), 1);
  puts(rig, 1);
  assert.is(leader.wal.snapshot.index, 101);
  assert.is(first(rig), 101 - 20 + 1);
  puts(rig, 100);
  assert.is(leader.wal.snapshot.index, 101);
  puts(rig, 1);
  assert.is(leader.wal.snapshot.index, 202);
  assert.is(first(rig), 202 - 20 + 1);
});

test("3.6 shortens the log in memory when more than 100 entries were applied, and with every snapshot on disk", () => {
  const rig = new Rig({ etcd: { version: "3.6", snapshotCount: 250, catchUpEntries: 20 } });
  const { storage } = rig.leader.wal;
  const { apply } = rig.leader.process!;
  puts(rig, 100 - apply.appliedIndex);
  assert.is(storage.firstIndex(), 1);
  for (const [count, shortenedAt, onDisk] of [
    [1, 101, 0],
    [100, 101, 0],
    [1, 202, 0],
    [48, 202, 0],
    [1, 251, 251],
    [100, 251, 251],
    [1, 352, 251],
  ] as const) {
    puts(rig, count);
    assert.is(storage.firstIndex(), shortenedAt - 20 + 1);
    assert.is(rig.leader.wal.snapshot.index, onDisk);
  }
  // a restart reads the disk, which has all of it
  const { name } = rig.leader;
  const lastIndex = storage.lastIndex();
  rig.cluster.crash(name);
  rig.cluster.restart(name);
  rig.run(5 * SECOND);
  assert.ok(rig.cluster.member(name).process!.apply.appliedIndex >= lastIndex);
});

test("defaults: 100,000 entries in 3.5, 10,000 in 3.6, and 5,000 for slow followers", () => {
  assert.is(new Rig({ members: 1 }).cluster.options.catchUpEntries, 5_000);
  for (const [version, count] of [
    ["3.5", 100_000],
    ["3.6", 10_000],
  ] as const) {
    const rig = new Rig({ members: 1, etcd: { version } });
    const { leader } = rig;
    const { apply } = leader.process!;
    for (let left = count - apply.appliedIndex; left > 0; left -= 4_000) {
      for (let i = 0; i < Math.min(4_000, left); i++) rig.call(leader, put("a", 0, 1));
      rig.run(400 * MS);
    }
    assert.is(apply.appliedIndex, count);
    assert.is(leader.wal.snapshot.index, 0);
    rig.ask(leader, put("a"));
    rig.run(200 * MS);
    assert.is(leader.wal.snapshot.index, count + 1);
    assert.ok(
      leader.wal.storage.firstIndex() >= count - 5_000 - 100 && leader.wal.storage.firstIndex() <= count - 4_998,
    );
  }
});

test("a follower that misses no more than what is kept gets entries", () => {
  const snapshots: string[] = [];
  const rig = new Rig({ etcd: SMALL, observer: { snapshotSent: (_, to) => void snapshots.push(String(to)) } });
  puts(rig, 102 - rig.leader.process!.apply.appliedIndex - 15);
  const [late] = rig.followers;
  rig.cluster.crash(late!.name);
  puts(rig, 20);
  assert.is(rig.leader.wal.snapshot.index, 101);
  rig.cluster.restart(late!.name);
  rig.run(3 * SECOND);
  assert.is(late!.raft!.log.lastIndex(), rig.leader.raft!.log.lastIndex());
  assert.equal(snapshots, []);
});

test("one that misses more gets the database, and nothing else until it is there", () => {
  const sent: [number, number][] = [];
  const received: [string, number][] = [];
  const rig = new Rig({
    etcd: SMALL,
    observer: {
      snapshotSent: (_, to, index) => void sent.push([to, index]),
      snapshotReceived: ({ name }, index) => void received.push([name, index]),
    },
  });
  const [late] = rig.followers;
  rig.cluster.crash(late!.name);
  puts(rig, 150);
  rig.cluster.restart(late!.name);
  const messages = rig.tap();
  rig.until(() => sent.length > 0, 3 * SECOND, MS);
  const progress = rig.leader.raft!.tracker.progress(late!.id)!;
  assert.is(progress.state, "snapshot");
  const asOf = rig.leader.process!.apply.appliedIndex;
  assert.equal(sent, [[late!.id, asOf]]);
  const from = messages.length;
  rig.call(rig.leader, put("during"));
  rig.until(() => received.length > 0, SECOND, 100);
  const during = messages.slice(from).filter(({ to, message }) => to === late!.name && message.type === "MsgApp");
  assert.equal(
    during.filter(({ at }) => at < rig.now - 5 * MS),
    [],
  );
  assert.equal(received, [[late!.name, asOf]]);
  rig.run(SECOND);
  assert.is(progress.state, "replicate");
  assert.is(late!.view.revision, rig.leader.view.revision);
  assert.equal(sent.length, 1);
});

test("the log is not shortened while a snapshot is on its way, nor for 30 s after", () => {
  let arrivedAt = -1;
  const rig: Rig = new Rig({
    etcd: SMALL,
    observer: {
      snapshotReceived: () => {
        arrivedAt = rig.now;
      },
    },
  });
  const [late] = rig.followers;
  rig.cluster.crash(late!.name);
  puts(rig, 150);
  rig.cluster.restart(late!.name);
  rig.until(() => arrivedAt >= 0, 3 * SECOND, MS);
  const before = first(rig);
  puts(rig, 250);
  assert.ok(rig.leader.wal.snapshot.index > 202, "snapshots go on");
  assert.is(first(rig), before);
  rig.run(arrivedAt + 29 * SECOND - rig.now);
  puts(rig, 110);
  assert.is(first(rig), before);
  rig.run(arrivedAt + 30 * SECOND + 100 * MS - rig.now);
  puts(rig, 110);
  assert.is(first(rig), rig.leader.wal.snapshot.index - 20 + 1);
  assert.is(outcome(rig.ask(late!, put("a"))), "ok");
});

test.run();
