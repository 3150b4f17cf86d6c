// Rule 5: one loop persists and sends: a leader sends before its fsync, a follower answers after its own; committed entries are applied
// beside it, unless the same round writes them; of several MsgAppResp only the last is sent; a commit index alone is not synced.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MS, outcome, put, Rig, type Sent, SYNC, TRIP } from "./rig.ts";

const ofType = (sent: Sent[], type: string) => sent.filter(({ message }) => message.type === type);

test("a leader sends entries at once, a follower answers after its fsync", () => {
  const rig = new Rig();
  const sent = rig.tap();
  const begin = rig.now;
  const reply = rig.call(rig.leader, put("a"));
  rig.run(10 * MS);
  assert.equal(
    ofType(sent, "MsgApp")
      .slice(0, 2)
      .map(({ at }) => at - begin),
    [0, 0],
  );
  assert.equal(
    ofType(sent, "MsgAppResp")
      .slice(0, 2)
      .map(({ at }) => at - begin),
    [TRIP + SYNC, TRIP + SYNC],
  );
  assert.is(reply.took, 2 * TRIP + SYNC);
});

test("one fsync per member and put: telling a commit index needs none", () => {
  const fsyncs: string[] = [];
  const rig = new Rig({ observer: { fsync: ({ name }) => void fsyncs.push(name) } });
  fsyncs.length = 0;
  rig.call(rig.leader, put("a"));
  rig.run(50 * MS);
  assert.equal(fsyncs.sort(), ["etcd-0", "etcd-1", "etcd-2"]);
});

test("3.5 counts its own entry at once, and tells the commit after its fsync; 3.6 counts it after the fsync", () => {
  for (const version of ["3.5", "3.6"] as const) {
    const slow = 50 * MS;
    const rig = new Rig({ etcd: { version } });
    const { leader } = rig;
    leader.disk.extraMicros = slow;
    const [other] = rig.followers;
    rig.cluster.crash(other!.name);
    const sent = rig.tap();
    const begin = rig.now;
    const reply = rig.call(leader, put("a"));
    rig.run(5 * MS);
    // the only other follower has answered
    assert.is(leader.raft!.log.committed === leader.raft!.log.lastIndex(), version === "3.5");
    rig.run(70 * MS);
    assert.is(reply.took, slow + SYNC);
    const commits = ofType(sent, "MsgApp").filter(({ message }) => message.entries.length === 0 && message.commit > 0);
    assert.is(commits.at(-1)!.at - begin, slow + SYNC);
  }
});

test("entries that are on disk are applied while the next are being written", () => {
  const rig = new Rig();
  const [slow] = rig.followers;
  slow!.disk.extraMicros = 20 * MS - SYNC;
  const begin = rig.now;
  const first = slow!.raft!.log.lastIndex() + 1;
  rig.call(rig.leader, put("a"));
  // on its way when the first is committed, committed itself only after the slow one has begun to write it
  rig.run(19_500);
  rig.call(rig.leader, put("b"));
  rig.run(60 * MS);
  const times = rig.applied.filter(({ member }) => member === slow!.name).slice(-2);
  assert.equal(
    times.map(({ at, index }) => [index, at - begin]),
    [
      [first, TRIP + 20 * MS],
      [first + 1, TRIP + 40 * MS],
    ],
  );
});

test("entries that one round both writes and commits are applied once they are written", () => {
  const rig = new Rig();
  const [slow] = rig.followers;
  slow!.disk.extraMicros = 20 * MS - SYNC;
  const begin = rig.now;
  rig.call(rig.leader, put("a"));
  rig.run(5 * MS);
  rig.call(rig.leader, put("b"));
  rig.run(60 * MS);
  const [a, b] = rig.applied.filter(({ member }) => member === slow!.name).slice(-2);
  // the round after the first write knows that both are committed, and hands both over only after its own write
  assert.is(b!.at - begin, TRIP + 40 * MS);
  assert.is(a!.at - begin, TRIP + 40 * MS);
});

test("a single member answers after its fsync", () => {
  for (const version of ["3.5", "3.6"] as const) {
    const rig = new Rig({ members: 1, etcd: { version } });
    const reply = rig.call(rig.leader, put("a"));
    rig.run(10 * MS);
    assert.is(outcome(reply), "ok");
    assert.is(reply.took, SYNC);
  }
});

test("of the answers to several messages only the last is sent", () => {
  const rig = new Rig();
  const [slow] = rig.followers;
  slow!.disk.extraMicros = 20 * MS;
  const sent = rig.tap();
  for (const key of ["a", "b", "c", "d"]) {
    rig.call(rig.leader, put(key));
    rig.run(MS);
  }
  rig.run(60 * MS);
  const answers = ofType(sent, "MsgAppResp").filter(({ from, message }) => from === slow!.name && !message.reject);
  const last = rig.leader.raft!.log.lastIndex();
  // a heartbeat in between may make it tell the last one again
  assert.equal([...new Set(answers.map(({ message }) => message.index))], [last - 3, last]);
});

test.run();
