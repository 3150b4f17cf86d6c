// Rule 9: a request of more than 1.5 MiB is too large, gRPC refuses a message of 512 KiB more than that; 128 operations in a transaction.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { outcome, put, Rig } from "./rig.ts";

const LIMIT = 1.5 * 1024 * 1024;

test("1.5 MiB with key and framing", () => {
  const rig = new Rig();
  assert.is(outcome(rig.ask(rig.leader, put("a", 0, LIMIT - 100))), "ok");
  const refused = rig.ask(rig.leader, put("a", 0, LIMIT));
  assert.is(outcome(refused), "InvalidArgument: etcdserver: request is too large");
  const long = "k".repeat(200);
  assert.is(outcome(rig.ask(rig.leader, put(long, 0, LIMIT - 100))), outcome(refused));
});

test("the operations of a transaction count together", () => {
  const rig = new Rig();
  const txn = (valueBytes: number) =>
    ({ kind: "txn", compare: [], success: [put("a", 0, valueBytes), put("b", 0, valueBytes)], failure: [] }) as const;
  assert.is(outcome(rig.ask(rig.leader, txn(LIMIT / 2 - 100))), "ok");
  assert.is(outcome(rig.ask(rig.leader, txn(LIMIT / 2 + 1))), "InvalidArgument: etcdserver: request is too large");
});

test("above 2 MiB it is gRPC that refuses the message", () => {
  const rig = new Rig();
  assert.is(
    outcome(rig.ask(rig.leader, put("big", 0, 2_000_000))),
    "InvalidArgument: etcdserver: request is too large",
  );
  const reply = rig.ask(rig.followers[0]!, put("big", 0, 2_500_000));
  assert.ok(
    /^ResourceExhausted: grpc: received message larger than max \(25000\d\d vs\. 2097152\)$/.test(outcome(reply)),
    outcome(reply),
  );
});

test("128 operations, of compares and of each branch", () => {
  const rig = new Rig();
  const puts = (count: number) => Array.from({ length: count }, (_, i) => put(`key-${i}`));
  const compares = (count: number) =>
    Array.from({ length: count }, (_, i) => {
      return { key: `key-${i}`, rangeEnd: "", target: "version", result: "=", operand: 0 } as const;
    });
  const call = (compare: number, success: number, failure: number) =>
    outcome(
      rig.ask(rig.leader, {
        kind: "txn",
        compare: compares(compare),
        success: puts(success),
        failure: puts(failure),
      }),
    );
  const tooMany = "InvalidArgument: etcdserver: too many operations in txn request";
  assert.is(call(128, 128, 128), "ok");
  assert.is(call(0, 129, 0), tooMany);
  assert.is(call(0, 0, 129), tooMany);
  assert.is(call(129, 1, 1), tooMany);
});

test.run();
