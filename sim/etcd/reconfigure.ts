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
  server: MemberProcess,
  request: MemberAddRequest | MemberRemoveRequest | MemberPromoteRequest,
  done: Done,
): void {
  switch (request.kind) {
    case "memberAdd": {
      const { host, isLearner } = request;
      const error = addError(server, isLearner);
      if (error !== null) return done(error);
      return propose(server, request.kind, { change: "add", id: server.frame.memberIdOf(host), host, isLearner }, done);
    }
    case "memberRemove": {
      const { id } = request;
      const error = removeError(server, id);
      if (error !== null) return done(error);
      return propose(server, request.kind, { change: "remove", id, host: "", isLearner: false }, done);
    }
    case "memberPromote":
      return promoteAnywhere(server, request, done);
  }
}

/** Promotes a learner as leader. */
export function promote(server: MemberProcess, request: MemberPromoteRequest, done: Done): void {
  const error = promoteError(server, request.id);
  if (error !== null) return done(error);
  propose(server, request.kind, { change: "promote", id: request.id, host: "", isLearner: false }, done);
}

/** Only the leader knows how far a learner is: others ask it until they find it (PromoteMember). */
function promoteAnywhere(server: MemberProcess, request: MemberPromoteRequest, done: Done): void {
  const { engine, options } = server.frame;
  const givesUpAt = engine.now + server.localMicros(options.requestTimeoutMicros);
  const attempt = () => {
    if (server.role === "leader") return promote(server, request, done);
    if (engine.now >= givesUpAt) return done(server.leader === NONE ? ERRORS.noLeader : ERRORS.timeout);
    const later = (micros = RETRY_MICROS) => {
      const at = Math.min(givesUpAt, engine.now + server.localMicros(micros));
      engine.at(at as Tick, () => server.guard(attempt));
    };
    // it waits an election before it looks for a leader again
    if (server.leader === NONE) return later(options.electionTicks * options.heartbeatMicros);
    server.forwarding.ask(server.leader, request, givesUpAt - engine.now, (answer) => {
      if (answer === ERRORS.notLeader || answer === ERRORS.connectionRefused) later();
      else done(answer);
    });
  };
  attempt();
}

function propose(
  server: MemberProcess,
  kind: "memberAdd" | "memberRemove" | "memberPromote",
  change: Omit<MemberChange, "kind">,
  done: Done,
): void {
  const { view } = server.frame;
  server.proposing.proposeChange({ kind: "memberChange", ...change }, (error, members) =>
    done(error ?? { kind, revision: view.revision, members, memberId: change.id }),
  );
}

function addError(server: MemberProcess, isLearner: boolean): EtcdError | null {
  const { membership, frame } = server;
  if (!frame.options.strictReconfigCheck) return null;
  if (!isLearner && !membership.isReadyToAddVoter()) return ERRORS.memberNotEnoughStarted;
  const voters = membership.voters();
  const active = healthyVoters(server);
  // the new member counts as one that cannot be reached; where nobody else is missing, it is taken
  return active === voters.length || active >= majority(voters.length + 1) ? null : ERRORS.unhealthy;
}

function removeError(server: MemberProcess, id: number): EtcdError | null {
  const { membership, frame } = server;
  if (!frame.options.strictReconfigCheck) return null;
  const member = membership.get(id);
  if (member === undefined || member.isLearner) return null;
  if (!membership.isReadyToRemoveVoter(id)) return ERRORS.memberNotEnoughStarted;
  // one that cannot be reached is no part of the active quorum
  if (id !== frame.id && frame.transport.activeSince(id) === 0) return null;
  const voters = membership.voters().length;
  return healthyVoters(server) - 1 < 1 + Math.floor((voters - 1) / 2) ? ERRORS.unhealthy : null;
}

function promoteError(server: MemberProcess, id: number): EtcdError | null {
  const { membership, frame, raft } = server;
  if (server.leader !== frame.id || raft.role !== "leader") return ERRORS.notLeader;
  const member = membership.get(id);
  if (member === undefined) return ERRORS.memberNotFound;
  const progress = raft.tracker.progress(id);
  const own = raft.tracker.progress(frame.id);
  if (!member.isLearner) return ERRORS.memberNotLearner;
  if (progress === undefined || own === undefined) return ERRORS.memberNotFound;
  if (progress.match < own.match * PROMOTE_READY_SHARE) return ERRORS.learnerNotReady;
  return frame.options.strictReconfigCheck && !membership.isReadyToPromote() ? ERRORS.memberNotEnoughStarted : null;
}

function healthyVoters(server: MemberProcess): number {
  const since = server.frame.engine.now - HEALTH_INTERVAL_MICROS;
  const ids = server.membership.voters().map((member) => member.id);
  return server.proposing.connectedSince(since, ids);
}
