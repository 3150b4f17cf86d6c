// Rule 11: who requires a leader is refused at a member that knows none; open streams end after three checks in a row, one per election
// timeout, without a leader.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EtcdError } from "../../../sim/etcd/error.ts";
import type { EtcdMember } from "../../../sim/etcd/member.ts";
import type { WatchStream } from "../../../sim/etcd/services/watch-stream.ts";
import { get, MS, outcome, put, Rig, SECOND } from "./rig.ts";

const NO_LEADER = "Unavailable: etcdserver: no leader";

/** A cluster of three of which one is left, and does not know a leader any more. */
function leaderless(): { rig: Rig; member: EtcdMember; lostAt: number } {
  const rig = new Rig();
  const member = rig.followers[0]!;
  for (const other of rig.cluster.members) if (other !== member) rig.cluster.crash(other.name);
  rig.until(() => member.raft!.lead === 0, 5 * SECOND, MS);
  return { rig, member, lostAt: rig.now };
}

interface Ended {
  text: string;
  at: number;
}

function watch(rig: Rig, stream: WatchStream, ended: Ended): void {
  stream.create(
    { key: "a", rangeEnd: "", startRevision: 0 },
    {
      told: () => undefined,
      ended: (error, compactRevision) => {
        ended.text = `${error.code}: ${error.message} ${compactRevision}`;
        ended.at = rig.now;
      },
    },
  );
}

test("unary requests and new streams are refused at once", () => {
  const { rig, member } = leaderless();
  for (const request of [put("a"), get("a"), get("a", true), { kind: "leaseKeepAlive", id: 1 } as const]) {
    const reply = rig.call(member, request, { requireLeader: true });
    assert.is(outcome(reply), NO_LEADER);
    assert.is(reply.took, 0);
  }
  const stream = member.openWatchStream(true);
  assert.instance(stream, EtcdError);
  assert.is((stream as EtcdError).message, "etcdserver: no leader");
  assert.is((stream as EtcdError).code, "Unavailable");
  // without the requirement stale data are served, and watches opened
  assert.is(outcome(rig.call(member, get("a", true))), "ok");
  assert.not.instance(member.openWatchStream(false), EtcdError);
});

test("nobody is refused where a leader is known", () => {
  const rig = new Rig();
  assert.is(outcome(rig.ask(rig.followers[0]!, put("a"), { requireLeader: true })), "ok");
});

test("an open stream ends at the third check without a leader, others stay", () => {
  const rig = new Rig();
  const member = rig.followers[0]!;
  const required: Ended = { text: "", at: -1 };
  const plain: Ended = { text: "", at: -1 };
  watch(rig, member.openWatchStream(true) as WatchStream, required);
  watch(rig, member.openWatchStream(false) as WatchStream, plain);
  for (const other of rig.cluster.members) if (other !== member) rig.cluster.crash(other.name);
  rig.until(() => member.raft!.lead === 0, 5 * SECOND, MS);
  const lostAt = rig.now;
  rig.run(10 * SECOND);
  assert.is(required.text, `${NO_LEADER} 0`);
  const after = required.at - lostAt;
  assert.ok(after > 2 * SECOND - MS && after <= 3 * SECOND, `${after} µs`);
  assert.is(plain.text, "");
});

test("a leader found before the third check begins the count anew", () => {
  const rig = new Rig();
  const member = rig.followers[0]!;
  const ended: Ended = { text: "", at: -1 };
  watch(rig, member.openWatchStream(true) as WatchStream, ended);
  const others = rig.cluster.members.filter((other) => other !== member);
  for (let i = 0; i < 3; i++) {
    for (const other of others) rig.cluster.crash(other.name);
    rig.until(() => member.raft!.lead === 0, 5 * SECOND, MS);
    rig.run(1_500 * MS);
    for (const other of others) rig.cluster.restart(other.name);
    rig.until(() => member.raft!.lead !== 0, 5 * SECOND, MS);
    rig.run(2 * SECOND);
  }
  assert.is(ended.text, "");
});

test.run();
