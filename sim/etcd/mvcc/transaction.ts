// Transactions: comparisons, which of the two branches is taken, and its operations. All comparisons, nested ones too, are made before
// anything is changed; then the operations of the path taken are checked, and then they are done. An error changes nothing.
// Source: etcd's apply of Txn (checkRequests, compareToPath), as documented.
import { assert } from "../../engine/assert.ts";
import type { OpAnswer, RangeAnswer, TxnAnswer } from "../answer.ts";
import { ERRORS, type EtcdError } from "../error.ts";
import type { Compare, KeyValue, PutRequest, RangeRequest, TxnOp, TxnRequest } from "../request.ts";
import type { Store } from "./store.ts";
import { Version, visibleAt } from "./version.ts";

/** What a reader sees: the store as of `revision`, where revisions before `compactedRevision` cannot be read. */
export interface ReadPosition {
  readonly revision: number;
  readonly compactedRevision: number;
}

/** Why a range cannot be read, or null. */
export function checkRange(request: RangeRequest, position: ReadPosition): EtcdError | null {
  if (request.revision > position.revision) return ERRORS.futureRevision;
  if (request.revision > 0 && request.revision < position.compactedRevision) return ERRORS.compacted;
  return null;
}

/** Reads a range that {@link checkRange} found readable; `newest` is the revision that a request without one gets. */
export function readRange(store: Store, request: RangeRequest, newest: number): RangeAnswer {
  const { key, rangeEnd, limit } = request;
  const revision = request.revision > 0 ? request.revision : newest;
  const found = store.index.range(key, rangeEnd, revision, limit, request.countOnly === true);
  const kvs = request.keysOnly === true ? found.versions.map(withoutValue) : found.versions;
  return { kind: "range", revision: newest, kvs, count: found.count, more: limit > 0 && found.count > limit };
}

function withoutValue(kv: KeyValue): KeyValue {
  return new Version(kv.key, null, 0, kv.createRevision, kv.modRevision, kv.version, kv.lease, null);
}

/** Does the transaction, with all it may do, only read? Such transactions do not go through the log. */
export function isReadOnly(request: TxnRequest): boolean {
  return request.success.every(readsOnly) && request.failure.every(readsOnly);
}

function readsOnly(op: TxnOp): boolean {
  return op.kind === "range" || (op.kind === "txn" && isReadOnly(op));
}

/** Why a put cannot be done, or null; in a transaction a missing key is noticed before a missing lease. */
export function checkPut(store: Store, request: PutRequest, inTxn: boolean): EtcdError | null {
  const leaseMissing = request.lease !== 0 && store.leases.find(request.lease) === undefined;
  if (leaseMissing && !inTxn) return ERRORS.leaseNotFound;
  if (request.ignoreValue === true || request.ignoreLease === true) {
    const newest = store.index.newest(request.key);
    if (newest === null || newest.version === 0) return ERRORS.keyNotFound;
  }
  return leaseMissing ? ERRORS.leaseNotFound : null;
}

/** Does a transaction that may write, on the newest state. */
export function executeTxn(store: Store, request: TxnRequest): TxnAnswer | EtcdError {
  return new Run(store, store, store.revision + 1).execute(request);
}

/** Does a transaction that only reads, as of a position. */
export function executeReadOnlyTxn(store: Store, request: TxnRequest, position: ReadPosition): TxnAnswer | EtcdError {
  return new Run(store, position, 0).execute(request);
}

class Run {
  private readonly store: Store;
  private readonly position: ReadPosition;
  // of all changes; 0 in a transaction that only reads
  private readonly writeRevision: number;
  // which branch each transaction takes, in the order in which they are met
  private readonly path: boolean[] = [];
  private step = 0;

  constructor(store: Store, position: ReadPosition, writeRevision: number) {
    this.store = store;
    this.position = position;
    this.writeRevision = writeRevision;
  }

  execute(request: TxnRequest): TxnAnswer | EtcdError {
    this.decide(request);
    const error = this.check(request);
    if (error !== null) return error;
    this.step = 0;
    return this.perform(request);
  }

  private decide(request: TxnRequest): void {
    let succeeded = true;
    for (let i = 0; succeeded && i < request.compare.length; i++) succeeded = this.holds(request.compare[i]!);
    this.path.push(succeeded);
    for (const op of succeeded ? request.success : request.failure) if (op.kind === "txn") this.decide(op);
  }

  private check(request: TxnRequest): EtcdError | null {
    for (const op of this.path[this.step++] ? request.success : request.failure) {
      let error: EtcdError | null = null;
      if (op.kind === "txn") error = this.check(op);
      else if (op.kind === "range") error = checkRange(op, this.position);
      else if (op.kind === "put") error = checkPut(this.store, op, true);
      if (error !== null) return error;
    }
    return null;
  }

  private perform(request: TxnRequest): TxnAnswer {
    const succeeded = this.path[this.step++]!;
    const responses: OpAnswer[] = [];
    for (const op of succeeded ? request.success : request.failure) responses.push(this.operate(op));
    return { kind: "txn", revision: this.revision, succeeded, responses };
  }

  private operate(op: TxnOp): OpAnswer {
    if (op.kind === "txn") return this.perform(op);
    if (op.kind === "range") return readRange(this.store, op, this.revision);
    assert(this.writeRevision > 0, "a transaction that only reads has no changes");
    if (op.kind === "put") return this.store.put(op, this.writeRevision);
    return this.store.deleteRange(op, this.writeRevision);
  }

  // a transaction reads its own changes
  private get revision(): number {
    return this.writeRevision > 0 ? this.store.revision : this.position.revision;
  }

  private holds(compare: Compare): boolean {
    if (compare.rangeEnd === "") {
      const kv = visibleAt(this.store.index.newest(compare.key), this.revision);
      if (kv !== null) return relates(compare, fieldOf(compare, kv));
      return compare.target !== "value" && relates(compare, 0);
    }
    const found = this.store.index.range(compare.key, compare.rangeEnd, this.revision, 0, false);
    if (found.count > 0) return found.versions.every((kv) => relates(compare, fieldOf(compare, kv)));
    // there is no value to compare with, but all numbers of a missing key are 0
    return compare.target !== "value" && relates(compare, 0);
  }
}

function fieldOf(compare: Compare, kv: KeyValue): unknown {
  switch (compare.target) {
    case "version":
      return kv.version;
    case "create":
      return kv.createRevision;
    case "mod":
      return kv.modRevision;
    case "lease":
      return kv.lease;
    case "value":
      return kv.value;
  }
}

function relates(compare: Compare, left: unknown): boolean {
  const right = compare.operand;
  if (compare.result === "=") return left === right;
  if (compare.result === "!=") return left !== right;
  const ordered =
    (typeof left === "number" && typeof right === "number") || (typeof left === "string" && typeof right === "string");
  assert(ordered, "only numbers and strings are less or greater");
  return compare.result === "<" ? left < right : left > right;
}
