// Rule 16: a put, a transaction with puts or a lease is refused when the member's file would reach the quota: 256 bytes, key and value per put,
// 64 per lease. Then NOSPACE is raised through the log, all members refuse such requests, and it comes back while the file is too large.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AlarmAnswer, HealthAnswer, StatusAnswer } from "../../../sim/etcd/answer.ts";
import { get, MS, outcome, put, Rig, SECOND } from "./rig.ts";

const NO_SPACE = "ResourceExhausted: etcdserver: mvcc: database space exceeded";
const QUOTA = 4 * 1024 * 1024;

const active = (rig: Rig) =>
  (rig.ask(rig.leader, { kind: "alarm", action: "list", member: 0, alarm: "NOSPACE" }).value as AlarmAnswer).alarms;
const disarm = (rig: Rig, member: number) =>
  rig.ask(rig.leader, { kind: "alarm", action: "deactivate", member, alarm: "NOSPACE" });

/** Puts values of 20,000 bytes at the leader until it refuses. @returns the number of the put that it refused */
function fill(rig: Rig): number {
  for (let i = 1; i < 1_000; i++) {
    const reply = rig.ask(rig.leader, put(`key-${i}`, 0, 20_000));
    if (outcome(reply) === "ok") continue;
    assert.is(outcome(reply), NO_SPACE);
    rig.run(50 * MS);
    return i;
  }
  throw new Error("never full");
}

test("refused exactly when file + 256 + key + value would reach the quota", () => {
  const rig = new Rig({ etcd: { quotaBytes: QUOTA } });
  const { view } = rig.leader;
  for (let i = 0; i < 3; i++) rig.ask(rig.leader, put(`key-${i}`, 0, 1_000_000));
  const left = QUOTA - view.databaseBytes;
  assert.ok(left < 1_500_000);
  // at the limit is too much; the alarm that this raises is taken back
  const limit = left - 256 - 3;
  assert.is(outcome(rig.ask(rig.leader, put("abc", 0, limit))), NO_SPACE);
  assert.is(active(rig).length, 1);
  disarm(rig, rig.leader.id);
  assert.is(outcome(rig.ask(rig.leader, put("abc", 0, limit - 1))), "ok");
});

test("a lease costs 64 bytes, a transaction what its larger branch does", () => {
  const rig = new Rig({ etcd: { quotaBytes: QUOTA } });
  const { view } = rig.leader;
  while (QUOTA - view.databaseBytes > 1_000_000) rig.ask(rig.leader, put("key", 0, 1_000_000));
  const left = QUOTA - view.databaseBytes;
  const txn = (success: number, failure: number) => {
    const branch = (bytes: number) => (bytes === 0 ? [] : [put("abc", 0, bytes - 259)]);
    const request = { kind: "txn", compare: [], success: branch(success), failure: branch(failure) } as const;
    const result = outcome(rig.ask(rig.leader, request));
    if (result !== "ok") disarm(rig, rig.leader.id);
    return result;
  };
  assert.is(txn(300, left), NO_SPACE);
  assert.is(txn(300, left - 1), "ok");
  const grant = () => outcome(rig.ask(rig.leader, { kind: "leaseGrant", id: 0, ttlSeconds: 10 }));
  assert.is(grant(), "ok");
  // a file whose last 64 bytes are missing
  Object.assign(view, { databaseBytes: QUOTA - 65 });
  assert.is(grant(), "ok");
  Object.assign(view, { databaseBytes: QUOTA - 64 });
  assert.is(grant(), NO_SPACE);
});

test("under the alarm every member refuses what needs space, and nothing else", () => {
  const rig = new Rig({ etcd: { quotaBytes: QUOTA } });
  const refused = fill(rig);
  // as recorded: put number 200 of 20,000 bytes at a quota of 4 MiB
  assert.ok(Math.abs(refused - 200) <= 10, `put ${refused}`);
  const lease = { kind: "leaseGrant", id: 77, ttlSeconds: 10 } as const;
  const txn = (op: Parameters<Rig["ask"]>[1]) => ({ kind: "txn", compare: [], success: [op], failure: [] }) as never;
  for (const member of rig.cluster.members) {
    assert.is(outcome(rig.ask(member, put("small"))), NO_SPACE);
    assert.is(outcome(rig.ask(member, txn(put("small")))), NO_SPACE);
    assert.is(outcome(rig.ask(member, lease)), NO_SPACE);
    assert.is(outcome(rig.ask(member, get("key-1"))), "ok");
    assert.is(outcome(rig.ask(member, txn(get("key-1")))), "ok");
    assert.is(outcome(rig.ask(member, txn({ kind: "deleteRange", key: "key-2", rangeEnd: "" }))), "ok");
    assert.is(outcome(rig.ask(member, { kind: "deleteRange", key: "key-1", rangeEnd: "" })), "ok");
    assert.is(
      outcome(rig.ask(member, { kind: "leaseRevoke", id: 1 })),
      "NotFound: etcdserver: requested lease not found",
    );
    const { errors } = rig.ask(member, { kind: "status" }).value as StatusAnswer;
    assert.is(errors[0], `memberID:${active(rig)[0]!.member} alarm:NOSPACE `);
    assert.is((rig.ask(member, { kind: "health" }).value as HealthAnswer).reason, "ALARM NOSPACE");
  }
  assert.is(outcome(rig.ask(rig.leader, { kind: "compact", revision: rig.leader.view.revision })), "ok");
});

test("it must be taken back for each member, and comes back before a defragmentation", () => {
  const rig = new Rig({ etcd: { quotaBytes: QUOTA } });
  fill(rig);
  rig.ask(rig.leader, { kind: "deleteRange", key: "key-", rangeEnd: "key." });
  rig.ask(rig.leader, { kind: "compact", revision: rig.leader.view.revision });
  rig.run(SECOND);
  const raised = active(rig).map(({ member }) => member);
  assert.ok(raised.includes(rig.leader.id));
  for (const member of raised) disarm(rig, member);
  assert.equal(active(rig), []);
  // the file is as large as before
  assert.is(outcome(rig.ask(rig.leader, put("big", 0, 20_000))), NO_SPACE);
  assert.equal(active(rig), [{ member: rig.leader.id, alarm: "NOSPACE" }]);
  for (const member of rig.cluster.members) rig.ask(member, { kind: "defragment" });
  assert.is(outcome(rig.ask(rig.leader, put("big", 0, 20_000))), NO_SPACE, "the alarm is still there");
  for (const { member } of active(rig)) disarm(rig, member);
  assert.is(outcome(rig.ask(rig.leader, put("big", 0, 20_000))), "ok");
  assert.equal(active(rig), []);
});

test("member 0 means all members", () => {
  const rig = new Rig();
  for (const { id } of rig.cluster.members) {
    rig.ask(rig.leader, { kind: "alarm", action: "activate", member: id, alarm: "NOSPACE" });
  }
  assert.is(active(rig).length, 3);
  disarm(rig, rig.cluster.members[1]!.id);
  assert.equal(
    active(rig).map(({ member }) => member),
    [1, 3],
  );
  assert.is(outcome(rig.ask(rig.leader, put("a"))), NO_SPACE);
});

test("checked when applied as well: what fits when it is proposed may not when it takes effect", () => {
  const rig = new Rig({ etcd: { quotaBytes: QUOTA } });
  const { leader } = rig;
  while (QUOTA - leader.view.databaseBytes > 1_500_000) rig.ask(leader, put("key", 0, 1_000_000));
  // each fits alone; all are proposed before the first is applied
  const replies = ["a", "b", "c"].map((key) => rig.call(leader, put(key, 0, 1_000_000)));
  rig.run(50 * MS);
  assert.equal(replies.map(outcome), ["ok", NO_SPACE, NO_SPACE]);
  // every member looks at its own file: all three are full
  const raised = active(rig).map(({ member }) => member);
  assert.equal(raised.sort(), [1, 2, 3]);
});

test.run();
