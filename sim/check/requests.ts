// What clients ask: requests of each kind, drawn from a client's own stream. Values are unique numbers, so that a read tells which
// write it saw. Keys with a lease are apart from the others: they go away without being asked.
import type { RandomStream } from "../engine/random.ts";
import type { EtcdRequest, KeyValue, PutRequest, RangeRequest, TxnOp } from "../etcd/request.ts";
import type { OperationKind } from "./setup.ts";

/** What a client remembers, to build upon. */
export interface Memory {
  /** Newest value seen or written, by key. */
  readonly values: Map<string, { readonly value: number; readonly modRevision: number }>;
  /** Leases that it has and thinks alive. */
  readonly leases: number[];
  /** Newest revision seen. */
  revision: number;
}

export interface RequestSource {
  readonly random: RandomStream;
  readonly keys: readonly string[];
  readonly leasedKeys: readonly string[];
  readonly memory: Memory;
  /** Largest value. */
  readonly valueBytes: number;
  /** A number that nobody had before. */
  unique(): number;
}

/** Kinds that are more than one request, or concern a member. */
export type PlainKind = Exclude<
  OperationKind,
  "burst" | "watch" | "unwatch" | "moveLeader" | "addMember" | "addLearner" | "promote" | "removeMember"
>;

/** Draws a request. A kind that needs something that the client does not have becomes the one that gets it. */
export function drawRequest(kind: PlainKind, source: RequestSource): EtcdRequest {
  const { random, memory } = source;
  const key = one(random, source.keys);
  switch (kind) {
    case "put":
      return put(key, source, { prevKv: random.int(3) === 0 });
    case "leasedPut": {
      const lease = memory.leases.at(-1);
      if (lease === undefined) return grant(source);
      return put(one(random, source.leasedKeys), source, { lease });
    }
    case "get":
      return range(key, "", {});
    case "serializableGet":
      return random.int(2) === 0 ? range(key, "", { serializable: true }) : range("k", "l", { serializable: true });
    case "range":
      if (random.int(4) === 0) return range("m", "n", {});
      return range("k", "l", random.int(4) === 0 ? { countOnly: true } : random.int(4) === 0 ? { limit: 2 } : {});
    case "delete":
      return { kind: "deleteRange", key, rangeEnd: "", prevKv: random.int(2) === 0 };
    case "deleteRange":
      return { kind: "deleteRange", key, rangeEnd: "l", prevKv: random.int(2) === 0 };
    case "createOnly":
      return {
        kind: "txn",
        compare: [{ key, rangeEnd: "", target: random.int(2) === 0 ? "create" : "version", result: "=", operand: 0 }],
        success: [put(key, source, {})],
        failure: [range(key, "", {})],
      };
    case "swap":
      return swap(key, source);
    case "multiKey": {
      const other = one(random, source.keys);
      const success: TxnOp[] = [put(key, source, {})];
      if (other !== key) success.push({ kind: "deleteRange", key: other, rangeEnd: "" });
      success.push(range("k", "l", {}));
      return { kind: "txn", compare: [], success, failure: [] };
    }
    case "oldRead":
      return range("k", "l", { revision: Math.max(1, memory.revision - random.int(30)) });
    case "compact":
      return { kind: "compact", revision: Math.max(1, memory.revision - random.int(15)) };
    case "grant":
      return grant(source);
    case "keepAlive":
      return memory.leases.length === 0 ? grant(source) : { kind: "leaseKeepAlive", id: one(random, memory.leases) };
    case "revoke":
      return memory.leases.length === 0 ? grant(source) : { kind: "leaseRevoke", id: memory.leases.shift()! };
    case "timeToLive":
      return memory.leases.length === 0
        ? grant(source)
        : { kind: "leaseTimeToLive", id: one(random, memory.leases), keys: random.int(2) === 0 };
    case "defragment":
      return { kind: "defragment" };
    case "disarm":
      return { kind: "alarm", action: "deactivate", member: 0, alarm: "NOSPACE" };
  }
}

function put(
  key: string,
  source: RequestSource,
  { lease = 0, prevKv = false }: { readonly lease?: number; readonly prevKv?: boolean },
): PutRequest {
  return {
    kind: "put",
    key,
    value: source.unique(),
    valueBytes: 10 + source.random.int(source.valueBytes),
    lease,
    prevKv,
  };
}

function range(key: string, rangeEnd: string, more: Partial<RangeRequest>): RangeRequest {
  return { kind: "range", key, rangeEnd, revision: 0, limit: 0, ...more };
}

/** As a client does that wants to change what it read: only if it is still so. */
function swap(key: string, source: RequestSource): EtcdRequest {
  const known = source.memory.values.get(key);
  if (known === undefined) return range(key, "", {});
  const compare =
    source.random.int(2) === 0
      ? ({ key, rangeEnd: "", target: "value", result: "=", operand: known.value } as const)
      : ({ key, rangeEnd: "", target: "mod", result: "=", operand: known.modRevision } as const);
  return { kind: "txn", compare: [compare], success: [put(key, source, {})], failure: [range(key, "", {})] };
}

function grant({ random, unique }: RequestSource): EtcdRequest {
  return { kind: "leaseGrant", id: unique(), ttlSeconds: 1 + random.int(5) };
}

/** Remembers what an answer showed of a key. */
export function remember(memory: Memory, kvs: readonly KeyValue[]): void {
  for (const kv of kvs) memory.values.set(kv.key, { value: kv.value as number, modRevision: kv.modRevision });
}

function one<T>(random: RandomStream, list: readonly T[]): T {
  return list[random.int(list.length)]!;
}
