// What a request may cost a database, as the space quota counts it: before it is proposed, when it is applied, and under a NOSPACE alarm.
// Requests that cost nothing (deletions, reads, compaction, revocation) are never refused for space. Source: etcd server/quota.go.
import type { TxnOp, WriteRequest } from "../request.ts";

const PUT_BYTES = 256;
const LEASE_GRANT_BYTES = 64;

/** Bytes, 0 for what the quota does not look at; of a transaction the dearer branch. */
export function requestCostBytes(request: WriteRequest | TxnOp): number {
  switch (request.kind) {
    case "put":
      return PUT_BYTES + request.key.length + request.valueBytes + (request.standsFor?.bytes ?? 0);
    case "txn":
      return Math.max(branchCostBytes(request.success), branchCostBytes(request.failure));
    case "leaseGrant":
      return LEASE_GRANT_BYTES;
    default:
      return 0;
  }
}

function branchCostBytes(ops: readonly TxnOp[]): number {
  let bytes = 0;
  for (const op of ops) bytes += requestCostBytes(op);
  return bytes;
}
