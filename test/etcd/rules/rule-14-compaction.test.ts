// Rule 14: what a compaction made unreadable is refused, the compacted revision itself is not; deletions go in batches of 1000 with pauses
// of 10 ms; the file does not shrink.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { RangeAnswer } from "../../../sim/etcd/answer.ts";
import { get, MS, outcome, put, Rig, SECOND } from "./rig.ts";

const COMPACTED = "OutOfRange: etcdserver: mvcc: required revision has been compacted";
const FUTURE = "OutOfRange: etcdserver: mvcc: required revision is a future revision";

/** A store of 100 revisions of one key after the first, compacted at 50. */
function compacted(): Rig {
  const rig = new Rig();
  for (let i = 0; i < 100; i++) rig.call(rig.leader, put("a"));
  rig.run(100 * MS);
  assert.is(rig.leader.view.revision, 101);
  assert.is(outcome(rig.ask(rig.leader, { kind: "compact", revision: 50 })), "ok");
  rig.run(SECOND);
  return rig;
}

test("compactions at or below the compacted revision, or in the future, are refused", () => {
  const rig = compacted();
  const compact = (revision: number) => outcome(rig.ask(rig.leader, { kind: "compact", revision }));
  assert.is(compact(50), COMPACTED);
  assert.is(compact(30), COMPACTED);
  assert.is(compact(102), FUTURE);
  assert.is(compact(100_000), FUTURE);
  assert.is(compact(101), "ok");
});

test("ranges below the compacted revision fail on every member, at it they work", () => {
  const rig = compacted();
  for (const member of rig.cluster.members) {
    for (const serializable of [false, true]) {
      const range = (revision: number) => outcome(rig.ask(member, get("a", serializable, revision)));
      assert.is(range(10), COMPACTED);
      assert.is(range(49), COMPACTED);
      assert.is(range(50), "ok");
      assert.is(range(51), "ok");
      assert.is(range(101), "ok");
      assert.is(range(100_000), FUTURE);
    }
  }
  const reply = rig.ask(rig.leader, { kind: "txn", compare: [], success: [get("a", false, 10)], failure: [] });
  assert.is(outcome(reply), COMPACTED);
});

test("what the answer holds is of the revision that was asked for", () => {
  const rig = compacted();
  const at = (revision: number) => {
    const { value } = rig.ask(rig.leader, get("a", false, revision));
    return (value as RangeAnswer).kvs.map((kv) => [kv.modRevision, kv.version]);
  };
  assert.equal(at(50), [[50, 49]]);
  assert.equal(at(0), [[101, 100]]);
});

test("1000 deletions at a time, 10 ms apart; the file stays as large as it was", () => {
  const rig = new Rig();
  const { leader } = rig;
  for (let i = 0; i < 4_500; i++) rig.call(leader, put("a", 0, 1_000));
  rig.run(200 * MS);
  const { view } = leader;
  const fileBytes = view.databaseBytes;
  const sizes: [number, number][] = [];
  let last = view.databaseInUseBytes;
  const before = last;
  const reply = rig.call(leader, { kind: "compact", revision: 4_501 });
  for (let i = 0; i < 1_200; i++) {
    rig.run(100);
    if (view.databaseInUseBytes === last) continue;
    sizes.push([rig.now, view.databaseInUseBytes - last]);
    last = view.databaseInUseBytes;
  }
  assert.is(outcome(reply), "ok");
  assert.is(sizes.length, 5);
  const gaps = sizes.slice(1).map(([at], i) => at - sizes[i]![0]);
  for (const gap of gaps) assert.ok(gap >= 10 * MS && gap <= 11 * MS, `${gap}`);
  // 1000 versions of 1000 bytes and more at a time, the rest at last
  for (const [, change] of sizes.slice(0, 4)) assert.ok(change <= -1_000_000, `${change}`);
  assert.ok(sizes[4]![1] > -700_000, `${sizes[4]![1]}`);
  assert.ok(before - last > 4_400_000);
  assert.is(view.databaseBytes, fileBytes);
  assert.is(outcome(rig.ask(leader, { kind: "defragment" })), "ok");
  assert.is(view.databaseBytes, view.databaseInUseBytes);
  // of this member only
  assert.is(rig.followers[0]!.view.databaseBytes, fileBytes);
});

test.run();
