// Sizes of requests as gRPC counts them: the recorded text, and the encoding's own examples.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { checkMessageSize } from "../../sim/etcd/message-size.ts";
import type { PutRequest, TxnRequest } from "../../sim/etcd/request.ts";

const put = (key: string, valueBytes: number, more: Partial<PutRequest> = {}): PutRequest => {
  return { kind: "put", key, value: 0, valueBytes, lease: 0, ...more };
};
const txn = (...success: PutRequest[]): TxnRequest => ({ kind: "txn", compare: [], success, failure: [] });

test("a put of 2.5 MB is refused with the size that etcd was recorded to tell", () => {
  const error = checkMessageSize(put("big", 2_500_000));
  assert.is(error?.code, "ResourceExhausted");
  assert.is(error?.message, "grpc: received message larger than max (2500010 vs. 2097152)");
});

test("the limit is 2 MiB, tags and lengths included", () => {
  // key: tag, length, 1; value: tag, 3 bytes of length
  assert.is(checkMessageSize(put("a", 2_097_152 - 3 - 4)), null);
  assert.ok(checkMessageSize(put("a", 2_097_152 - 3 - 3)) !== null);
  const flags = { prevKv: true, ignoreLease: true, lease: 300 };
  assert.ok(checkMessageSize(put("a", 2_097_152 - 3 - 4 - 6, flags)) !== null);
  assert.is(checkMessageSize(put("a", 2_097_152 - 3 - 4 - 7, flags)), null);
});

test("a transaction counts all its operations, whichever branch is taken", () => {
  const half = put("a", 1_048_576);
  assert.is(checkMessageSize(txn(half)), null);
  assert.ok(checkMessageSize(txn(half, half)) !== null);
  assert.ok(checkMessageSize({ ...txn(half), failure: [half] }) !== null);
  assert.ok(checkMessageSize({ ...txn(), success: [txn(half, half)] }) !== null);
  const compare = { key: "k".repeat(1_048_576), rangeEnd: "", target: "value", result: "=", operand: "" } as const;
  assert.ok(checkMessageSize({ ...txn(half), compare: [compare] }) !== null);
  assert.is(checkMessageSize({ kind: "range", key: "k".repeat(3_000_000), rangeEnd: "", revision: 0, limit: 0 }), null);
});

test.run();
