// How large a client's request is as a gRPC message (protobuf), and the refusal of one that is too large: before etcd itself sees it.
// Source: etcd's rpc.proto; grpc-go's text, as recorded.
import { EtcdError } from "./error.ts";
import type { Compare, EtcdRequest, TxnOp } from "./request.ts";

/** etcd's --max-request-bytes of 1.5 MiB, and 512 KiB for what goes around it. */
const MAX_MESSAGE_BYTES = 2 * 1024 * 1024;

/** Why gRPC does not hand a request on, or null. */
export function checkMessageSize(request: EtcdRequest): EtcdError | null {
  // nothing else can be that large
  if (request.kind !== "put" && request.kind !== "txn") return null;
  const bytes = opBytes(request);
  if (bytes <= MAX_MESSAGE_BYTES) return null;
  return new EtcdError(
    "ResourceExhausted",
    `grpc: received message larger than max (${bytes} vs. ${MAX_MESSAGE_BYTES})`,
  );
}

function opBytes(op: TxnOp): number {
  switch (op.kind) {
    case "put": {
      const flags = flag(op.prevKv) + flag(op.ignoreValue) + flag(op.ignoreLease);
      return field(op.key.length) + field(op.valueBytes) + number(op.lease) + flags;
    }
    case "range":
      return field(op.key.length) + field(op.rangeEnd.length) + number(op.limit) + number(op.revision);
    case "deleteRange":
      return field(op.key.length) + field(op.rangeEnd.length) + flag(op.prevKv);
    case "txn": {
      let bytes = 0;
      for (const compare of op.compare) bytes += field(compareBytes(compare));
      for (const branch of [op.success, op.failure]) for (const inner of branch) bytes += field(field(opBytes(inner)));
      return bytes;
    }
  }
}

function compareBytes({ key, rangeEnd, operand }: Compare): number {
  const operandBytes =
    typeof operand === "string" ? field(operand.length) : typeof operand === "number" ? number(operand) : 0;
  return 4 + field(key.length) + field(rangeEnd.length) + operandBytes;
}

// a field of `bytes` bytes: tag, length, content; an empty one is left out
function field(bytes: number): number {
  return bytes === 0 ? 0 : 1 + varintBytes(bytes) + bytes;
}

function number(value: number): number {
  return value === 0 ? 0 : 1 + varintBytes(value);
}

function flag(isSet: boolean | undefined): number {
  return isSet === true ? 2 : 0;
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}
