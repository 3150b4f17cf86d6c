// What an etcd member answers, by request. Plain data, never changed after it is made. `revision` is the header's: of the
// store when the answer was made. Errors are EtcdError.
import type { EtcdError } from "./error.ts";
import type { AlarmType, EtcdRequest, KeyValue } from "./request.ts";

export interface PutAnswer {
  readonly kind: "put";
  readonly revision: number;
  readonly prevKv: KeyValue | null;
}

export interface RangeAnswer {
  readonly kind: "range";
  readonly revision: number;
  readonly kvs: readonly KeyValue[];
  /** Keys in the range, whatever the limit. */
  readonly count: number;
  readonly more: boolean;
}

export interface DeleteRangeAnswer {
  readonly kind: "deleteRange";
  readonly revision: number;
  readonly deleted: number;
  readonly prevKvs: readonly KeyValue[];
}

export type OpAnswer = PutAnswer | RangeAnswer | DeleteRangeAnswer | TxnAnswer;

export interface TxnAnswer {
  readonly kind: "txn";
  readonly revision: number;
  /** Did the compares hold? */
  readonly succeeded: boolean;
  /** Of the operations of the branch that was taken. */
  readonly responses: readonly OpAnswer[];
}

export interface CompactAnswer {
  readonly kind: "compact";
  readonly revision: number;
}

export interface LeaseGrantAnswer {
  readonly kind: "leaseGrant";
  readonly revision: number;
  readonly id: number;
  /** As granted: not below the server's minimum. */
  readonly ttlSeconds: number;
}

export interface LeaseRevokeAnswer {
  readonly kind: "leaseRevoke";
  readonly revision: number;
}

export interface LeaseKeepAliveAnswer {
  readonly kind: "leaseKeepAlive";
  readonly revision: number;
  readonly id: number;
  /** 0: there is no such lease. */
  readonly ttlSeconds: number;
}

export interface LeaseTimeToLiveAnswer {
  readonly kind: "leaseTimeToLive";
  readonly revision: number;
  readonly id: number;
  /** -1: there is no such lease. */
  readonly ttlSeconds: number;
  readonly grantedTtlSeconds: number;
  readonly keys: readonly string[];
}

export interface Alarm {
  readonly member: number;
  readonly alarm: AlarmType;
}

export interface AlarmAnswer {
  readonly kind: "alarm";
  readonly revision: number;
  readonly alarms: readonly Alarm[];
}

/** Of what only members themselves propose, and of entries that say nothing to the store. */
export interface InternalAnswer {
  readonly kind: "leaseCheckpoint" | "publish" | "empty";
  readonly revision: number;
}

/** Answers of the replicated state machine: the same at every member. */
export type StateAnswer =
  | PutAnswer
  | DeleteRangeAnswer
  | TxnAnswer
  | CompactAnswer
  | LeaseGrantAnswer
  | LeaseRevokeAnswer
  | AlarmAnswer
  | InternalAnswer;

interface AnswerByKind {
  put: PutAnswer;
  range: RangeAnswer;
  deleteRange: DeleteRangeAnswer;
  txn: TxnAnswer;
  compact: CompactAnswer;
  leaseGrant: LeaseGrantAnswer;
  leaseRevoke: LeaseRevokeAnswer;
  leaseKeepAlive: LeaseKeepAliveAnswer;
  leaseTimeToLive: LeaseTimeToLiveAnswer;
  alarm: AlarmAnswer;
}

/** What a request is answered when it is not refused. */
export type AnswerTo<R extends EtcdRequest> = R["kind"] extends keyof AnswerByKind ? AnswerByKind[R["kind"]] : unknown;

export type Answered<R extends EtcdRequest> = (answer: AnswerTo<R> | EtcdError) => void;
