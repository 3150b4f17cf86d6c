// Second rounds: who has heard of a leader less than E of its own ticks ago ignores pre-votes, so that one who asks a little too early stays
// pre-candidate until the next timeout; such a round uses no term.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MS, Rig, SECOND, TICK } from "./rig.ts";

interface Failover {
  readonly rounds: number;
  readonly terms: number;
  readonly micros: number;
}

function failover(seed: number, members: number): Failover {
  const rig = new Rig({ seed, members });
  rig.run((seed * 7919) % TICK);
  const { term } = rig.leader.raft!;
  rig.cluster.crash(rig.leader.name);
  rig.roles.length = 0;
  const begin = rig.now;
  rig.until(() => rig.roles.some(({ role }) => role === "leader"), 20 * SECOND, 5 * MS);
  const elected = rig.roles.find(({ role }) => role === "leader")!;
  const rounds = rig.roles.filter(({ role }) => role === "precandidate").length;
  return { rounds, terms: elected.term - term, micros: elected.at - begin };
}

test("a second round now and then, more often with more survivors, and hardly ever a second term", () => {
  const run = (members: number) => Array.from({ length: 60 }, (_, seed) => failover(seed, members));
  const three = run(3);
  const five = run(5);
  const second = (all: Failover[]) => all.filter(({ rounds }) => rounds > 1).length / all.length;
  // recorded: 10 % with two survivors, 19 % with four
  assert.ok(second(three) >= 0.02 && second(three) <= 0.25, `${second(three)}`);
  assert.ok(second(five) >= 0.06 && second(five) <= 0.4, `${second(five)}`);
  const oneTerm = [...three, ...five].filter(({ terms }) => terms === 1).length;
  assert.ok(oneTerm >= 117, `${oneTerm} of 120`);
  for (const { rounds, micros } of [...three, ...five]) if (rounds === 1) assert.ok(micros < 2 * SECOND);
});

test("a voter ignores the question while it has heard of its leader less than 10 ticks ago, and does not answer", () => {
  const rig = new Rig();
  const [asks, other] = rig.followers;
  const { leader } = rig;
  const sent = rig.tap();
  // only this one does not hear the leader
  rig.faults.cut({ hosts: [leader.hostName] }, { hosts: [asks!.hostName] });
  rig.run(6 * SECOND);
  const of = (type: string) => sent.filter(({ message, to }) => message.type === type && to === other!.name).length;
  assert.ok(of("MsgPreVote") >= 3);
  assert.is(sent.filter(({ from, message }) => from === other!.name && message.type === "MsgPreVoteResp").length, 0);
  assert.is(asks!.raft!.role, "precandidate");
  assert.is(asks!.raft!.term, leader.raft!.term);
  assert.is(rig.leader.name, leader.name);
});

test("one who was ignored asks again after the same timeout", () => {
  const rig = new Rig();
  const [asks, other] = rig.followers;
  rig.cluster.crash(other!.name);
  rig.cluster.crash(rig.leader.name);
  const timeout = asks!.raft!.randomizedElectionTicks;
  const sent = rig.tap();
  rig.run(8 * SECOND);
  const times = sent
    .filter(({ message, to }) => message.type === "MsgPreVote" && to === other!.name)
    .map(({ at }) => at);
  assert.ok(times.length >= 3);
  for (let i = 1; i < times.length; i++) assert.is(times[i]! - times[i - 1]!, timeout * TICK);
});

test.run();
