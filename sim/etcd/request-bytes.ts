// How large requests are in the log, about as etcd's protobuf encodes them: limits and disks count it.

import type { Command } from "./mvcc/command.ts";
import type { TxnRequest } from "./request.ts";

/** Encoded size of a request, about. */
export function requestBytes(request: Command["request"]): number {
  switch (request.kind) {
    case "put":
      return 24 + request.key.length + request.valueBytes;
    case "txn":
      return 24 + txnBytes(request);
    case "deleteRange":
      return 24 + request.key.length + request.rangeEnd.length;
    default:
      return 32;
  }
}

function txnBytes(txn: TxnRequest): number {
  let bytes = 8;
  for (const { key, rangeEnd } of txn.compare) bytes += 16 + key.length + rangeEnd.length;
  for (const branch of [txn.success, txn.failure]) {
    for (const op of branch) {
      if (op.kind === "txn") bytes += txnBytes(op);
      else if (op.kind === "put") bytes += 8 + op.key.length + op.valueBytes;
      else bytes += 8 + op.key.length + op.rangeEnd.length;
    }
  }
  return bytes;
}
