// Rule 19: only the leader counts the time of leases. A new one gives each its full time and an election timeout, from when it applies the
// first entry of its term.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { LeaseTimeToLiveAnswer } from "../../../sim/etcd/answer.ts";
import { MS, put, Rig, SECOND, SYNC, TRIP } from "./rig.ts";

/** Runs until the key is gone at a member. @returns when that was */
function goneAt(rig: Rig, name: string, key: string, limitMicros = 60 * SECOND): number {
  const { view } = rig.cluster.member(name);
  const exists = () => {
    const answer = view.range({ kind: "range", key, rangeEnd: "", revision: 0, limit: 0 });
    return "count" in answer && answer.count > 0;
  };
  rig.until(() => !exists(), limitMicros, 100);
  return rig.now;
}

function leased(rig: Rig, ttlSeconds: number): void {
  rig.ask(rig.leader, { kind: "leaseGrant", id: 1, ttlSeconds });
  rig.ask(rig.leader, put("a", 1));
}

test("a leader change extends leases to their full time and an election timeout", () => {
  for (let seed = 1; seed < 6; seed++) {
    const rig = new Rig({ seed });
    leased(rig, 5);
    rig.run(4 * SECOND);
    rig.cluster.crash(rig.leader.name);
    rig.roles.length = 0;
    rig.until(() => rig.roles.some(({ role }) => role === "leader"), 5 * SECOND, 100);
    const elected = rig.roles.find(({ role }) => role === "leader")!.at;
    // its first entry is committed a round trip and an fsync later
    const promoted = elected + 2 * TRIP + SYNC;
    const { leader } = rig;
    const gone = goneAt(rig, leader.name, "a");
    const revoke = 2 * TRIP + 2 * TRIP + SYNC;
    const late = gone - promoted - 6 * SECOND - revoke;
    assert.ok(late >= -100 && late <= 500 * MS + 100, `${late} µs`);
  }
});

test("time to live is of the leader, also when asked elsewhere", () => {
  const rig = new Rig();
  leased(rig, 100);
  rig.run(30 * SECOND);
  for (const member of rig.cluster.members) {
    const answer = rig.ask(member, { kind: "leaseTimeToLive", id: 1, keys: true }).value as LeaseTimeToLiveAnswer;
    assert.is(answer.ttlSeconds, 69);
    assert.is(answer.grantedTtlSeconds, 100);
    assert.equal(answer.keys, ["a"]);
  }
  rig.cluster.crash(rig.leader.name);
  rig.run(4 * SECOND);
  const answer = rig.ask(rig.leader, { kind: "leaseTimeToLive", id: 1 }).value as LeaseTimeToLiveAnswer;
  assert.ok(answer.ttlSeconds >= 97 && answer.ttlSeconds <= 101, `${answer.ttlSeconds}`);
});

test("without a leader nothing expires", () => {
  const rig = new Rig();
  leased(rig, 2);
  const [left, ...others] = rig.cluster.members;
  for (const { name } of others) rig.cluster.crash(name);
  rig.run(60 * SECOND);
  assert.is(left!.view.leases().length, 1);
  for (const { name } of others) rig.cluster.restart(name);
  rig.until(() => rig.cluster.leader() !== null && rig.leader.isServing, 10 * SECOND, MS);
  const led = rig.now;
  const gone = goneAt(rig, left!.name, "a");
  assert.ok(gone - led >= 3 * SECOND - 200 * MS, `${gone - led}`);
});

test("a leader that steps down counts no more, and revokes nothing", () => {
  const rig = new Rig();
  leased(rig, 4);
  const old = rig.leader;
  rig.isolate(old);
  const { log } = old.raft!;
  const before = log.lastIndex();
  rig.run(20 * SECOND);
  // it could not confirm that it leads, and proposed nothing
  assert.is(log.lastIndex(), before);
  assert.is(old.view.leases().length, 1);
  assert.is(rig.leader.view.leases().length, 0);
});

test.run();
