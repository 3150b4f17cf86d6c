// What a member does with a client's request before and beside raft: checks in etcd's order, reads at the right time, status and
// maintenance. Source: etcd's v3rpc (interceptor, key, quota) and v3_server.
import type { Tick } from "../engine/tick.ts";
import { NONE } from "../raft/message.ts";
import type { Done } from "./answer.ts";
import { ERRORS, EtcdError } from "./error.ts";
import { transferLeadership } from "./leadership.ts";
import { checkMessageSize } from "./message-size.ts";
import { isReadOnly } from "./mvcc/transaction.ts";
import { validateRequest } from "./mvcc/validate.ts";
import type { MemberProcess } from "./process.ts";
import type { ReadDone } from "./reads.ts";
import { changeMembers } from "./reconfigure.ts";
import type { EtcdRequest, TxnRequest, WriteRequest } from "./request.ts";

/** Ids that the server chooses for leases begin here: beyond those that clients are likely to choose. */
const FIRST_LEASE_ID = 0x10_0000_0000;

export interface CallOptions {
  /** The client gives up this long after the call; the server is told, and stops too. */
  readonly deadlineMicros?: number;
  /** Refused at a member without leader (clientv3's WithRequireLeader). */
  readonly requireLeader?: boolean;
}

/** Begins a request at a member that serves clients. */
export function handleRequest(server: MemberProcess, request: EtcdRequest, options: CallOptions, done: Done): void {
  if (server.raft.isLearner && !isSupportedByLearner(request)) return done(ERRORS.notSupportedForLearner);
  if (options.requireLeader === true && server.leader === NONE) return done(ERRORS.noLeader);
  const tooLarge = checkMessageSize(request);
  if (tooLarge !== null) return done(tooLarge);
  const { deadlineMicros } = options;
  if (deadlineMicros === undefined) return perform(server, request, done, null);
  const deadline: Deadline = { giveUp: null };
  perform(server, request, limited(server, deadlineMicros, deadline, done), deadline);
}

/** What else ends when the client's time is over. */
interface Deadline {
  giveUp: (() => void) | null;
}

/** A `done` that hears the end or the deadline, whichever comes first. */
function limited(server: MemberProcess, deadlineMicros: number, deadline: Deadline, done: Done): Done {
  const { engine } = server.frame;
  let isOver = false;
  const timer = engine.at((engine.now + deadlineMicros) as Tick, () => {
    if (isOver) return;
    isOver = true;
    deadline.giveUp?.();
    done(ERRORS.deadlineExceeded);
  });
  return (answer) => {
    if (isOver) return;
    isOver = true;
    engine.cancel(timer);
    done(answer);
  };
}

function perform(server: MemberProcess, request: EtcdRequest, done: Done, deadline: Deadline | null): void {
  const { frame } = server;
  const { view } = frame;
  const refusal = validateRequest(request);
  if (refusal !== null) return done(refusal);
  switch (request.kind) {
    case "range":
      return read(server, request.serializable === true, done, () => view.range(request), deadline);
    case "txn":
      if (isReadOnly(request)) {
        return read(server, isSerializable(request), done, () => view.readOnlyTxn(request), deadline);
      }
      return write(server, request, done, deadline);
    case "put":
    case "deleteRange":
    case "compact":
    case "leaseRevoke":
      return write(server, request, done, deadline);
    case "leaseGrant":
      return write(
        server,
        request.id === 0 ? { ...request, id: FIRST_LEASE_ID + frame.nextRequestId() } : request,
        done,
        deadline,
      );
    case "alarm":
      return void server.propose(request, done);
    case "status":
      return done(status(server));
    case "health":
      return health(server, done);
    case "memberList":
      return read(server, request.serializable === true, done, () => members(server), deadline);
    case "memberAdd":
    case "memberRemove":
    case "memberPromote":
      return changeMembers(server, request, done);
    case "moveLeader":
      return moveLeader(server, request.target, done);
    case "snapshot":
      return server.database.whenFree(() => done(server.backup()));
    default:
      if (!server.services.call(request, done)) done(new EtcdError("Unimplemented", "unknown service"));
  }
}

function write(server: MemberProcess, request: WriteRequest, done: Done, deadline: Deadline | null): void {
  if (!server.services.hasRoomFor(request)) return server.services.refuseForSpace(done);
  const proposal = server.propose(request, done);
  if (deadline !== null && proposal !== null) deadline.giveUp = () => server.proposing.withdraw(proposal);
}

/** Reads when the member's state is new enough, and no commit holds the database's lock. */
function read(
  server: MemberProcess,
  isSerializable: boolean,
  done: Done,
  execute: () => Parameters<Done>[0],
  deadline: Deadline | null,
): void {
  const { observer, observed } = server.frame;
  if (isSerializable) return server.database.whenFree(() => done(execute()));
  const confirmed: ReadDone = (error, readIndex) => {
    if (error !== null) {
      observer.readFailed?.(observed, error);
      return done(error);
    }
    server.database.whenFree(() => {
      observer.readServed?.(observed, readIndex);
      done(execute());
    });
  };
  if (deadline !== null) deadline.giveUp = () => server.reads.forget(confirmed);
  server.reads.wait(confirmed);
}

function members(server: MemberProcess): Parameters<Done>[0] {
  const { revision } = server.frame.view;
  return { kind: "memberList", revision, members: server.membership.list(), memberId: 0 };
}

function status(server: MemberProcess): Parameters<Done>[0] {
  const { frame, raft } = server;
  const { view } = frame;
  const errors: string[] = server.leader === NONE ? ["etcdserver: no leader"] : [];
  for (const { member, alarm } of view.alarms()) errors.push(`memberID:${member} alarm:${alarm} `);
  return {
    kind: "status",
    revision: view.revision,
    version: frame.version,
    databaseBytes: view.databaseBytes,
    databaseInUseBytes: view.databaseInUseBytes,
    memberId: frame.id,
    leader: server.leader,
    raftTerm: server.apply.appliedTerm,
    raftIndex: server.apply.committedIndex,
    raftAppliedIndex: server.apply.appliedIndex,
    isLearner: raft.isLearner,
    errors,
  };
}

/** `/health`: alarms, a leader and a linearizable read (etcdhttp). */
function health(server: MemberProcess, done: Done): void {
  const { view } = server.frame;
  const answer = (reason: string) =>
    done({ kind: "health", revision: view.revision, isHealthy: reason === "", reason });
  const alarm = view.alarms()[0];
  if (alarm !== undefined) return answer(`ALARM ${alarm.alarm}`);
  if (server.leader === NONE) return answer("RAFT NO LEADER");
  server.reads.wait((error) => answer(error === null ? "" : `RANGE ERROR:${error.message}`));
}

/** Moves leadership, and looks once per tick whether that has happened (etcdserver.moveLeader). */
function moveLeader(server: MemberProcess, target: number, done: Done): void {
  const { frame } = server;
  if (server.leader !== frame.id) return done(ERRORS.notLeader);
  transferLeadership(server, target, (error) => done(error ?? { kind: "moveLeader", revision: frame.view.revision }));
}

function isSupportedByLearner(request: EtcdRequest): boolean {
  return request.kind === "status" || (request.kind === "range" && request.serializable === true);
}

function isSerializable(txn: TxnRequest): boolean {
  const isLocal = (op: TxnRequest["success"][number]): boolean =>
    (op.kind === "range" && op.serializable === true) || (op.kind === "txn" && isSerializable(op));
  return txn.success.every(isLocal) && txn.failure.every(isLocal);
}
