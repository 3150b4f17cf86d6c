// One-way loss: on TCP it ends as a cut. Outgoing: followers hear nothing any more at once, and elect another. Incoming: the leader gets no
// acknowledgement, so that its sending stops too, and it steps down by its check of the quorum.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MS, outcome, put, Rig, SECOND, TICK, TRIP } from "./rig.ts";

test("what the leader sends is lost: another leads after an election timeout, this one may learn of it on open connections", () => {
  let learned = 0;
  for (let seed = 1; seed <= 12; seed++) {
    const rig = new Rig({ seed });
    const old = rig.leader;
    rig.faults.isolate({ hosts: [old.hostName] }, "out");
    const begin = rig.now;
    rig.roles.length = 0;
    rig.run(2_100 * MS);
    const elected = rig.roles.find(({ role }) => role === "leader")!.at;
    assert.ok(elected - begin >= 8 * TICK && elected - begin <= 20 * TICK);
    const down = rig.roles.find(({ member, role }) => member === old.name && role === "follower")!;
    // by a message of the newer term, as long as the others' senders do not wait for an acknowledgement; else by its check
    const isTold = down.term > 2;
    if (isTold) {
      learned++;
      assert.is(down.at, elected + TRIP);
    } else assert.ok(down.at - begin >= 10 * TICK - 5 * MS, `${down.at - begin}`);
    assert.is(outcome(rig.ask(rig.leader, put("a"))), "ok");
  }
  assert.ok(learned >= 1 && learned < 12, `${learned} of 12`);
});

test("what it receives is lost: it does not learn of the others, and steps down at its own check", () => {
  const rig = new Rig();
  const old = rig.leader;
  const { term } = old.raft!;
  const undo = rig.faults.isolate({ hosts: [old.hostName] }, "in");
  const begin = rig.now;
  rig.until(() => old.raft!.role !== "leader", 4 * SECOND, MS);
  assert.ok(rig.now - begin >= 10 * TICK - 5 * MS && rig.now - begin <= 20 * TICK + MS, `${rig.now - begin}`);
  assert.is(old.raft!.term, term);
  rig.until(() => rig.cluster.members.some(({ raft }) => raft!.role === "leader" && raft!.term > term), 6 * SECOND, MS);
  rig.run(SECOND);
  assert.is(old.raft!.lead, 0);
  assert.is(outcome(rig.ask(rig.leader, put("a"))), "ok");
  undo();
  rig.until(() => old.raft!.lead === rig.leader.id, 60 * SECOND, 10 * MS);
  assert.is(old.raft!.term, rig.leader.raft!.term);
});

test("with the incoming direction lost a put at the leader reaches followers for a while, but is not acknowledged", () => {
  const rig = new Rig();
  const old = rig.leader;
  rig.faults.isolate({ hosts: [old.hostName] }, "in");
  const reply = rig.call(old, put("a"));
  rig.run(5 * MS);
  // its segment still arrives
  for (const follower of rig.followers) assert.is(follower.raft!.log.lastIndex(), old.raft!.log.lastIndex());
  assert.is(outcome(reply), "waiting");
});

test("without acknowledgements its heartbeats stop after the first timeout of TCP: others campaign long before it has stepped down and they have waited", () => {
  const after = Array.from({ length: 10 }, (_, seed) => {
    const rig = new Rig({ seed });
    const old = rig.leader;
    rig.faults.isolate({ hosts: [old.hostName] }, "in");
    const begin = rig.now;
    rig.roles.length = 0;
    const isOther = ({ member, role }: { member: string; role: string }) =>
      member !== old.name && role === "precandidate";
    rig.until(() => rig.roles.some(isOther), 6 * SECOND, MS);
    return (rig.roles.find(isOther)!.at - begin) / TICK;
  });
  after.sort((a, b) => a - b);
  // 200 to 300 ms of heartbeats, then 9 to 19 ticks, the first of two
  assert.ok(after[0]! > 10 && after[9]! < 23, `${after}`);
  assert.ok(after[5]! < 17, `${after}`);
});

test("a follower that does not hear, and one that is not heard, disturb nobody", () => {
  for (const direction of ["in", "out"] as const) {
    const rig = new Rig();
    const { leader } = rig;
    const { term } = leader.raft!;
    rig.faults.isolate({ hosts: [rig.followers[0]!.hostName] }, direction);
    rig.run(10 * SECOND);
    assert.is(rig.leader.name, leader.name);
    assert.is(leader.raft!.term, term);
    assert.is(outcome(rig.ask(leader, put("a"))), "ok");
  }
});

test.run();
