// Changes of the membership that a client asks for, with etcd's strict reconfiguration checks before they are proposed.
// Source: etcd server.go (AddMember, RemoveMember, PromoteMember), rule 22 of the reference.
import type { Done } from "./answer.ts";
import { ERRORS, type EtcdError } from "./error.ts";
import { majority } from "./membership.ts";
import type { MemberProcess } from "./process.ts";
import type { MemberAddRequest, MemberPromoteRequest, MemberRemoveRequest } from "./request.ts";

/** Connections must have been good for so long. */
const HEALTH_INTERVAL_MICROS = 5_000_000;
const PROMOTE_READY_SHARE = 0.9;

/** Checks and proposes a change. */
export function changeMembers(
  process: MemberProcess,
  request: MemberAddRequest | MemberRemoveRequest | MemberPromoteRequest,
  done: Done,
): void {
  const { frame } = process;
  const isAdd = request.kind === "memberAdd";
  const id = isAdd ? frame.memberIdOf(request.host) : request.id;
  const error = isAdd ? addError(process, request.isLearner) : isPromotion(request) ? null : removeError(process, id);
  if (error !== null) return done(error);
  const propose = () =>
    process.proposeChange(
      {
        kind: "memberChange",
        change: isAdd ? "add" : isPromotion(request) ? "promote" : "remove",
        id,
        host: isAdd ? request.host : "",
        isLearner: isAdd && request.isLearner,
      },
      (refusal, members) =>
        done(refusal ?? { kind: request.kind, revision: frame.view.revision, members, memberId: id }),
    );
  if (!isPromotion(request)) return propose();
  const refusal = promoteError(process, id);
  if (refusal !== "not leader") return refusal === null ? propose() : done(refusal);
  frame.forwardPromotion(process.leader, id, process.localMicros(frame.options.requestTimeoutMicros), done);
}

function isPromotion(request: { readonly kind: string }): boolean {
  return request.kind === "memberPromote";
}

function addError(process: MemberProcess, isLearner: boolean): EtcdError | null {
  const { membership, frame } = process;
  if (!frame.options.strictReconfigCheck) return null;
  if (!isLearner && !membership.isReadyToAddVoter()) return ERRORS.memberNotEnoughStarted;
  const voters = membership.voters();
  const active = healthyVoters(process);
  // the new member counts as one that cannot be reached
  return active < majority(voters.length + 1) ? ERRORS.unhealthy : null;
}

function removeError(process: MemberProcess, id: number): EtcdError | null {
  const { membership, frame } = process;
  if (!frame.options.strictReconfigCheck) return null;
  const member = membership.get(id);
  if (member === undefined || member.isLearner) return null;
  if (!membership.isReadyToRemoveVoter(id)) return ERRORS.memberNotEnoughStarted;
  // one that cannot be reached is no part of the active quorum
  if (id !== frame.id && frame.transport.activeSince(id) === 0) return null;
  const voters = membership.voters().length;
  return healthyVoters(process) - 1 < 1 + Math.floor((voters - 1) / 2) ? ERRORS.unhealthy : null;
}

function promoteError(process: MemberProcess, id: number): EtcdError | null | "not leader" {
  const { membership, frame, raft } = process;
  if (process.leader !== frame.id || raft.role !== "leader") return "not leader";
  const member = membership.get(id);
  if (member === undefined) return ERRORS.memberNotFound;
  const progress = raft.tracker.progress(id);
  const own = raft.tracker.progress(frame.id);
  if (!member.isLearner) return ERRORS.memberNotLearner;
  if (progress === undefined || own === undefined) return ERRORS.memberNotFound;
  if (progress.match < own.match * PROMOTE_READY_SHARE) return ERRORS.learnerNotReady;
  return frame.options.strictReconfigCheck && !membership.isReadyToPromote() ? ERRORS.memberNotEnoughStarted : null;
}

function healthyVoters(process: MemberProcess): number {
  const since = process.frame.engine.now - HEALTH_INTERVAL_MICROS;
  const ids = process.membership.voters().map((member) => member.id);
  return process.connectedSince(since, ids);
}
