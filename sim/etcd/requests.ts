// What a member does with a client's request before and beside raft: checks in etcd's order, reads at the right time, status and
// maintenance. Source: etcd's v3rpc (interceptor, key, quota) and v3_server.
import type { Engine } from "../engine/engine.ts";
import type { Tick } from "../engine/tick.ts";
import { NONE } from "../raft/message.ts";
import type { Done } from "./answer.ts";
import { ERRORS, EtcdError } from "./error.ts";
import { transferLeadership } from "./leadership.ts";
import { validateRequest } from "./mvcc/validate.ts";
import type { MemberProcess } from "./process.ts";
import type { ReadDone } from "./reads.ts";
import { changeMembers } from "./reconfigure.ts";
import type { EtcdRequest, TxnRequest } from "./request.ts";

export interface CallOptions {
  /** The client gives up this long after the call; the server is told, and stops too. */
  readonly deadlineMicros?: number;
  /** Refused at a member without leader (clientv3's WithRequireLeader). */
  readonly requireLeader?: boolean;
}

/** Begins a request at a member that serves clients. */
export function handleRequest(process: MemberProcess, request: EtcdRequest, options: CallOptions, done: Done): void {
  if (process.raft.isLearner && !isSupportedByLearner(request)) return done(ERRORS.notSupportedForLearner);
  if (options.requireLeader === true && process.leader === NONE) return done(ERRORS.noLeader);
  const { deadlineMicros } = options;
  perform(process, request, deadlineMicros === undefined ? done : limited(process.frame.engine, deadlineMicros, done));
}

/** A `done` that hears the end or the deadline, whichever comes first. */
function limited(engine: Engine, deadlineMicros: number, done: Done): Done {
  let isOver = false;
  const timer = engine.at((engine.now + deadlineMicros) as Tick, () => {
    isOver = true;
    done(ERRORS.deadlineExceeded);
  });
  return (answer) => {
    if (isOver) return;
    engine.cancel(timer);
    done(answer);
  };
}

function perform(process: MemberProcess, request: EtcdRequest, done: Done): void {
  const { frame } = process;
  const { view } = frame;
  const refusal = validateRequest(request);
  if (refusal !== null) return done(refusal);
  switch (request.kind) {
    case "range":
      return read(process, request.serializable === true, done, () => view.range(request));
    case "txn":
      if (isReadOnly(request)) return read(process, isSerializable(request), done, () => view.readOnlyTxn(request));
      return write(process, request, done);
    case "put":
    case "deleteRange":
    case "compact":
    case "leaseGrant":
    case "leaseRevoke":
      return write(process, request, done);
    case "alarm":
      return process.propose(request, done);
    case "status":
      return done(status(process));
    case "health":
      return health(process, done);
    case "memberList":
      return read(process, request.serializable === true, done, () => ({
        kind: "memberList",
        revision: view.revision,
        members: process.membership.list(),
        memberId: 0,
      }));
    case "memberAdd":
    case "memberRemove":
    case "memberPromote":
      return changeMembers(process, request, done);
    case "moveLeader":
      return moveLeader(process, request.target, done);
    case "snapshot":
      return process.database.whenFree(() => done(process.backup()));
    default:
      if (!process.services.call(request, done)) done(new EtcdError("Unimplemented", "unknown service"));
  }
}

function write(
  process: MemberProcess,
  request: Parameters<MemberProcess["propose"]>[0] & EtcdRequest,
  done: Done,
): void {
  if (!process.services.hasRoomFor(request)) return process.services.refuseForSpace(done);
  process.propose(request, done);
}

/** Reads when the member's state is new enough, and no commit holds the database's lock. */
function read(process: MemberProcess, isSerializable: boolean, done: Done, execute: () => Parameters<Done>[0]): void {
  const { observer, observed } = process.frame;
  if (isSerializable) return process.database.whenFree(() => done(execute()));
  const confirmed: ReadDone = (error, readIndex) => {
    if (error !== null) {
      observer.readFailed?.(observed, error);
      return done(error);
    }
    process.database.whenFree(() => {
      observer.readServed?.(observed, readIndex);
      done(execute());
    });
  };
  process.reads.wait(confirmed);
}

function status(process: MemberProcess): Parameters<Done>[0] {
  const { frame, raft } = process;
  const { view } = frame;
  const errors: string[] = process.leader === NONE ? ["etcdserver: no leader"] : [];
  for (const { member, alarm } of view.alarms()) errors.push(`memberID:${member} alarm:${alarm} `);
  return {
    kind: "status",
    revision: view.revision,
    version: frame.version,
    databaseBytes: view.databaseBytes,
    databaseInUseBytes: view.databaseInUseBytes,
    memberId: frame.id,
    leader: process.leader,
    raftTerm: process.apply.appliedTerm,
    raftIndex: process.apply.committedIndex,
    raftAppliedIndex: process.apply.appliedIndex,
    isLearner: raft.isLearner,
    errors,
  };
}

/** `/health`: alarms, a leader and a linearizable read (etcdhttp). */
function health(process: MemberProcess, done: Done): void {
  const { view } = process.frame;
  const answer = (reason: string) =>
    done({ kind: "health", revision: view.revision, isHealthy: reason === "", reason });
  const alarm = view.alarms()[0];
  if (alarm !== undefined) return answer(`ALARM ${alarm.alarm}`);
  if (process.leader === NONE) return answer("RAFT NO LEADER");
  process.reads.wait((error) => answer(error === null ? "" : `RANGE ERROR:${error.message}`));
}

/** Moves leadership, and looks once per tick whether that has happened (etcdserver.moveLeader). */
function moveLeader(process: MemberProcess, target: number, done: Done): void {
  const { frame } = process;
  if (process.leader !== frame.id) return done(ERRORS.notLeader);
  transferLeadership(process, target, (error) => done(error ?? { kind: "moveLeader", revision: frame.view.revision }));
}

function isSupportedByLearner(request: EtcdRequest): boolean {
  return request.kind === "status" || (request.kind === "range" && request.serializable === true);
}

function isReadOnly(txn: TxnRequest): boolean {
  const reads = (op: TxnRequest["success"][number]): boolean =>
    op.kind === "range" || (op.kind === "txn" && isReadOnly(op));
  return txn.success.every(reads) && txn.failure.every(reads);
}

function isSerializable(txn: TxnRequest): boolean {
  const isLocal = (op: TxnRequest["success"][number]): boolean =>
    (op.kind === "range" && op.serializable === true) || (op.kind === "txn" && isSerializable(op));
  return txn.success.every(isLocal) && txn.failure.every(isLocal);
}
