// What etcd refuses before a request goes anywhere: keys, sizes and numbers of operations. A pure function of the request.
// Source: etcd api/v3rpc/key.go, as documented, and the recorded errors.
import { ERRORS, type EtcdError } from "../error.ts";
import type { EtcdRequest, PutRequest, TxnOp, TxnRequest } from "../request.ts";
import { FROM_KEY } from "../request.ts";

/** etcd's default of --max-txn-ops. */
export const MAX_TXN_OPS = 128;

/** Why a request is refused, or null. */
export function validateRequest(request: EtcdRequest, maxTxnOps = MAX_TXN_OPS): EtcdError | null {
  switch (request.kind) {
    case "put":
      return validatePut(request);
    case "range":
    case "deleteRange":
      return request.key === "" ? ERRORS.emptyKey : null;
    case "txn":
      return validateTxn(request, maxTxnOps) ?? duplicates(request);
    default:
      return null;
  }
}

function validatePut(request: PutRequest): EtcdError | null {
  if (request.key === "") return ERRORS.emptyKey;
  if (request.ignoreValue === true && request.valueBytes > 0) return ERRORS.valueProvided;
  if (request.ignoreLease === true && request.lease !== 0) return ERRORS.leaseProvided;
  return null;
}

function validateTxn(request: TxnRequest, maxOps: number): EtcdError | null {
  const { compare, success, failure } = request;
  const ops = Math.max(compare.length, success.length, failure.length);
  if (ops > maxOps) return ERRORS.tooManyOps;
  for (const { key } of compare) if (key === "") return ERRORS.emptyKey;
  for (const branch of [success, failure]) {
    for (const op of branch) {
      const error = op.kind === "txn" ? validateTxn(op, maxOps - ops) : validateRequest(op);
      if (error !== null) return error;
    }
  }
  return null;
}

function duplicates(request: TxnRequest): EtcdError | null {
  // one operation, as in nearly all transactions of an API server, is no duplicate of anything
  if (isSingle(request.success) && isSingle(request.failure)) return null;
  return changesOf(request.success) === null || changesOf(request.failure) === null ? ERRORS.duplicateKey : null;
}

function isSingle(ops: readonly TxnOp[]): boolean {
  return ops.length === 0 || (ops.length === 1 && ops[0]!.kind !== "txn");
}

interface Changes {
  readonly puts: Set<string>;
  readonly deletions: { readonly key: string; readonly rangeEnd: string }[];
}

// What a branch may change; null when it may put a key twice, or put and delete it. As in etcd, two branches of which only one is taken
// may put the same key, but not one put what the other deletes; and a nested deletion is not held against earlier puts.
function changesOf(ops: readonly TxnOp[]): Changes | null {
  const all: Changes = { puts: new Set(), deletions: [] };
  for (const op of ops) if (op.kind === "deleteRange") all.deletions.push(op);
  for (const op of ops) {
    if (op.kind !== "txn") continue;
    const success = changesOf(op.success);
    const failure = changesOf(op.failure);
    if (success === null || failure === null) return null;
    all.deletions.push(...success.deletions, ...failure.deletions);
    for (const key of success.puts) if (all.puts.has(key) || isDeleted(all, key)) return null;
    for (const key of failure.puts) if (all.puts.has(key) || isDeleted(all, key)) return null;
    for (const key of success.puts) all.puts.add(key);
    for (const key of failure.puts) all.puts.add(key);
  }
  for (const op of ops) {
    if (op.kind !== "put") continue;
    if (all.puts.has(op.key) || isDeleted(all, op.key)) return null;
    all.puts.add(op.key);
  }
  return all;
}

function isDeleted(changes: Changes, key: string): boolean {
  return changes.deletions.some(({ key: from, rangeEnd }) =>
    rangeEnd === "" ? key === from : key >= from && (rangeEnd === FROM_KEY || key < rangeEnd),
  );
}
