// One step of the state machine: a message, or a tick of the clock. Terms are settled first (Raft §5.1), then what any
// role does, then what this one does.
import { answerVote, hup } from "./election.ts";
import { totalEntryBytes, totalPayloadBytes } from "./entry.ts";
import { appliedTo } from "./membership.ts";
import { CAMPAIGN_TRANSFER, createMessage, type Message, NONE } from "./message.ts";
import type { Raft, StepError } from "./raft.ts";
import { stepCandidate } from "./step-candidate.ts";
import { stepFollower } from "./step-follower.ts";
import { stepLeader } from "./step-leader.ts";

/** Takes a message. @returns why it was refused, null when it was taken or ignored */
export function step(raft: Raft, message: Message): StepError | null {
  if (message.term > raft.term && !meetHigherTerm(raft, message)) return null;
  if (message.term !== 0 && message.term < raft.term) {
    answerLowerTerm(raft, message);
    return null;
  }
  switch (message.type) {
    case "MsgHup":
      hup(raft, raft.options.preVote ? "pre-election" : "election");
      return null;
    case "MsgStorageAppendResp":
      if (message.index !== 0) raft.log.unstable.stableTo(message.index, message.logTerm);
      snapshotStored(raft, message);
      return null;
    case "MsgStorageApplyResp":
      entriesApplied(raft, message);
      return null;
    case "MsgVote":
    case "MsgPreVote":
      answerVote(raft, message);
      return null;
    default:
      if (raft.role === "leader") return stepLeader(raft, message);
      return raft.role === "follower" ? stepFollower(raft, message) : stepCandidate(raft, message);
  }
}

/** One tick of the member's clock. */
export function tick(raft: Raft): void {
  raft.electionElapsedTicks++;
  if (raft.role === "leader") tickLeader(raft);
  else if (raft.isPromotable() && raft.isPastElectionTimeout()) {
    raft.electionElapsedTicks = 0;
    step(raft, createMessage("MsgHup", { from: raft.id }));
  }
}

function tickLeader(raft: Raft): void {
  raft.heartbeatElapsedTicks++;
  if (raft.electionElapsedTicks >= raft.options.electionTicks) {
    raft.electionElapsedTicks = 0;
    if (raft.options.checkQuorum) step(raft, createMessage("MsgCheckQuorum", { from: raft.id }));
    // the target of a transfer did not make it in time: lead on
    if (raft.role === "leader") raft.abortLeaderTransfer();
  }
  if (raft.role !== "leader" || raft.heartbeatElapsedTicks < raft.options.heartbeatTicks) return;
  raft.heartbeatElapsedTicks = 0;
  step(raft, createMessage("MsgBeat", { from: raft.id }));
}

/** @returns false when the message is ignored: its sender may not disturb a leader that is alive (dissertation §4.2.3) */
function meetHigherTerm(raft: Raft, message: Message): boolean {
  const { type } = message;
  const asksForVote = type === "MsgVote" || type === "MsgPreVote";
  if (asksForVote && message.context !== CAMPAIGN_TRANSFER && raft.isInLease()) return false;
  // a pre-vote asks about a term that nobody has begun; its consent carries that term
  if (type === "MsgPreVote" || (type === "MsgPreVoteResp" && !message.reject)) return true;
  const isFromLeader = type === "MsgApp" || type === "MsgHeartbeat" || type === "MsgSnap";
  raft.becomeFollower(message.term, isFromLeader ? message.from : NONE);
  return true;
}

function answerLowerTerm(raft: Raft, message: Message): void {
  const { type, from } = message;
  if ((raft.options.checkQuorum || raft.options.preVote) && (type === "MsgHeartbeat" || type === "MsgApp")) {
    // members that do not vote while a leader lives cannot depose an old one: the term in this answer does
    raft.send("MsgAppResp", from);
  } else if (type === "MsgPreVote") {
    // so that a sender that is behind learns the term
    raft.send("MsgPreVoteResp", from, { reject: true });
  } else if (type === "MsgStorageAppendResp") {
    // entries may have been replaced since, by a leader of a later term; a snapshot cannot
    snapshotStored(raft, message);
  }
}

function snapshotStored(raft: Raft, message: Message): void {
  if (message.snapshot === null) return;
  raft.log.unstable.stableSnapshotTo(message.snapshot.index);
  appliedTo(raft, message.snapshot.index, 0);
}

function entriesApplied(raft: Raft, message: Message): void {
  const last = message.entries.at(-1);
  if (last === undefined) return;
  appliedTo(raft, last.index, totalEntryBytes(message.entries));
  raft.uncommittedBytes = Math.max(0, raft.uncommittedBytes - totalPayloadBytes(message.entries));
}
