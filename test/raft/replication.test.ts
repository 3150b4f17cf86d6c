// Replication, commitment, reads, membership and restarts, told as stories of a few members.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MemoryStorage } from "../../sim/raft/memory-storage.ts";
import { APPEND_THREAD, APPLY_THREAD, createMessage } from "../../sim/raft/message.ts";
import { RawNode } from "../../sim/raft/raw-node.ts";
import { EMPTY_CONF } from "../../sim/raft/storage.ts";
import { Group } from "./group.ts";

test("Raft §5.3: a proposal is committed once a majority has it, and applied by all in the same order", () => {
  const group = new Group(3);
  group.elect(1);
  group.isolate(3);
  for (const data of ["a", "b", "c"]) group.propose(1, data);
  group.settle();
  assert.equal(group.applied[0]!.slice(-3), ["a", "b", "c"]);
  group.join();
  group.tick(1, 1);
  group.settle();
  group.tick(1, 1);
  group.settle();
  assert.equal(group.applied[1], group.applied[0]);
  assert.equal(group.applied[2], group.applied[0]);
});

test("without a majority nothing is committed", () => {
  const group = new Group(5);
  group.elect(1);
  const { committed } = group.raft(1).log;
  group.isolate(3, 4, 5);
  group.propose(1, "x");
  group.settle();
  assert.is(group.raft(1).log.committed, committed);
});

test("Raft §5.4.2, figure 8: an entry of an earlier term is not committed by counting its copies", () => {
  const group = new Group(3);
  group.elect(1);
  group.isolate(2, 3);
  group.propose(1, "old");
  group.settle();
  const place = group.raft(1).log.lastIndex();
  group.member(1).restart();
  group.member(1).raw.campaign();
  group.work(1);
  group.member(1).raw.step(createMessage("MsgVoteResp", { from: 2, to: 1, term: 3 }));
  group.work(1);
  assert.is(group.raft(1).role, "leader");
  group.member(1).raw.step(createMessage("MsgAppResp", { from: 2, to: 1, term: 3, index: place }));
  assert.is(group.raft(1).log.committed, place - 1, "two of three have it, but it is of term 2");
  group.member(1).raw.step(createMessage("MsgAppResp", { from: 2, to: 1, term: 3, index: place + 1 }));
  assert.is(group.raft(1).log.committed, place + 1, "it is committed with one of term 3");
});

test("Raft §5.3: a log that went another way is repaired, and uncommitted entries are lost", () => {
  const group = new Group(3);
  group.elect(1);
  group.isolate(2, 3);
  for (const data of ["lost", "too"]) group.propose(1, data);
  group.settle();
  group.join();
  group.isolate(1);
  group.elect(2);
  group.propose(2, "kept");
  group.settle();
  group.join();
  group.tick(2, 1);
  group.settle();
  assert.is(group.raft(1).role, "follower");
  assert.equal(group.applied[0], group.applied[1]);
  assert.ok(group.applied[0]!.includes("kept"));
  assert.not(group.applied[0]!.includes("lost"));
});

test("Raft §7: a follower whose entries are compacted away gets a snapshot", () => {
  const group = new Group(3);
  group.elect(1);
  group.isolate(3);
  for (const data of ["a", "b", "c"]) group.propose(1, data);
  group.settle();
  group.member(1).compact();
  group.join();
  group.tick(1, 1);
  group.settle();
  const { log } = group.raft(3);
  assert.is(log.committed, group.raft(1).log.committed);
  assert.is(log.firstIndex(), log.committed + 1);
  assert.is(group.raft(1).tracker.progress(3)!.state, "replicate");
});

test("a restart keeps term, vote, log and commit index, and applies again what no snapshot holds", () => {
  const group = new Group(3);
  group.elect(1);
  group.propose(1, "a");
  group.settle();
  const before = group.raft(2);
  const [term, vote, commit, last] = [before.term, before.vote, before.log.committed, before.log.lastIndex()];
  group.applied[1] = [];
  group.member(2).restart();
  const after = group.raft(2);
  assert.equal([after.term, after.vote, after.log.committed, after.log.lastIndex()], [term, vote, commit, last]);
  assert.is(after.role, "follower");
  group.work(2);
  assert.equal(group.applied[1], [null, "a"]);
});

test("a leader that has enough uncommitted payload drops proposals, but always takes one", () => {
  const group = new Group(3, { maxUncommittedBytes: 4 });
  group.elect(1);
  group.isolate(2, 3);
  assert.is(group.propose(1, "longer than the limit"), null);
  assert.is(group.propose(1, "x"), "raft proposal dropped");
  assert.is(group.propose(1, ""), null, "an empty one has no payload");
  group.join();
  group.settle();
  group.tick(1, 1);
  group.settle();
  assert.is(group.raft(1).uncommittedBytes, 0);
  assert.is(group.propose(1, "x"), null);
});

test("proposals are dropped without a leader, and where forwarding is off", () => {
  const group = new Group(3, { disableProposalForwarding: true });
  assert.is(group.propose(2, "x"), "raft proposal dropped");
  group.elect(1);
  assert.is(group.propose(2, "x"), "raft proposal dropped");
  assert.is(group.propose(1, "x"), null);
});

test("dissertation §6.4: a read waits for a quorum's heartbeat answers; a leader that was replaced answers none", () => {
  const group = new Group(3);
  group.elect(1);
  group.isolate(1);
  group.elect(2);
  group.propose(2, "newer");
  group.settle();
  group.member(1).raw.readIndex("stale?", 6);
  group.settle();
  assert.equal(group.reads, []);
  group.member(2).raw.readIndex("fresh", 5);
  group.settle();
  assert.equal(group.reads, [{ index: group.raft(2).log.committed, context: "fresh" }]);
});

test("one configuration change at a time: a second one becomes an empty entry until the first is applied", () => {
  const group = new Group(3);
  group.elect(1);
  const add = (node: number) =>
    group.member(1).raw.proposeConfChange({ version: 1, transition: "auto", changes: [{ operation: "add", node }] });
  group.isolate(2, 3);
  add(4);
  add(5);
  const { log } = group.raft(1);
  const proposed = log.slice(log.lastIndex() - 1, log.lastIndex() + 1, Infinity)!;
  assert.equal(
    proposed.map((entry) => entry.change !== null),
    [true, false],
  );
});

test("Raft §6: with two changes at once the configuration is joint, needs both majorities, and is left by itself", () => {
  const group = new Group(4);
  group.elect(1);
  group.member(1).raw.proposeConfChange({
    version: 2,
    transition: "auto",
    changes: [
      { operation: "remove", node: 3 },
      { operation: "remove", node: 4 },
    ],
  });
  group.work(1);
  const confs: string[] = [];
  const { raft } = group.member(1).raw;
  while (group.inFlight.length > 0) {
    const message = group.inFlight.shift()!;
    group.member(message.to).raw.step(message);
    group.work(message.to);
    const { voters, votersOutgoing } = raft.tracker.conf;
    const conf = `${voters.join(" ")} && ${votersOutgoing.join(" ")}`;
    if (confs.at(-1) !== conf) confs.push(conf);
  }
  assert.equal(confs, ["1 2 3 4 && ", "1 2 && 1 2 3 4", "1 2 && "]);
});

test("a leader that is removed steps down if told to, else leads on and drops proposals", () => {
  for (const stepDownOnRemoval of [true, false]) {
    const group = new Group(3, { stepDownOnRemoval });
    group.elect(1);
    group.member(1).raw.proposeConfChange({
      version: 1,
      transition: "auto",
      changes: [{ operation: "remove", node: 1 }],
    });
    group.settle();
    assert.is(group.raft(1).role, stepDownOnRemoval ? "follower" : "leader");
    assert.is(group.propose(1, "x"), "raft proposal dropped");
  }
});

test("answers from a node in no configuration, and local messages from outside, are refused", () => {
  const group = new Group(3);
  const { raw } = group.member(1);
  assert.is(raw.step(createMessage("MsgAppResp", { from: 9, to: 1 })), "raft: cannot step as peer not found");
  assert.is(raw.step(createMessage("MsgHup", { from: 2, to: 1 })), "raft: cannot step raft local message");
});

test("a Ready asks for a sync for entries, term and vote, not for a mere commit index", () => {
  const group = new Group(1);
  const { raw, storage } = group.member(1);
  raw.campaign();
  const syncs: boolean[] = [];
  while (raw.hasReady()) {
    const ready = raw.ready();
    syncs.push(ready.mustSync);
    storage.append(ready.entries);
    raw.advance();
  }
  assert.equal(syncs, [true, true, false]);
});

test("asynchronous writes: promises wait in the write that makes them true, and count once it is done", () => {
  const storage = new MemoryStorage();
  storage.applySnapshot({ index: 1, term: 1, conf: { ...EMPTY_CONF, voters: [1] }, data: null });
  const raw = new RawNode({
    id: 1,
    storage,
    random: { int: () => 0 },
    electionTicks: 10,
    heartbeatTicks: 1,
    asyncStorageWrites: true,
  });
  raw.campaign();
  const steps: string[] = [];
  while (raw.hasReady()) {
    const { messages } = raw.ready();
    for (const message of messages) {
      steps.push(message.type);
      assert.ok([APPEND_THREAD, APPLY_THREAD].includes(message.to));
      if (message.type === "MsgStorageAppend") storage.append(message.entries);
      assert.is(raw.raft.role === "leader" || message.type === "MsgStorageAppend", true);
      for (const response of message.responses) raw.step(response);
    }
  }
  assert.equal(steps, ["MsgStorageAppend", "MsgStorageAppend", "MsgStorageAppend", "MsgStorageApply"]);
  assert.is(raw.raft.log.applied, 2);
  assert.is(raw.raft.log.unstable.entries.length, 0);
});

test("options that contradict themselves are refused", () => {
  const make = (options: object) => () => new Group(1, options);
  assert.throws(make({ electionTicks: 1 }), /electionTicks must be above/);
  assert.throws(make({ heartbeatTicks: 0 }), /heartbeatTicks must be above 0/);
  assert.throws(make({ readOnly: "lease" }), /lease-based reads need checkQuorum/);
  assert.throws(make({ maxInflightMessages: 0 }), /maxInflightMessages/);
});

test.run();
