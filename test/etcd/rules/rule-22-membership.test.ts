// Rule 22: one change at a time; enough started members and connections of at least 5 s for a new voter; a removal keeps an active quorum;
// one learner, which is promoted once it has 90 % of the log and until then answers serializable reads only.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { MembersAnswer } from "../../../sim/etcd/answer.ts";
import type { EtcdMember } from "../../../sim/etcd/member.ts";
import { get, MS, outcome, put, Rig, SECOND } from "./rig.ts";

const UNHEALTHY = "Unavailable: etcdserver: unhealthy cluster";
const NOT_IN_SYNC = "FailedPrecondition: etcdserver: can only promote a learner member which is in sync with leader";

/** A cluster whose connections are more than 5 s old. */
function seasoned(members = 3): Rig {
  const rig = new Rig({ members });
  rig.run(5 * SECOND);
  return rig;
}

const add = (rig: Rig, newcomer: EtcdMember, isLearner = false, at = rig.leader) =>
  rig.ask(at, { kind: "memberAdd", host: newcomer.hostName, isLearner }, { deadlineMicros: 20 * SECOND });
const remove = (rig: Rig, id: number) =>
  rig.ask(rig.leader, { kind: "memberRemove", id }, { deadlineMicros: 20 * SECOND });
const promote = (rig: Rig, id: number, at = rig.leader) =>
  outcome(rig.ask(at, { kind: "memberPromote", id }, { deadlineMicros: 20 * SECOND }));

test("a voter is added, started and counted", () => {
  const rig = seasoned();
  const newcomer = rig.cluster.prepareMember("zone-9");
  const reply = add(rig, newcomer);
  assert.is(outcome(reply), "ok");
  assert.equal(
    (reply.value as MembersAnswer).members.map(({ id, name }) => [id, name]),
    [
      [1, "etcd-0"],
      [2, "etcd-1"],
      [3, "etcd-2"],
      [newcomer.id, ""],
    ],
  );
  newcomer.start();
  rig.run(3 * SECOND);
  assert.ok(newcomer.isServing);
  assert.is(rig.leader.membership.get(newcomer.id)!.name, newcomer.name);
  assert.equal(rig.leader.raft!.tracker.voters().length, 4);
  rig.cluster.crash(rig.followers[0]!.name);
  assert.is(outcome(rig.ask(rig.leader, put("a"))), "ok");
});

test("no voter while a quorum has not been connected for 5 s, with the newcomer as one that is not", () => {
  const rig = seasoned();
  const newcomer = rig.cluster.prepareMember("zone-9");
  const [dead] = rig.followers;
  rig.cluster.crash(dead!.name);
  rig.run(100 * MS);
  assert.is(outcome(add(rig, newcomer)), UNHEALTHY);
  rig.run(10 * SECOND);
  assert.is(outcome(add(rig, newcomer)), UNHEALTHY);
  rig.cluster.restart(dead!.name);
  rig.run(4 * SECOND);
  assert.is(outcome(add(rig, newcomer)), UNHEALTHY);
  rig.run(2 * SECOND);
  assert.is(outcome(add(rig, newcomer)), "ok");
});

test("no voter while too few members have been started", () => {
  const rig = new Rig({ members: 1 });
  const one = rig.cluster.prepareMember("zone-8");
  const two = rig.cluster.prepareMember("zone-9");
  assert.is(outcome(add(rig, one)), "ok");
  assert.is(
    outcome(add(rig, two)),
    "FailedPrecondition: etcdserver: re-configuration failed due to not enough started members",
  );
});

test("a removal must leave an active quorum; the dead may be removed", () => {
  const rig = seasoned();
  const [dead, live] = rig.followers;
  rig.cluster.crash(dead!.name);
  rig.run(SECOND);
  assert.is(outcome(remove(rig, live!.id)), UNHEALTHY);
  assert.is(outcome(remove(rig, rig.leader.id)), UNHEALTHY);
  const reply = remove(rig, dead!.id);
  assert.is(outcome(reply), "ok");
  assert.is((reply.value as MembersAnswer).members.length, 2);
  assert.is(outcome(remove(rig, dead!.id)), "NotFound: etcdserver: member not found");
  assert.is(outcome(rig.ask(rig.leader, put("a"))), "ok");
});

test("texts for members that exist, and that do not", () => {
  const rig = seasoned();
  const host = { hostName: rig.followers[0]!.hostName } as EtcdMember;
  assert.is(outcome(add(rig, host)), "FailedPrecondition: etcdserver: Peer URLs already exists");
  assert.is(outcome(remove(rig, 99)), "NotFound: etcdserver: member not found");
  assert.is(promote(rig, 99), "NotFound: etcdserver: member not found");
  assert.is(promote(rig, 99, rig.followers[0]!), "NotFound: etcdserver: member not found");
  assert.is(promote(rig, 1), "FailedPrecondition: etcdserver: can only promote a learner member");
});

test("one learner, promoted when it is in sync", () => {
  const rig = seasoned();
  for (let i = 0; i < 30; i++) rig.ask(rig.leader, put(`key-${i}`));
  const learner = rig.cluster.prepareMember("zone-8");
  const second = rig.cluster.prepareMember("zone-9");
  assert.is(outcome(add(rig, learner, true)), "ok");
  assert.is(outcome(add(rig, second, true)), "FailedPrecondition: etcdserver: too many learner members in cluster");
  assert.is(promote(rig, learner.id), NOT_IN_SYNC);
  learner.start();
  rig.run(3 * SECOND);
  assert.is(learner.view.revision, rig.leader.view.revision);
  const unsupported = "Unavailable: etcdserver: rpc not supported for learner";
  assert.is(outcome(rig.ask(learner, put("a"))), unsupported);
  assert.is(outcome(rig.ask(learner, get("key-1"))), unsupported);
  assert.is(outcome(rig.ask(learner, get("key-1", true))), "ok");
  // it has no vote
  assert.is(rig.leader.raft!.tracker.voters().includes(learner.id), false);
  rig.run(5 * SECOND);
  assert.is(promote(rig, learner.id, rig.followers[0]!), "ok");
  rig.run(100 * MS);
  assert.ok(rig.leader.raft!.tracker.voters().includes(learner.id));
  assert.is(outcome(rig.ask(learner, put("a"))), "ok");
  assert.is(promote(rig, learner.id), "FailedPrecondition: etcdserver: can only promote a learner member");
});

test("in sync is nine tenths of the leader's log", () => {
  const rig = seasoned();
  const learner = rig.cluster.prepareMember("zone-8");
  assert.is(outcome(add(rig, learner, true)), "ok");
  learner.start();
  rig.run(3 * SECOND);
  rig.cluster.pause(learner.name);
  const { match } = rig.leader.raft!.tracker.progress(learner.id)!;
  const limit = Math.floor(match / 0.9);
  while (rig.leader.raft!.log.lastIndex() <= limit) rig.ask(rig.leader, put("a"));
  assert.is(promote(rig, learner.id), NOT_IN_SYNC);
  rig.cluster.resume(learner.name);
  rig.run(100 * MS);
  assert.is(promote(rig, learner.id), "ok");
});

test("without a leader: no healthy cluster to add to, nobody who could promote, and a removal that waits", () => {
  const rig = seasoned();
  const [left, ...others] = rig.cluster.members;
  for (const { name } of others) rig.cluster.crash(name);
  rig.run(5 * SECOND);
  const newcomer = rig.cluster.prepareMember("zone-9");
  assert.is(outcome(add(rig, newcomer, false, left)), UNHEALTHY);
  const promoted = rig.ask(left!, { kind: "memberPromote", id: 2 }, { deadlineMicros: 20 * SECOND });
  assert.is(outcome(promoted), "Unavailable: etcdserver: no leader");
  assert.is(promoted.took, 7 * SECOND);
  const removed = rig.ask(left!, { kind: "memberRemove", id: 2 }, { deadlineMicros: 20 * SECOND });
  assert.is(outcome(removed), "DeadlineExceeded: context deadline exceeded");
  assert.is(removed.took, 20 * SECOND);
});

test("one change at a time: a second that comes before the first is applied has no effect", () => {
  const rig = seasoned();
  const { leader } = rig;
  const one = rig.cluster.prepareMember("zone-8");
  const two = rig.cluster.prepareMember("zone-9");
  const first = rig.call(leader, { kind: "memberAdd", host: one.hostName, isLearner: true });
  const second = rig.call(leader, { kind: "memberRemove", id: rig.followers[0]!.id }, { deadlineMicros: 5 * SECOND });
  rig.run(6 * SECOND);
  assert.is(outcome(first), "ok");
  assert.is(outcome(second), "DeadlineExceeded: context deadline exceeded");
  assert.is(leader.membership.list().length, 4);
  assert.is(two.isAdded, false);
});

test.run();
