// How large requests are in the log, about as etcd's protobuf encodes them: limits and disks count it.

import { EtcdError } from "./error.ts";
import type { Command } from "./mvcc/command.ts";
import type { EtcdRequest, TxnRequest } from "./request.ts";

/** What a member's gRPC server takes: the largest request (1.5 MiB) and 512 KiB. */
const MAX_MESSAGE_BYTES = 2 * 1024 * 1024;

/** Why gRPC does not let a request through to etcd, or null. */
export function messageRefusal(request: EtcdRequest): EtcdError | null {
  if (request.kind !== "put" && request.kind !== "txn") return null;
  const bytes = request.kind === "put" ? putBytes(request.key.length, request.valueBytes) : requestBytes(request);
  if (bytes <= MAX_MESSAGE_BYTES) return null;
  return new EtcdError(
    "ResourceExhausted",
    `grpc: received message larger than max (${bytes} vs. ${MAX_MESSAGE_BYTES})`,
  );
}

// a tag and a length before each
function putBytes(keyBytes: number, valueBytes: number): number {
  return 1 + varintBytes(keyBytes) + keyBytes + 1 + varintBytes(valueBytes) + valueBytes;
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest /= 128) bytes++;
  return bytes;
}

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
