// Rule 10: a linearizable read asks the leader for its commit index, which the leader gives once a quorum has answered a heartbeat and it
// has committed an entry of its term; then the member waits until it has applied so far. One question at a time; again every 500 ms.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { RangeAnswer } from "../../../sim/etcd/answer.ts";
import { get, MS, outcome, put, Rig, SECOND, SYNC, TRIP } from "./rig.ts";

test("one round trip at the leader, two at a follower, none when serializable", () => {
  const rig = new Rig();
  const [follower] = rig.followers;
  assert.is(rig.ask(rig.leader, get("a")).took, 2 * TRIP);
  assert.is(rig.ask(follower!, get("a")).took, 4 * TRIP);
  assert.is(rig.ask(follower!, get("a", true)).took, 0);
});

test("a single member answers at once", () => {
  const rig = new Rig({ members: 1 });
  assert.is(rig.ask(rig.leader, get("a")).took, 0);
});

test("no entry is written for it", () => {
  const rig = new Rig();
  const before = rig.leader.raft!.log.lastIndex();
  rig.ask(rig.leader, get("a"));
  rig.ask(rig.followers[0]!, get("a"));
  assert.is(rig.leader.raft!.log.lastIndex(), before);
});

test("reads that come during a round wait for it and share the next", () => {
  const rig = new Rig();
  const [follower] = rig.followers;
  const sent = rig.tap();
  const replies = Array.from({ length: 10 }, () => rig.call(follower!, get("a")));
  rig.run(TRIP);
  const late = rig.call(follower!, get("a"));
  rig.run(20 * MS);
  assert.equal(
    replies.map(({ took }) => took),
    [4 * TRIP, ...Array.from({ length: 9 }, () => 8 * TRIP)],
  );
  assert.is(late.took, 7 * TRIP);
  assert.is(sent.filter(({ message }) => message.type === "MsgReadIndex").length, 2);
});

test("with a minority answering there is no quorum for it", () => {
  const rig = new Rig({ members: 5 });
  const [one, two, three] = rig.followers;
  rig.cluster.pause(one!.name);
  rig.cluster.pause(two!.name);
  assert.is(outcome(rig.ask(rig.leader, get("a"))), "ok");
  rig.cluster.pause(three!.name);
  const reply = rig.call(rig.leader, get("a"));
  rig.run(400 * MS);
  assert.is(outcome(reply), "waiting");
  rig.cluster.resume(three!.name);
  rig.run(10 * MS);
  assert.is(outcome(reply), "ok");
});

test("asked again every 500 ms", () => {
  const rig = new Rig();
  const [follower] = rig.followers;
  const sent = rig.tap();
  // an exchange that is lost, on connections that hold: the leader stands still for less than an election timeout
  rig.cluster.pause(rig.leader.name);
  const begin = rig.now;
  rig.call(follower!, get("a"));
  rig.run(800 * MS);
  const asked = sent.filter(({ from, message }) => from === follower!.name && message.type === "MsgReadIndex");
  assert.equal(
    asked.map(({ at }) => at - begin),
    [0, 500 * MS],
  );
});

test("the member waits until it has applied what was committed when the read was confirmed", () => {
  const rig = new Rig();
  const [slow] = rig.followers;
  // as if its database were locked for long
  const { apply } = slow!.process!;
  apply.lock();
  assert.is(outcome(rig.ask(rig.leader, put("a"))), "ok");
  const stale = rig.call(slow!, get("a", true));
  const read = rig.call(slow!, get("a"));
  rig.run(40 * MS);
  assert.is((stale.value as RangeAnswer).count, 0);
  assert.is(outcome(read), "waiting");
  apply.unlock();
  rig.run(0);
  assert.is((read.value as RangeAnswer).count, 1);
});

test("a question waits for the loop of the member that asks", () => {
  const rig = new Rig();
  const [slow] = rig.followers;
  slow!.disk.extraMicros = 50 * MS - SYNC;
  const begin = rig.now;
  rig.call(rig.leader, put("a"));
  rig.run(3 * MS);
  const read = rig.call(slow!, get("a"));
  rig.run(80 * MS);
  assert.is((read.value as RangeAnswer).count, 1);
  // it leaves when the entry is on the disk
  assert.is(read.at - begin, TRIP + 50 * MS + 4 * TRIP);
});

test("a new leader answers once it has committed an entry of its own term", () => {
  const rig = new Rig({ members: 3 });
  const old = rig.leader;
  rig.cluster.crash(old.name);
  rig.until(() => rig.roles.some(({ role, term }) => role === "leader" && term > 2), 3 * SECOND, 100);
  const elected = rig.roles.find(({ role, term }) => role === "leader" && term > 2)!.at;
  const leader = rig.leader;
  const follower = rig.followers[0]!;
  assert.is(leader.raft!.log.term(leader.raft!.log.committed) === leader.raft!.term, false);
  const reply = rig.call(leader, get("a"));
  const asked = rig.now;
  rig.until(() => reply.at >= 0, SECOND, 100);
  // its empty entry is committed a round trip and an fsync after the election; then a heartbeat's round trip
  assert.ok(reply.at >= elected + 2 * TRIP + SYNC + 2 * TRIP, `${reply.at - elected}`);
  assert.ok(reply.took <= 2 * TRIP + SYNC + 2 * TRIP + (elected + 100 - asked) + MS, `${reply.took}`);
  assert.is(outcome(rig.ask(follower, get("a"))), "ok");
});

test.run();
