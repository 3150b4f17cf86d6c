// What a leader does with a message of its term.

import { propose } from "./membership.ts";
import { type Message, NONE } from "./message.ts";
import type { Progress } from "./progress.ts";
import type { Raft, StepError } from "./raft.ts";
import { confirmRead, releaseWaitingReads, requestRead } from "./reads.ts";
import { broadcastAppend, broadcastHeartbeat, maybeCommit, maybeSendAppend } from "./replication.ts";

export function stepLeader(raft: Raft, message: Message): StepError | null {
  switch (message.type) {
    case "MsgBeat":
      broadcastHeartbeat(raft, raft.readOnly.newestSeq());
      return null;
    case "MsgCheckQuorum":
      checkQuorum(raft);
      return null;
    case "MsgProp":
      return propose(raft, message.entries);
    case "MsgReadIndex":
      requestRead(raft, message);
      return null;
    default: {
      const progress = raft.tracker.progress(message.from);
      if (progress !== undefined) stepFromMember(raft, message, progress);
      return null;
    }
  }
}

function stepFromMember(raft: Raft, message: Message, progress: Progress): void {
  switch (message.type) {
    case "MsgAppResp":
      progress.recentActive = true;
      if (message.reject) handleRefusal(raft, message, progress);
      else handleAcknowledgement(raft, message, progress);
      break;
    case "MsgHeartbeatResp":
      handleHeartbeatAnswer(raft, message, progress);
      break;
    case "MsgSnapStatus":
      handleSnapshotStatus(message, progress);
      break;
    case "MsgUnreachable":
      // what was sent ahead is probably lost
      if (progress.state === "replicate") progress.becomeProbe();
      break;
    case "MsgTransferLeader":
      transferLeader(raft, progress);
      break;
    default:
  }
}

/** A leader that a quorum has not answered for an election timeout may have been replaced (dissertation §6.2). */
function checkQuorum(raft: Raft): void {
  if (!raft.tracker.isQuorumActive()) raft.becomeFollower(raft.term, NONE);
  for (const progress of raft.tracker.members) if (progress.id !== raft.id) progress.recentActive = false;
}

/** Raft §5.3: search downwards for the entry where the logs agree, a term at a time on both sides. */
function handleRefusal(raft: Raft, message: Message, progress: Progress): void {
  let matchHint = message.rejectHint;
  if (message.logTerm > 0) matchHint = raft.log.findConflictByTerm(matchHint, message.logTerm).index;
  if (!progress.maybeDecrease(message.index, matchHint)) return;
  if (progress.state === "replicate") progress.becomeProbe();
  maybeSendAppend(raft, progress, true);
}

function handleAcknowledgement(raft: Raft, message: Message, progress: Progress): void {
  const isNews = progress.maybeUpdate(message.index);
  // a probe that finds the match where it was supposed tells no index, but that the stream can begin
  if (!isNews && !(progress.match === message.index && progress.state === "probe")) return;
  if (progress.state === "probe") progress.becomeReplicate();
  else if (progress.state === "replicate") progress.inflights.freeUpTo(message.index);
  // the log reaches back to where the follower is, whether by this snapshot or by another way
  else if (progress.match + 1 >= raft.log.firstIndex()) progress.becomeReplicate();

  const isSelf = message.from === raft.id;
  if (maybeCommit(raft)) {
    releaseWaitingReads(raft);
    broadcastAppend(raft);
  } else if (!isSelf && progress.canAdvanceCommit(raft.log.committed)) maybeSendAppend(raft, progress, true);
  // the window has room again: several limited messages may fit
  if (!isSelf) while (maybeSendAppend(raft, progress, false));
  if (message.from === raft.leadTransferee && progress.match === raft.log.lastIndex()) {
    raft.send("MsgTimeoutNow", message.from);
  }
}

function handleHeartbeatAnswer(raft: Raft, message: Message, progress: Progress): void {
  progress.recentActive = true;
  progress.isPaused = false;
  // a follower with a full window gets an empty message, in case all that filled it is lost
  if (progress.match < raft.log.lastIndex() || progress.state === "probe") maybeSendAppend(raft, progress, true);
  if (message.readSeq !== 0 && raft.options.readOnly === "safe") confirmRead(raft, message.from, message.readSeq);
}

function handleSnapshotStatus(message: Message, progress: Progress): void {
  if (progress.state !== "snapshot") return;
  if (message.reject) progress.pendingSnapshot = 0;
  progress.becomeProbe();
  // wait for its acknowledgement, or for a heartbeat's answer, before the next try
  progress.isPaused = true;
}

/** Raft dissertation §3.10: bring the target up to date, then let it campaign at once. */
function transferLeader(raft: Raft, progress: Progress): void {
  const target = progress.id;
  if (progress.isLearner || raft.leadTransferee === target) return;
  raft.abortLeaderTransfer();
  if (target === raft.id) return;
  // it has an election timeout of time
  raft.electionElapsedTicks = 0;
  raft.leadTransferee = target;
  if (progress.match === raft.log.lastIndex()) raft.send("MsgTimeoutNow", target);
  else maybeSendAppend(raft, progress, true);
}
