// The errors that etcd's members and clients give, as gRPC codes and exact texts. An error is an answer, never thrown.
// Source: the texts of etcd 3.5 and 3.6 (rpctypes) and of gRPC's transport, as recorded.

export type GrpcCode =
  | "Canceled"
  | "Unknown"
  | "InvalidArgument"
  | "DeadlineExceeded"
  | "NotFound"
  | "ResourceExhausted"
  | "FailedPrecondition"
  | "OutOfRange"
  | "Unavailable"
  | "DataLoss"
  | "Unimplemented"
  | "PermissionDenied";

/** A refusal or failure, as the client sees it. */
export class EtcdError {
  readonly code: GrpcCode;
  readonly message: string;

  constructor(code: GrpcCode, message: string) {
    this.code = code;
    this.message = message;
  }
}

const etcd = (code: GrpcCode, text: string) => new EtcdError(code, `etcdserver: ${text}`);

export const ERRORS = {
  emptyKey: etcd("InvalidArgument", "key is not provided"),
  keyNotFound: etcd("InvalidArgument", "key not found"),
  valueProvided: etcd("InvalidArgument", "value is provided"),
  leaseProvided: etcd("InvalidArgument", "lease is provided"),
  requestTooLarge: etcd("InvalidArgument", "request is too large"),
  tooManyOps: etcd("InvalidArgument", "too many operations in txn request"),
  duplicateKey: etcd("InvalidArgument", "duplicate key given in txn request"),
  compacted: etcd("OutOfRange", "mvcc: required revision has been compacted"),
  futureRevision: etcd("OutOfRange", "mvcc: required revision is a future revision"),
  noSpace: etcd("ResourceExhausted", "mvcc: database space exceeded"),
  tooManyRequests: etcd("ResourceExhausted", "too many requests"),
  leaseNotFound: etcd("NotFound", "requested lease not found"),
  leaseExists: etcd("FailedPrecondition", "lease already exists"),
  leaseTtlTooLarge: etcd("OutOfRange", "too large lease TTL"),
  memberExists: etcd("FailedPrecondition", "member ID already exist"),
  peerUrlExists: etcd("FailedPrecondition", "Peer URLs already exists"),
  memberNotEnoughStarted: etcd("FailedPrecondition", "re-configuration failed due to not enough started members"),
  memberNotFound: etcd("NotFound", "member not found"),
  memberNotLearner: etcd("FailedPrecondition", "can only promote a learner member"),
  learnerNotReady: etcd("FailedPrecondition", "can only promote a learner member which is in sync with leader"),
  tooManyLearners: etcd("FailedPrecondition", "too many learner members in cluster"),
  notSupportedForLearner: etcd("Unavailable", "rpc not supported for learner"),
  noLeader: etcd("Unavailable", "no leader"),
  notLeader: etcd("FailedPrecondition", "not leader"),
  badLeaderTransferee: etcd("FailedPrecondition", "bad leader transferee"),
  leaderChanged: etcd("Unavailable", "leader changed"),
  notCapable: etcd("Unavailable", "not capable"),
  stopped: etcd("Unavailable", "server stopped"),
  timeout: etcd("Unavailable", "request timed out"),
  timeoutLeaderFail: etcd("Unavailable", "request timed out, possibly due to previous leader failure"),
  timeoutConnectionLost: etcd("Unavailable", "request timed out, possibly due to connection lost"),
  timeoutWaitApply: etcd("Unavailable", "request timed out, waiting for the applied index took too long"),
  leaderTransferTimeout: etcd("Unavailable", "request timed out, leader transfer took too long"),
  unhealthy: etcd("Unavailable", "unhealthy cluster"),
  corrupt: etcd("DataLoss", "corrupt cluster"),
  deadlineExceeded: new EtcdError("DeadlineExceeded", "context deadline exceeded"),
  /** The process died while it worked on the request. */
  serverReset: new EtcdError("Unavailable", "error reading from server: connection reset by peer"),
  /** No process listens. */
  connectionRefused: new EtcdError(
    "Unavailable",
    'connection error: desc = "transport: Error while dialing: dial tcp <addr>: connect: connection refused"',
  ),
  proposalDropped: new EtcdError("Unknown", "raft proposal dropped"),
} as const;
