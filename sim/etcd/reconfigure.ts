// Changes of the membership that a client asks for, with etcd's strict reconfiguration checks before they are proposed.
// Source: etcd server.go (AddMember, RemoveMember, PromoteMember), rule 22 of the reference.
import type { Tick } from "../engine/tick.ts";
import { NONE } from "../raft/message.ts";
import type { Done } from "./answer.ts";
import { ERRORS, type EtcdError } from "./error.ts";
import { type MemberChange, majority } from "./membership.ts";
import type { MemberProcess } from "./process.ts";
import type { MemberAddRequest, MemberPromoteRequest, MemberRemoveRequest } from "./request.ts";

/** Connections must have been good for so long. */
const HEALTH_INTERVAL_MICROS = 5_000_000;
const PROMOTE_READY_SHARE = 0.9;
const RETRY_MICROS = 50_000;

/** Checks and proposes a change. */
export function changeMembers(
  process: MemberProcess,
  request: MemberAddRequest | MemberRemoveRequest | MemberPromoteRequest,
  done: Done,
): void {
  switch (request.kind) {
    case "memberAdd": {
      const { host, isLearner } = request;
      const error = addError(process, isLearner);
      if (error !== null) return done(error);
      return propose(
        process,
        request.kind,
        { change: "add", id: process.frame.memberIdOf(host), host, isLearner },
        done,
      );
    }
    case "memberRemove": {
      const { id } = request;
      const error = removeError(process, id);
      if (error !== null) return done(error);
      return propose(process, request.kind, { change: "remove", id, host: "", isLearner: false }, done);
    }
    case "memberPromote":
      return promoteAnywhere(process, request, done);
  }
}

/** Promotes a learner as leader. */
export function promote(process: MemberProcess, request: MemberPromoteRequest, done: Done): void {
  const error = promoteError(process, request.id);
  if (error !== null) return done(error);
  propose(process, request.kind, { change: "promote", id: request.id, host: "", isLearner: false }, done);
}

/** Only the leader knows how far a learner is: others ask it until they find it (PromoteMember). */
function promoteAnywhere(process: MemberProcess, request: MemberPromoteRequest, done: Done): void {
  const { engine, options } = process.frame;
  const givesUpAt = engine.now + process.localMicros(options.requestTimeoutMicros);
  const attempt = () => {
    if (process.role === "leader") return promote(process, request, done);
    if (engine.now >= givesUpAt) return done(ERRORS.timeout);
    const later = () => engine.at((engine.now + RETRY_MICROS) as Tick, () => process.guard(attempt));
    if (process.leader === NONE) return void later();
    process.forwarding.ask(process.leader, request, givesUpAt - engine.now, (answer) => {
      if (answer === ERRORS.notLeader || answer === ERRORS.connectionRefused) later();
      else done(answer);
    });
  };
  attempt();
}

function propose(
  process: MemberProcess,
  kind: "memberAdd" | "memberRemove" | "memberPromote",
  change: Omit<MemberChange, "kind">,
  done: Done,
): void {
  const { view } = process.frame;
  process.proposing.proposeChange({ kind: "memberChange", ...change }, (error, members) =>
    done(error ?? { kind, revision: view.revision, members, memberId: change.id }),
  );
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

function promoteError(process: MemberProcess, id: number): EtcdError | null {
  const { membership, frame, raft } = process;
  if (process.leader !== frame.id || raft.role !== "leader") return ERRORS.notLeader;
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
  return process.proposing.connectedSince(since, ids);
}
