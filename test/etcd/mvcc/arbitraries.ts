// Random requests to a store with few keys, so that they meet often.
import fc from "fast-check";
import type { Compare, TxnOp, TxnRequest, WriteRequest } from "../../../sim/etcd/request.ts";

const KEYS = ["a", "a/1", "a/2", "b", "b/1", "c"];
const key = fc.constantFrom(...KEYS);
const rangeEnd = fc.constantFrom("", "", "b", "c", "\0", "a/2");
const revision = fc.integer({ min: 0, max: 30 });
const lease = fc.constantFrom(0, 0, 0, 0, 0, 1, 2);

const put = fc
  .record({ key, value: fc.integer({ min: 0, max: 5 }), lease, flags: fc.integer({ min: 0, max: 15 }) })
  .map(({ key, value, lease, flags }) => ({
    kind: "put" as const,
    key,
    value,
    valueBytes: 10 * value,
    lease,
    prevKv: (flags & 1) !== 0,
    ignoreValue: (flags & 6) === 6,
    ignoreLease: (flags & 10) === 10,
  }));
const deletion = fc
  .record({ key, rangeEnd, prevKv: fc.boolean() })
  .map((fields) => ({ kind: "deleteRange" as const, ...fields }));
const range = fc
  .record({ key, rangeEnd, revision: fc.oneof(fc.constant(0), revision), limit: fc.integer({ min: 0, max: 3 }) })
  .map((fields) => ({ kind: "range" as const, ...fields }));
const compare: fc.Arbitrary<Compare> = fc.record({
  key,
  rangeEnd,
  target: fc.constantFrom("version", "create", "mod", "value", "lease"),
  result: fc.constantFrom("=", "!=", ">", "<"),
  operand: fc.integer({ min: 0, max: 6 }),
});

function txn(depth: number): fc.Arbitrary<TxnRequest> {
  const plain: fc.Arbitrary<TxnOp> = fc.oneof(put, deletion, range);
  const op = depth === 0 ? plain : fc.oneof({ weight: 4, arbitrary: plain }, { weight: 1, arbitrary: txn(depth - 1) });
  const branch = fc.array(op, { maxLength: 3 });
  return fc
    .record({ compare: fc.array(compare, { maxLength: 2 }), success: branch, failure: branch })
    .map((fields) => ({ kind: "txn" as const, ...fields }));
}

export const transaction: fc.Arbitrary<TxnRequest> = txn(2);

export const write: fc.Arbitrary<WriteRequest> = fc.oneof(
  { weight: 8, arbitrary: put },
  { weight: 3, arbitrary: deletion },
  { weight: 4, arbitrary: transaction },
  { weight: 3, arbitrary: revision.map((revision) => ({ kind: "compact" as const, revision })) },
  {
    weight: 2,
    arbitrary: fc
      .record({ id: fc.integer({ min: 1, max: 3 }), ttlSeconds: fc.constantFrom(1, 5, 9_000_000_001) })
      .map((fields) => ({ kind: "leaseGrant" as const, ...fields })),
  },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }).map((id) => ({ kind: "leaseRevoke" as const, id })) },
);
