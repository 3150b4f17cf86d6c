// Rule 2: pre-vote (an option, on by default), check of the quorum, safe reads; at most 1 MiB in a message and 512 messages on the way.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MS, outcome, put, Rig, SECOND, TICK } from "./rig.ts";

test("a member that was cut off does not raise the term: it asks before it campaigns", () => {
  const rig = new Rig();
  const { leader } = rig;
  const { term } = leader.raft!;
  const undo = rig.isolate(rig.followers[0]!);
  rig.run(10 * SECOND);
  const [cut] = rig.cluster.members.filter((member) => member.raft!.role === "precandidate");
  assert.is(cut!.raft!.term, term);
  undo();
  rig.run(20 * SECOND);
  assert.is(rig.leader.name, leader.name);
  assert.is(leader.raft!.term, term);
});

test("without pre-vote it does, and takes the leader's place from it", () => {
  const rig = new Rig({ etcd: { preVote: false } });
  const { leader } = rig;
  const { term } = leader.raft!;
  const cut = rig.followers[0]!;
  const undo = rig.isolate(cut);
  rig.run(10 * SECOND);
  assert.ok(cut.raft!.term > term + 4, "a term per campaign");
  undo();
  rig.run(20 * SECOND);
  assert.ok(rig.leader.raft!.term > cut.raft!.term - 1);
  assert.ok(
    rig.roles.some(({ member, role }) => member === leader.name && role === "follower"),
    "it stepped down",
  );
});

test("a leader without quorum steps down, which nothing but the check can tell it", () => {
  const rig = new Rig();
  const { leader } = rig;
  for (const follower of rig.followers) rig.cluster.crash(follower.name);
  rig.run(2 * 10 * TICK + MS);
  assert.is.not(leader.raft!.role, "leader");
});

test("a message carries at most 1 MiB of entries", () => {
  const rig = new Rig();
  const sent = rig.tap();
  const { leader } = rig;
  // the first goes alone and keeps the loop busy; of the others, which wait for it together, the next begins the followers' write
  const replies = ["a", "b", "c", "d", "e", "f"].map((key) => rig.call(leader, put(key, 0, 400 * 1024)));
  rig.run(50 * MS);
  assert.equal(new Set(replies.map(outcome)), new Set(["ok"]));
  const to = rig.followers[0]!.name;
  const counts = sent
    .filter(({ message, to: whom }) => message.type === "MsgApp" && whom === to && message.entries.length > 0)
    .map(({ message }) => message.entries.length);
  assert.equal(counts, [1, 1, 2, 2]);
});

test("at most 512 messages are on the way to a follower", () => {
  const rig = new Rig();
  const [stopped] = rig.followers;
  const sent = rig.tap();
  rig.cluster.pause(stopped!.name);
  for (let i = 0; i < 560; i++) {
    rig.call(rig.leader, put(`key-${i}`));
    // longer than an fsync: each goes into a Ready of its own
    rig.run(MS);
  }
  const withEntries = sent.filter(
    ({ message, to }) => message.type === "MsgApp" && to === stopped!.name && message.entries.length > 0,
  );
  assert.is(withEntries.length, 512);
  assert.is(rig.leader.raft!.tracker.progress(stopped!.id)!.state, "replicate");
  rig.cluster.resume(stopped!.name);
  rig.run(SECOND);
  assert.is(stopped!.raft!.log.lastIndex(), rig.leader.raft!.log.lastIndex());
});

test.run();
