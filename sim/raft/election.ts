// Campaigns (Raft §5.2), with the question before (pre-vote, dissertation §9.6) and by order of the leader (§3.10).
import { CAMPAIGN_TRANSFER, type Message, type MessageType } from "./message.ts";
import type { Raft } from "./raft.ts";
import { appendEntries, broadcastAppend } from "./replication.ts";

export type CampaignKind = "pre-election" | "election" | "transfer";

/** Campaigns, unless this member leads already, may not lead, or has a configuration change to apply first. */
export function hup(raft: Raft, kind: CampaignKind): void {
  if (raft.role === "leader" || !raft.isPromotable() || hasUnappliedConfChange(raft)) return;
  campaign(raft, kind);
}

/** Counts an answer to the campaign, and acts when it is decided. */
export function countVote(raft: Raft, message: Message): void {
  raft.tracker.recordVote(message.from, !message.reject);
  const result = raft.tracker.result(raft.tracker.votes);
  if (result === "lost") {
    // the answer to a pre-vote carries the term that was asked for: this one stays
    raft.becomeFollower(raft.term, 0);
  } else if (result === "won") {
    if (raft.role === "precandidate") return campaign(raft, "election");
    raft.becomeLeader();
    // Raft §5.4.2: entries of earlier terms can only be committed together with one of this term
    appendEntries(raft, [{ index: 0, term: 0, data: null, change: null, payloadBytes: 0 }]);
    broadcastAppend(raft);
  }
}

/** Votes or refuses (Raft §5.2, §5.4.1); the answer waits until the vote is on disk. */
export function answerVote(raft: Raft, message: Message): void {
  const isPreVote = message.type === "MsgPreVote";
  const canVote =
    raft.vote === message.from ||
    (raft.vote === 0 && raft.lead === 0) ||
    // a pre-vote binds nobody
    (isPreVote && message.term > raft.term);
  const type: MessageType = isPreVote ? "MsgPreVoteResp" : "MsgVoteResp";
  if (!canVote || !raft.log.isUpToDate(message.index, message.logTerm)) {
    raft.send(type, message.from, { reject: true });
    return;
  }
  // the term of the request, which for a pre-vote is not this member's
  raft.sendInTerm(type, message.from, message.term, {});
  if (isPreVote) return;
  raft.electionElapsedTicks = 0;
  raft.vote = message.from;
}

function campaign(raft: Raft, kind: CampaignKind): void {
  const isPre = kind === "pre-election";
  if (isPre) raft.becomePreCandidate();
  else raft.becomeCandidate();
  const term = isPre ? raft.term + 1 : raft.term;
  const fields = {
    index: raft.log.lastIndex(),
    logTerm: raft.log.lastTerm(),
    context: kind === "transfer" ? CAMPAIGN_TRANSFER : "",
  };
  for (const id of raft.tracker.voters()) {
    // its own vote counts once it is on disk, like any other
    if (id === raft.id) raft.sendInTerm(isPre ? "MsgPreVoteResp" : "MsgVoteResp", id, term, {});
    else raft.sendInTerm(isPre ? "MsgPreVote" : "MsgVote", id, term, fields);
  }
}

function hasUnappliedConfChange(raft: Raft): boolean {
  const { applied, committed } = raft.log;
  if (applied >= committed || raft.log.unstable.snapshot !== null) return false;
  const entries = raft.log.slice(applied + 1, committed + 1, Infinity) ?? [];
  return entries.some((entry) => entry.change !== null);
}
