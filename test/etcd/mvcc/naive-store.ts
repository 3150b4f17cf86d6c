// The store as the documentation of etcd tells it, without any cleverness: a plain map of all keys for every revision there ever was.
// The twin of ReplicatedState in tests.
import { ERRORS, EtcdError } from "../../../sim/etcd/error.ts";
import type { Compare, KeyValue, PutRequest, TxnOp, TxnRequest, WriteRequest } from "../../../sim/etcd/request.ts";

export interface NaiveEvent {
  readonly revision: number;
  readonly key: string;
  readonly value: unknown;
  readonly isDelete: boolean;
  readonly previousValue: unknown;
}

type Keys = Map<string, KeyValue>;

/** Plain data that a test can compare with an answer. */
export type Outcome = EtcdError | readonly unknown[];

export class NaiveStore {
  /** maps[r]: all keys as of revision r. */
  readonly maps: Keys[] = [new Map(), new Map()];
  readonly events: NaiveEvent[] = [];
  readonly leases = new Map<number, number>();
  compacted = -1;

  get revision(): number {
    return this.maps.length - 1;
  }

  range(key: string, rangeEnd: string, revision: number, newest = this.revision, compacted = this.compacted): Outcome {
    if (revision > newest) return ERRORS.futureRevision;
    if (revision > 0 && revision < compacted) return ERRORS.compacted;
    return inRange(this.maps[revision > 0 ? revision : newest]!, key, rangeEnd).map(plain);
  }

  apply(request: WriteRequest): Outcome {
    switch (request.kind) {
      case "compact":
        if (request.revision <= this.compacted) return ERRORS.compacted;
        if (request.revision > this.revision) return ERRORS.futureRevision;
        this.compacted = request.revision;
        return [this.revision];
      case "leaseGrant":
        if (request.ttlSeconds > 9e9) return ERRORS.leaseTtlTooLarge;
        if (this.leases.has(request.id)) return ERRORS.leaseExists;
        this.leases.set(request.id, Math.max(2, request.ttlSeconds));
        return [this.revision, Math.max(2, request.ttlSeconds)];
      case "leaseRevoke": {
        if (!this.leases.delete(request.id)) return ERRORS.leaseNotFound;
        const draft = new Draft(this);
        const held = [...draft.keys.values()].filter((kv) => kv.lease === request.id).map((kv) => kv.key);
        for (const key of held.sort()) draft.delete(key);
        draft.commit();
        return [this.revision];
      }
      default:
        return this.change(request);
    }
  }

  private change(request: TxnOp): Outcome {
    const draft = new Draft(this);
    let path: TxnOp = request;
    if (request.kind === "txn") path = chosen(request, draft.keys);
    else if (request.kind === "put" && request.lease !== 0 && !this.leases.has(request.lease))
      return ERRORS.leaseNotFound;
    const error = this.refusal(path, draft.keys);
    if (error !== null) return error;
    const outcome = draft.run(path);
    draft.commit();
    return outcome;
  }

  private refusal(op: TxnOp, keys: Keys): EtcdError | null {
    if (op.kind === "range") {
      const outcome = this.range(op.key, op.rangeEnd, op.revision);
      return outcome instanceof EtcdError ? outcome : null;
    }
    if (op.kind === "put") {
      if ((op.ignoreLease || op.ignoreValue) && !keys.has(op.key)) return ERRORS.keyNotFound;
      return op.lease !== 0 && !this.leases.has(op.lease) ? ERRORS.leaseNotFound : null;
    }
    if (op.kind === "txn") {
      for (const inner of op.success) {
        const error = this.refusal(inner, keys);
        if (error !== null) return error;
      }
    }
    return null;
  }
}

// one transaction being made
class Draft {
  readonly keys: Keys;
  private readonly store: NaiveStore;
  private readonly revision: number;
  private readonly events: NaiveEvent[] = [];

  constructor(store: NaiveStore) {
    this.store = store;
    this.keys = new Map(store.maps.at(-1));
    this.revision = store.revision + 1;
  }

  run(op: TxnOp): readonly unknown[] {
    switch (op.kind) {
      case "put":
        return this.put(op);
      case "deleteRange": {
        const found = inRange(this.keys, op.key, op.rangeEnd);
        for (const kv of found) this.delete(kv.key);
        return ["deleted", found.length, ...(op.prevKv ? found.map(plain) : [])];
      }
      case "range": {
        const map = op.revision > 0 ? (this.store.maps[op.revision] ?? this.keys) : this.keys;
        const found = inRange(map, op.key, op.rangeEnd);
        return ["range", found.length, ...found.slice(0, op.limit || Infinity).map(plain)];
      }
      case "txn":
        return ["txn", op.compare.length === 0, ...op.success.map((inner) => this.run(inner))];
    }
  }

  delete(key: string): void {
    const old = this.keys.get(key)!;
    this.keys.delete(key);
    this.events.push({ revision: this.revision, key, value: null, isDelete: true, previousValue: old.value });
  }

  commit(): void {
    if (this.events.length === 0) return;
    this.store.maps.push(this.keys);
    this.store.events.push(...this.events);
  }

  private put(op: PutRequest): readonly unknown[] {
    const old = this.keys.get(op.key);
    const value = op.ignoreValue ? old!.value : op.value;
    this.keys.set(op.key, {
      key: op.key,
      value,
      valueBytes: op.ignoreValue ? old!.valueBytes : op.valueBytes,
      createRevision: old?.createRevision ?? this.revision,
      modRevision: this.revision,
      version: (old?.version ?? 0) + 1,
      lease: op.ignoreLease ? old!.lease : op.lease,
    });
    this.events.push({
      revision: this.revision,
      key: op.key,
      value,
      isDelete: false,
      previousValue: old?.value ?? null,
    });
    return ["put", op.prevKv && old !== undefined ? plain(old) : null];
  }
}

// the transaction with its comparisons made: what is done stands in `success`; an empty `compare` says that they held
function chosen(request: TxnRequest, keys: Keys): TxnRequest {
  const held = request.compare.every((compare) => holds(compare, keys));
  const ops = (held ? request.success : request.failure).map((op) => (op.kind === "txn" ? chosen(op, keys) : op));
  return { kind: "txn", compare: held ? [] : request.compare, success: ops, failure: [] };
}

function holds(compare: Compare, keys: Keys): boolean {
  const found = inRange(keys, compare.key, compare.rangeEnd);
  const fields = found.map((kv): unknown => {
    if (compare.target === "create") return kv.createRevision;
    if (compare.target === "mod") return kv.modRevision;
    return kv[compare.target];
  });
  if (found.length === 0) {
    if (compare.target === "value") return false;
    fields.push(0);
  }
  const right = compare.operand as number;
  return fields.every((field) => {
    const left = field as number;
    if (compare.result === "=") return left === right;
    if (compare.result === "!=") return left !== right;
    return compare.result === "<" ? left < right : left > right;
  });
}

/** Keys of a range in order. */
function inRange(keys: Keys, key: string, rangeEnd: string): KeyValue[] {
  const all = [...keys.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  if (rangeEnd === "") return all.filter((kv) => kv.key === key);
  return all.filter((kv) => kv.key >= key && (rangeEnd === "\0" || kv.key < rangeEnd));
}

/** A version as plain data. */
export function plain(kv: KeyValue): unknown {
  const { key, value, valueBytes, createRevision, modRevision, version, lease } = kv;
  return [key, value, valueBytes, createRevision, modRevision, version, lease];
}
