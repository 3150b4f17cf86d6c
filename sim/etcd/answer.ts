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

/** One member as the cluster's configuration knows it. */
export interface MemberInfo {
  readonly id: number;
  /** "" until the member has been started once. */
  readonly name: string;
  /** Its host: what a peer URL is to etcd. */
  readonly host: string;
  readonly isLearner: boolean;
}

/** Of a list or a change of the membership: the members (after it). */
export interface MembersAnswer {
  readonly kind: "memberList" | "memberAdd" | "memberRemove" | "memberPromote";
  readonly revision: number;
  readonly members: readonly MemberInfo[];
  /** Whom the change was about; 0 for a list. */
  readonly memberId: number;
}

/** Of what has nothing to say but that it is done. */
export interface DoneAnswer {
  readonly kind: "moveLeader" | "defragment";
  readonly revision: number;
}

export interface StatusAnswer {
  readonly kind: "status";
  readonly revision: number;
  readonly version: string;
  readonly databaseBytes: number;
  readonly databaseInUseBytes: number;
  readonly memberId: number;
  /** 0 when none is known. */
  readonly leader: number;
  readonly raftTerm: number;
  readonly raftIndex: number;
  readonly raftAppliedIndex: number;
  readonly isLearner: boolean;
  readonly errors: readonly string[];
}

export interface HealthAnswer {
  readonly kind: "health";
  readonly revision: number;
  readonly isHealthy: boolean;
  /** "" when healthy, else for example "RAFT NO LEADER" or "ALARM NOSPACE". */
  readonly reason: string;
}

/** The whole database as of an entry: what a backup file holds. */
export interface SnapshotAnswer {
  readonly kind: "snapshot";
  readonly revision: number;
  readonly backup: Backup;
}

/** Opaque but for these. */
export interface Backup {
  readonly appliedIndex: number;
  readonly revision: number;
}

export type EtcdAnswer =
  | StateAnswer
  | RangeAnswer
  | LeaseKeepAliveAnswer
  | LeaseTimeToLiveAnswer
  | MembersAnswer
  | DoneAnswer
  | StatusAnswer
  | HealthAnswer
  | SnapshotAnswer;

/** Hears the end of a call, once. */
export type Done = (answer: EtcdAnswer | EtcdError) => void;

interface AnswerByKind {
  memberAdd: MembersAnswer;
  memberRemove: MembersAnswer;
  memberPromote: MembersAnswer;
  memberList: MembersAnswer;
  moveLeader: DoneAnswer;
  defragment: DoneAnswer;
  status: StatusAnswer;
  health: HealthAnswer;
  snapshot: SnapshotAnswer;
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
