// MoveLeader: the transfer without the shutdown. Meanwhile the leader refuses proposals, and forwarded ones are lost; it is given up after an
// election timeout. The call looks once per tick.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MS, outcome, put, Rig, SECOND, SYNC, TICK, TRIP } from "./rig.ts";

test("the change takes some milliseconds, the call one heartbeat interval", () => {
  const rig = new Rig();
  const [target] = rig.followers;
  rig.roles.length = 0;
  const begin = rig.now;
  const reply = rig.ask(rig.leader, { kind: "moveLeader", target: target!.id });
  assert.is(outcome(reply), "ok");
  assert.is(reply.took, TICK);
  const elected = rig.roles.find(({ role }) => role === "leader")!;
  assert.is(elected.member, target!.name);
  assert.is(elected.at - begin, TRIP + 2 * TRIP + 2 * SYNC);
});

test("to itself it is done at once", () => {
  const rig = new Rig();
  const reply = rig.call(rig.leader, { kind: "moveLeader", target: rig.leader.id });
  assert.is(outcome(reply), "ok");
  assert.is(reply.took, 0);
});

test("only the leader, only to a voter", () => {
  const rig = new Rig();
  const [follower] = rig.followers;
  assert.is(
    outcome(rig.ask(follower!, { kind: "moveLeader", target: follower!.id })),
    "FailedPrecondition: etcdserver: not leader",
  );
  assert.is(
    outcome(rig.ask(rig.leader, { kind: "moveLeader", target: 99 })),
    "FailedPrecondition: etcdserver: bad leader transferee",
  );
});

test("puts at the leader are refused meanwhile, forwarded ones are lost", () => {
  const rig = new Rig();
  const { leader } = rig;
  const [target, other] = rig.followers;
  const forwarded = rig.call(other!, put("forwarded"));
  rig.call(leader, { kind: "moveLeader", target: target!.id });
  const refused = rig.call(leader, put("a"));
  rig.run(8 * SECOND);
  assert.is(outcome(refused), "Unknown: raft proposal dropped");
  assert.is(refused.took, 0);
  assert.is(forwarded.took, 7 * SECOND);
  assert.is(outcome(forwarded), "Unavailable: etcdserver: request timed out");
});

test("a transfer to one that does not answer is given up after an election timeout", () => {
  const rig = new Rig();
  const { leader } = rig;
  const [target] = rig.followers;
  rig.cluster.pause(target!.name);
  const begin = rig.now;
  const moved = rig.call(leader, { kind: "moveLeader", target: target!.id }, { deadlineMicros: 30 * SECOND });
  rig.run(5 * MS);
  assert.is(outcome(rig.call(leader, put("a"))), "Unknown: raft proposal dropped");
  rig.until(() => outcome(rig.call(leader, put("a"))) === "waiting", 3 * SECOND, MS);
  assert.ok(rig.now - begin <= SECOND + TICK, `${rig.now - begin}`);
  assert.ok(rig.now - begin >= 9 * TICK, `${rig.now - begin}`);
  assert.is(rig.leader.name, leader.name);
  assert.is(outcome(rig.ask(leader, put("a"))), "ok");
  assert.is(outcome(moved), "waiting");
});

test("a target that lags gets the log first", () => {
  const rig = new Rig();
  const { leader } = rig;
  const [target] = rig.followers;
  target!.disk.extraMicros = 30 * MS;
  rig.call(leader, put("a"));
  rig.run(3 * MS);
  const reply = rig.ask(leader, { kind: "moveLeader", target: target!.id });
  assert.is(outcome(reply), "ok");
  assert.is(rig.leader.name, target!.name);
  assert.is(target!.view.revision, 2);
});

test.run();
