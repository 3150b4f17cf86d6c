// Rule 21: a lease is kept alive by the leader alone and not through the log; followers ask the leader, and wait for one up to the request
// timeout.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { LeaseKeepAliveAnswer } from "../../../sim/etcd/answer.ts";
import { MS, outcome, type Reply, Rig, SECOND, TRIP } from "./rig.ts";

const alive = (id: number) => ({ kind: "leaseKeepAlive", id }) as const;
const ttl = ({ value }: Reply) => (value as LeaseKeepAliveAnswer).ttlSeconds;

function leased(ttlSeconds = 60): Rig {
  const rig = new Rig();
  assert.is(outcome(rig.ask(rig.leader, { kind: "leaseGrant", id: 1, ttlSeconds })), "ok");
  return rig;
}

test("at once at the leader, a round trip at a follower, and nothing is logged", () => {
  const rig = leased();
  const before = rig.leader.raft!.log.lastIndex();
  const atLeader = rig.call(rig.leader, alive(1));
  assert.is(ttl(atLeader), 60);
  assert.is(atLeader.took, 0);
  const atFollower = rig.ask(rig.followers[0]!, alive(1));
  assert.is(ttl(atFollower), 60);
  assert.is(atFollower.took, 2 * TRIP);
  assert.is(rig.leader.raft!.log.lastIndex(), before);
});

test("a lease that does not exist has no time", () => {
  const rig = leased();
  assert.is(ttl(rig.ask(rig.leader, alive(2))), 0);
  assert.is(ttl(rig.ask(rig.followers[0]!, alive(2))), 0);
});

test("a follower that knows no leader waits for one", () => {
  const rig = leased();
  const [follower] = rig.followers;
  rig.cluster.crash(rig.leader.name);
  rig.until(() => follower!.raft!.lead === 0, 5 * SECOND, MS);
  const reply = rig.call(follower!, alive(1));
  rig.run(5 * SECOND);
  assert.is(outcome(reply), "ok");
  assert.is(ttl(reply), 60);
  // it looks again after an election timeout
  assert.ok(reply.took >= SECOND - MS && reply.took <= 2 * SECOND + 10 * MS, `${reply.took}`);
});

test("for no longer than the request timeout", () => {
  const rig = leased();
  const [one, two] = rig.followers;
  rig.cluster.crash(rig.leader.name);
  rig.cluster.crash(two!.name);
  rig.until(() => one!.raft!.lead === 0, 5 * SECOND, MS);
  const reply = rig.call(one!, alive(1));
  rig.run(10 * SECOND);
  assert.is(reply.took, 7 * SECOND);
  assert.is(outcome(reply), "Unavailable: etcdserver: no leader");
});

test("a leader that is cut off still keeps alive what it counts itself, until it steps down", () => {
  const rig = leased();
  const { leader } = rig;
  rig.isolate(leader);
  assert.is(ttl(rig.call(leader, alive(1))), 60);
  rig.until(() => leader.raft!.role !== "leader", 3 * SECOND, MS);
  const reply = rig.call(leader, alive(1));
  rig.run(SECOND);
  assert.is(outcome(reply), "waiting");
});

test.run();
