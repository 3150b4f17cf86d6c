// Elections: who campaigns, who votes, who wins; with pre-vote, lease and transfer.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CAMPAIGN_TRANSFER, createMessage } from "../../sim/raft/message.ts";
import { Group } from "./group.ts";

test("Raft §5.2: a follower that hears of no leader for its timeout campaigns, and wins with a majority", () => {
  const group = new Group(3);
  group.tick(1, 9);
  assert.is(group.raft(1).role, "follower");
  group.tick(1, 1);
  assert.is(group.raft(1).role, "candidate");
  assert.is(group.raft(1).term, 2);
  group.settle();
  assert.is(group.raft(1).role, "leader");
  assert.equal(
    [2, 3].map((id) => group.raft(id).lead),
    [1, 1],
  );
});

test("Raft §5.2: a heartbeat keeps followers from campaigning", () => {
  const group = new Group(3);
  group.elect(1);
  for (let i = 0; i < 40; i++) {
    for (const id of [1, 2, 3]) group.tick(id, 1);
    group.settle();
  }
  assert.is(group.raft(1).role, "leader");
  assert.is(group.raft(2).term, 2);
});

test("Raft §5.2: one vote per term, given to the first who asks, also after a crash", () => {
  const group = new Group(3);
  const voter = group.member(3);
  const ask = (from: number) => createMessage("MsgVote", { from, to: 3, term: 2, index: 1, logTerm: 1 });
  voter.raw.step(ask(1));
  assert.equal(
    group.work(3).map(({ to, reject }) => [to, reject]),
    [[1, false]],
  );
  voter.raw.step(ask(2));
  assert.equal(
    group.work(3).map(({ to, reject }) => [to, reject]),
    [[2, true]],
  );
  voter.restart();
  voter.raw.step(ask(2));
  assert.equal(
    group.work(3).map(({ to, reject }) => [to, reject]),
    [[2, true]],
  );
  voter.raw.step(ask(1));
  assert.equal(
    group.work(3).map(({ to, reject }) => [to, reject]),
    [[1, false]],
    "the same one may ask again",
  );
});

test("Raft §5.4.1: no vote for a candidate whose log is behind", () => {
  const group = new Group(3);
  group.elect(1);
  group.isolate(3);
  group.propose(1, "x");
  group.settle();
  group.join();
  group.elect(3);
  assert.is(group.raft(3).role, "follower");
  assert.ok(group.raft(3).term > 2);
  group.elect(2);
  assert.is(group.raft(2).role, "leader");
});

test("a split vote elects nobody; the next term does", () => {
  const group = new Group(2);
  group.member(1).raw.campaign();
  group.member(2).raw.campaign();
  group.settle();
  assert.equal(
    [1, 2].map((id) => group.raft(id).role === "leader"),
    [false, false],
  );
  group.elect(2);
  assert.is(group.raft(2).role, "leader");
  assert.is(group.raft(2).term, 3);
});

test("dissertation §9.6: with pre-vote a member that was cut off does not disturb when it comes back", () => {
  const group = new Group(3, { preVote: true });
  group.elect(1);
  group.isolate(3);
  group.tick(3, 100);
  group.settle();
  assert.is(group.raft(3).role, "precandidate");
  assert.is(group.raft(3).term, 2, "it asks, but begins no term");
  group.join();
  group.tick(1, 1);
  group.settle();
  assert.is(group.raft(1).role, "leader");
  assert.equal(
    [1, 2, 3].map((id) => group.raft(id).term),
    [2, 2, 2],
  );
});

test("without pre-vote it deposes the leader", () => {
  const group = new Group(3);
  group.elect(1);
  group.isolate(3);
  group.tick(3, 100);
  group.settle();
  group.join();
  group.tick(3, 100);
  group.settle();
  assert.is.not(group.raft(1).term, 2);
});

test("dissertation §4.2.3: in the lease of a live leader nobody votes, unless the leader wants it", () => {
  const group = new Group(3, { checkQuorum: true });
  group.elect(1);
  const ask = { from: 3, to: 2, term: 9, index: 9, logTerm: 9 };
  group.member(2).raw.step(createMessage("MsgVote", ask));
  assert.is(group.raft(2).term, 2);
  assert.equal(group.work(2), []);
  group.member(2).raw.step(createMessage("MsgVote", { ...ask, context: CAMPAIGN_TRANSFER }));
  assert.is(group.raft(2).term, 9);
  assert.is(group.raft(2).vote, 3);
});

test("the lease ends after an election timeout without word from the leader", () => {
  const group = new Group(3, { checkQuorum: true, random: { int: (ticks) => ticks - 1 } });
  group.elect(1);
  group.tick(2, 10);
  group.member(2).raw.step(createMessage("MsgVote", { from: 3, to: 2, term: 3, index: 9, logTerm: 9 }));
  assert.is(group.raft(2).vote, 3);
});

test("dissertation §6.2: a leader that hears of no quorum for an election timeout steps down", () => {
  const group = new Group(3, { checkQuorum: true });
  group.elect(1);
  group.isolate(1);
  group.tick(1, 10);
  assert.is(group.raft(1).role, "leader", "what was heard before the check counts once");
  group.tick(1, 10);
  assert.is(group.raft(1).role, "follower");
  assert.is(group.raft(1).lead, 0);
});

test("a member of a lower term is told the term, so that it can be deposed or catch up", () => {
  const group = new Group(3, { checkQuorum: true });
  group.elect(1);
  group.member(2).raw.step(createMessage("MsgHeartbeat", { from: 3, to: 2, term: 1 }));
  const [answer] = group.work(2);
  assert.equal([answer!.type, answer!.to, answer!.term], ["MsgAppResp", 3, 2]);
});

test("dissertation §3.10: leadership moves to a member that is brought up to date first", () => {
  const group = new Group(3, { preVote: true, checkQuorum: true });
  group.elect(1);
  group.member(1).raw.transferLeader(2);
  assert.is(group.propose(1, "x"), "raft proposal dropped");
  group.settle();
  assert.is(group.raft(2).role, "leader");
  assert.is(group.raft(1).role, "follower");
  assert.is(group.propose(1, "forwarded"), null);
  group.settle();
  assert.ok(group.applied[2]!.includes("forwarded"));
});

test("a transfer that does not come about within an election timeout is given up", () => {
  const group = new Group(3);
  group.elect(1);
  group.isolate(2);
  group.member(1).raw.transferLeader(2);
  group.tick(1, 10);
  group.settle();
  assert.is(group.raft(1).leadTransferee, 0);
  assert.is(group.propose(1, "x"), null);
});

test("a member that forgot its leader votes within the term's lease, and learns of it again by the next heartbeat", () => {
  const group = new Group(3, { checkQuorum: true });
  group.elect(1);
  group.member(2).raw.forgetLeader();
  assert.is(group.raft(2).lead, 0);
  assert.is(group.raft(2).isInLease(), false);
  group.tick(1, 1);
  group.settle();
  assert.is(group.raft(2).lead, 1);
});

test("nobody campaigns with a configuration change that is committed and not applied", () => {
  const group = new Group(1);
  group.elect(1);
  const { raw } = group.member(1);
  raw.proposeConfChange({ version: 1, transition: "auto", changes: [{ operation: "add", node: 2 }] });
  // written and committed, but not applied: the second Ready is left alone
  const ready = raw.ready();
  group.member(1).storage.append(ready.entries);
  raw.advance();
  assert.ok(group.raft(1).log.committed > group.raft(1).log.applied);
  group.raft(1).becomeFollower(2, 0);
  raw.campaign();
  assert.is(group.raft(1).role, "follower");
});

test("a node outside of every configuration, or a learner, does not campaign", () => {
  const group = new Group(3);
  group.elect(1);
  group.member(1).raw.proposeConfChange({
    version: 1,
    transition: "auto",
    changes: [{ operation: "learner", node: 3 }],
  });
  group.settle();
  group.tick(1, 1);
  group.settle();
  assert.ok(group.raft(3).isLearner);
  group.tick(3, 100);
  assert.is(group.raft(3).role, "follower");
});

test.run();
