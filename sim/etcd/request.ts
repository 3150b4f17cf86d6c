// What a client may ask of an etcd member and what it is answered, by the names of etcd's gRPC services (KV, Lease, Watch, Cluster,
// Maintenance). Plain data, never changed after it is made: requests travel through the log, and all members share them.
// Values are any immutable data with their size in bytes; keys order by UTF-16 code unit, which for ASCII is byte order.

/** One key: `rangeEnd` "" is that key alone, {@link FROM_KEY} everything from it on, otherwise the half-open range. */
export interface KeyRange {
  readonly key: string;
  readonly rangeEnd: string;
}
export const FROM_KEY = "\0";

export interface PutRequest {
  readonly kind: "put";
  readonly key: string;
  readonly value: unknown;
  /** Of the value, encoded. */
  readonly valueBytes: number;
  /** 0 for none. */
  readonly lease: number;
  readonly prevKv?: boolean;
  /** Keep the value that is there; an error when there is none. */
  readonly ignoreValue?: boolean;
  readonly ignoreLease?: boolean;
  /** It stands for so many writes of keys that were there, this one included, which have left so many bytes in the file. */
  readonly standsFor?: { readonly count: number; readonly bytes: number };
}

export interface RangeRequest extends KeyRange {
  readonly kind: "range";
  /** 0 for the newest. */
  readonly revision: number;
  /** 0 for no limit. */
  readonly limit: number;
  readonly countOnly?: boolean;
  readonly keysOnly?: boolean;
  /** Answered from the member's own state, which may be old. Default: linearizable. */
  readonly serializable?: boolean;
}

export interface DeleteRangeRequest extends KeyRange {
  readonly kind: "deleteRange";
  readonly prevKv?: boolean;
}

export type CompareTarget = "version" | "create" | "mod" | "value" | "lease";
/** Holds when it holds for every key of the range; a key that is not there has version, revisions and lease 0. */
export interface Compare extends KeyRange {
  readonly target: CompareTarget;
  readonly result: "=" | "!=" | ">" | "<";
  readonly operand: unknown;
}

export type TxnOp = PutRequest | RangeRequest | DeleteRangeRequest | TxnRequest;
export interface TxnRequest {
  readonly kind: "txn";
  readonly compare: readonly Compare[];
  readonly success: readonly TxnOp[];
  readonly failure: readonly TxnOp[];
}

export interface CompactRequest {
  readonly kind: "compact";
  readonly revision: number;
}
export interface LeaseGrantRequest {
  readonly kind: "leaseGrant";
  /** 0: the server chooses. */
  readonly id: number;
  readonly ttlSeconds: number;
}
export interface LeaseRevokeRequest {
  readonly kind: "leaseRevoke";
  readonly id: number;
}
export interface LeaseKeepAliveRequest {
  readonly kind: "leaseKeepAlive";
  readonly id: number;
}
export interface LeaseTimeToLiveRequest {
  readonly kind: "leaseTimeToLive";
  readonly id: number;
  readonly keys?: boolean;
}
export interface MemberAddRequest {
  readonly kind: "memberAdd";
  /** Host of the new member: it is what a peer URL is to etcd. */
  readonly host: string;
  readonly isLearner: boolean;
}
export interface MemberRemoveRequest {
  readonly kind: "memberRemove";
  readonly id: number;
}
export interface MemberPromoteRequest {
  readonly kind: "memberPromote";
  readonly id: number;
}
export interface MemberListRequest {
  readonly kind: "memberList";
  readonly serializable?: boolean;
}
export interface MoveLeaderRequest {
  readonly kind: "moveLeader";
  readonly target: number;
}
export type AlarmType = "NOSPACE" | "CORRUPT";
export interface AlarmRequest {
  readonly kind: "alarm";
  readonly action: "list" | "activate" | "deactivate";
  /** 0: all members. */
  readonly member: number;
  readonly alarm: AlarmType;
}
export interface DefragmentRequest {
  readonly kind: "defragment";
}
export interface StatusRequest {
  readonly kind: "status";
}
/** `/health`: a linearizable read, and the alarms. */
export interface HealthRequest {
  readonly kind: "health";
}
/** The whole database as of now, for a backup. */
export interface SnapshotRequest {
  readonly kind: "snapshot";
}

/** Requests that go through the log. */
export type WriteRequest =
  | PutRequest
  | DeleteRangeRequest
  | TxnRequest
  | CompactRequest
  | LeaseGrantRequest
  | LeaseRevokeRequest;
export type EtcdRequest =
  | WriteRequest
  | RangeRequest
  | LeaseKeepAliveRequest
  | LeaseTimeToLiveRequest
  | MemberAddRequest
  | MemberRemoveRequest
  | MemberPromoteRequest
  | MemberListRequest
  | MoveLeaderRequest
  | AlarmRequest
  | DefragmentRequest
  | StatusRequest
  | HealthRequest
  | SnapshotRequest;

/** One version of one key. */
export interface KeyValue {
  readonly key: string;
  readonly value: unknown;
  readonly valueBytes: number;
  readonly createRevision: number;
  readonly modRevision: number;
  /** 1 at creation, and one more with each put. */
  readonly version: number;
  readonly lease: number;
}

/** A change of one key, as watches tell it. A deletion's `kv` has key and modRevision only; the rest is 0 or null. */
export interface WatchEvent {
  readonly type: "put" | "delete";
  readonly kv: KeyValue;
  readonly prevKv: KeyValue | null;
}
