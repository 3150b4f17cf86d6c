// The client side of the gap: which requests are lost, which wait, and with which text on which member they end.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { RangeAnswer } from "../../../sim/etcd/answer.ts";
import type { EtcdMember } from "../../../sim/etcd/member.ts";
import { get, MS, outcome, put, type Reply, Rig, SECOND } from "./rig.ts";

const TIMEOUT = "Unavailable: etcdserver: request timed out";
const LEADER_FAILED = `${TIMEOUT}, possibly due to previous leader failure`;
const CONNECTION_LOST = `${TIMEOUT}, possibly due to connection lost`;
const DEADLINE = "DeadlineExceeded: context deadline exceeded";
const LEADER_CHANGED = "Unavailable: etcdserver: leader changed";
const RESET = "Unavailable: error reading from server: connection reset by peer";

interface Gap {
  readonly rig: Rig;
  readonly old: EtcdMember;
  readonly survivors: EtcdMember[];
}

function killed(seed = 1): Gap {
  const rig = new Rig({ seed });
  const old = rig.leader;
  const survivors = rig.followers;
  rig.cluster.crash(old.name);
  rig.run(5 * MS);
  return { rig, old, survivors };
}

test("puts that are forwarded to a leader that has died are lost: 7 s, by text on the new leader and on others", () => {
  for (let seed = 1; seed < 6; seed++) {
    const { rig, survivors } = killed(seed);
    const replies = survivors.map((member) => rig.call(member, put("lost")));
    rig.run(9 * SECOND);
    for (const [i, member] of survivors.entries()) {
      const isLeader = member === rig.leader;
      assert.is(replies[i]!.took, 7 * SECOND);
      // the other one has been connected with the new leader all the time
      assert.is(outcome(replies[i]!), isLeader ? LEADER_FAILED : TIMEOUT);
    }
  }
});

test("with the connection lost on a member that has been connected with its leader for less time", () => {
  let seen = 0;
  for (let seed = 1; seed <= 10 && seen < 3; seed++) {
    const { rig, old, survivors } = killed(seed);
    const [one, two] = survivors;
    const reply = rig.call(one!, put("lost"));
    rig.run(3 * SECOND);
    if (rig.leader === one) continue;
    rig.cluster.restart(old.name);
    rig.run(SECOND);
    assert.is(outcome(rig.ask(two!, { kind: "moveLeader", target: old.id })), "ok");
    assert.is(rig.leader.name, old.name);
    rig.run(4 * SECOND);
    assert.is(reply.took, 7 * SECOND);
    assert.is(outcome(reply), CONNECTION_LOST);
    seen++;
  }
  assert.is(seen, 3);
});

test("a put more than two election timeouts before the election is not of the previous leader's failure", () => {
  const { rig, survivors } = killed();
  const [first, second] = survivors;
  const reply = rig.call(first!, put("lost"));
  // nobody can be elected for a while
  rig.cluster.crash(second!.name);
  rig.run(3 * SECOND);
  rig.cluster.restart(second!.name);
  rig.run(5 * SECOND);
  assert.is(reply.took, 7 * SECOND);
  // started 3 s before: the window is 2 s; as leader it counts connections, as follower it looks at the leader's
  assert.ok([CONNECTION_LOST, TIMEOUT].includes(outcome(reply)), outcome(reply));
  assert.is.not(outcome(reply), LEADER_FAILED);
});

test("a put at a member that knows no leader waits, and is proposed when there is one", () => {
  const { rig, survivors } = killed();
  const [one, two] = survivors;
  rig.cluster.crash(two!.name);
  rig.until(() => one!.raft!.lead === 0, 5 * SECOND, MS);
  const reply = rig.call(one!, put("late"));
  rig.run(3 * SECOND);
  assert.is(outcome(reply), "waiting");
  rig.cluster.restart(two!.name);
  rig.until(() => reply.at >= 0, 5 * SECOND, MS);
  assert.is(outcome(reply), "ok");
});

test("and fails with the deadline when there is none for 7 s", () => {
  const { rig, survivors } = killed();
  const [one, two] = survivors;
  rig.cluster.crash(two!.name);
  rig.until(() => one!.raft!.lead === 0, 5 * SECOND, MS);
  const reply = rig.call(one!, put("never"));
  rig.run(8 * SECOND);
  assert.is(outcome(reply), DEADLINE);
  assert.is(reply.took, 7 * SECOND);
  // it was withdrawn: nobody finds it later
  rig.cluster.restart(two!.name);
  rig.run(5 * SECOND);
  assert.is((rig.ask(one!, get("never")).value as RangeAnswer).count, 0);
});

test("a put whose client gave up while it waited for a leader is never proposed", () => {
  const { rig, survivors } = killed();
  const [one, two] = survivors;
  rig.cluster.crash(two!.name);
  rig.until(() => one!.raft!.lead === 0, 5 * SECOND, MS);
  const given = rig.call(one!, put("given-up"), { deadlineMicros: SECOND });
  const kept = rig.call(one!, put("kept"));
  rig.run(2 * SECOND);
  assert.is(outcome(given), DEADLINE);
  assert.is(given.took, SECOND);
  rig.cluster.restart(two!.name);
  rig.until(() => kept.at >= 0, 5 * SECOND, MS);
  assert.is(outcome(kept), "ok");
  assert.is((rig.ask(one!, get("given-up")).value as RangeAnswer).count, 0);
  assert.is((rig.ask(one!, get("kept")).value as RangeAnswer).count, 1);
});

test("waiting reads fail when the member learns of another leader", () => {
  for (let seed = 1; seed < 6; seed++) {
    const { rig, survivors } = killed(seed);
    const replies: Reply[] = survivors.map((member) => rig.call(member, get("a")));
    rig.leaders.length = 0;
    rig.run(5 * SECOND);
    for (const [i, member] of survivors.entries()) {
      assert.is(outcome(replies[i]!), LEADER_CHANGED);
      const known = rig.leaders.find((change) => change.member === member.name && change.leader !== 0)!;
      assert.is(replies[i]!.at, known.at);
    }
  }
});

test("without another leader a read fails after 7 s, one that came later after up to twice that", () => {
  const { rig, survivors } = killed();
  const [one, two] = survivors;
  rig.cluster.crash(two!.name);
  const first = rig.call(one!, get("a"));
  rig.run(100 * MS);
  const second = rig.call(one!, get("a"));
  rig.run(15 * SECOND);
  assert.is(outcome(first), TIMEOUT);
  assert.is(first.took, 7 * SECOND);
  assert.is(outcome(second), TIMEOUT);
  assert.is(second.took, 14 * SECOND - 100 * MS);
});

test("serializable reads are served all the time, also by a member that is cut off", () => {
  const { rig, survivors } = killed();
  for (let i = 0; i < 30; i++) {
    rig.run(100 * MS);
    for (const member of survivors) {
      const reply = rig.call(member, get("a", true));
      assert.is(outcome(reply), "ok");
    }
  }
  const [cut] = rig.followers;
  rig.isolate(cut!);
  rig.ask(rig.leader, put("later"));
  rig.run(5 * SECOND);
  const stale = rig.call(cut!, get("later", true));
  assert.is((stale.value as RangeAnswer).count, 0);
});

test("what waits at a process that dies is reset, what comes later refused", () => {
  const rig = new Rig();
  const { leader } = rig;
  const waiting = [rig.call(leader, put("a")), rig.call(leader, get("a"))];
  rig.cluster.crash(leader.name);
  assert.equal(waiting.map(outcome), [RESET, RESET]);
  assert.is(
    outcome(rig.call(leader, put("b"))),
    'Unavailable: connection error: desc = "transport: Error while dialing: dial tcp <addr>: connect: connection refused"',
  );
});

test("puts after the election succeed at once", () => {
  const { rig, survivors } = killed();
  rig.until(
    () =>
      rig.cluster.leader() !== null && survivors.every((member) => member.raft!.lead !== 0 && member.raft!.term > 2),
    4 * SECOND,
    100,
  );
  for (const member of survivors) assert.is(outcome(rig.ask(member, put("a"))), "ok");
});

test.run();
