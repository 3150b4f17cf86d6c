// What is refused before it goes anywhere, and what a request costs the quota: with the texts that etcd was recorded to give.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { requestCostBytes } from "../../../sim/etcd/mvcc/quota-cost.ts";
import { validateRequest } from "../../../sim/etcd/mvcc/validate.ts";
import type { PutRequest, TxnOp, TxnRequest } from "../../../sim/etcd/request.ts";

const put = (key: string, more: Partial<PutRequest> = {}): PutRequest => ({
  kind: "put",
  key,
  value: "v",
  valueBytes: 1,
  lease: 0,
  ...more,
});
const del = (key: string, rangeEnd = ""): TxnOp => ({ kind: "deleteRange", key, rangeEnd });
const txn = (success: TxnOp[], failure: TxnOp[] = []): TxnRequest => ({ kind: "txn", compare: [], success, failure });
const texts = (request: Parameters<typeof validateRequest>[0]) => {
  const error = validateRequest(request);
  return error === null ? "OK" : `${error.code} ${error.message}`;
};

test("keys, and values and leases beside a wish to keep the old ones", () => {
  const noKey = "InvalidArgument etcdserver: key is not provided";
  assert.is(texts(put("")), noKey);
  assert.is(texts({ kind: "range", key: "", rangeEnd: "", revision: 0, limit: 0 }), noKey);
  assert.is(texts({ kind: "deleteRange", key: "", rangeEnd: "\0" }), noKey);
  assert.is(texts(txn([put("")])), noKey);
  assert.is(texts(put("a", { ignoreValue: true })), "InvalidArgument etcdserver: value is provided");
  assert.is(texts(put("a", { ignoreLease: true, lease: 1 })), "InvalidArgument etcdserver: lease is provided");
  assert.is(texts(put("a", { ignoreValue: true, valueBytes: 0, ignoreLease: true })), "OK");
});

test("at most 128 operations or comparisons, nested ones counted on top", () => {
  const many = (n: number) => Array.from({ length: n }, (_, i) => put(`k${i}`));
  const tooMany = "InvalidArgument etcdserver: too many operations in txn request";
  assert.is(texts(txn(many(128))), "OK");
  assert.is(texts(txn(many(129))), tooMany);
  assert.is(texts(txn([txn(many(127))])), "OK");
  assert.is(texts(txn([txn(many(128))])), tooMany);
});

test("no key is put twice, or put and deleted, by operations that may all be done", () => {
  const duplicate = "InvalidArgument etcdserver: duplicate key given in txn request";
  assert.is(texts(txn([put("a"), put("a")])), duplicate);
  assert.is(texts(txn([put("a")], [put("a")])), "OK");
  assert.is(texts(txn([put("b"), del("a", "c")])), duplicate);
  assert.is(texts(txn([put("c"), del("a", "c")])), "OK");
  assert.is(texts(txn([put("c"), del("a", "\0")])), duplicate);
  assert.is(texts(txn([del("a", "c"), del("a", "c")])), "OK");
  assert.is(texts(txn([txn([put("a")], [put("a")])])), "OK");
  assert.is(texts(txn([txn([put("a")]), put("a")])), duplicate);
  assert.is(texts(txn([put("b"), txn([del("a", "c")])])), duplicate);
  assert.is(texts(txn([txn([del("a", "c")], [put("b")])])), duplicate);
  assert.is(texts(txn([txn([put("a")]), txn([], [put("a")])])), duplicate);
  assert.is(texts(txn([txn([put("b")]), txn([del("a", "c")])])), "OK");
  assert.is(texts(txn([txn([del("a", "c")]), txn([put("b")])])), duplicate);
});

test("the quota counts puts and grants, of a transaction the dearer branch", () => {
  assert.is(requestCostBytes(put("abc", { valueBytes: 100 })), 256 + 103);
  assert.is(requestCostBytes({ kind: "leaseGrant", id: 1, ttlSeconds: 1 }), 64);
  assert.is(requestCostBytes(txn([put("a"), txn([put("b")])], [put("c")])), 2 * (256 + 2));
  assert.is(requestCostBytes(txn([del("a")], [])), 0);
  for (const request of [del("a"), { kind: "compact", revision: 1 }, { kind: "leaseRevoke", id: 1 }] as const) {
    assert.is(requestCostBytes(request), 0);
  }
});

test.run();
