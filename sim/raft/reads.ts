// How a leader answers MsgReadIndex (Raft dissertation §6.4): at once by its lease, or after a round of heartbeats.
import type { Message } from "./message.ts";
import { NONE } from "./message.ts";
import { jointCommittedIndex } from "./quorum.ts";
import type { Raft } from "./raft.ts";
import { broadcastHeartbeat } from "./replication.ts";

/** Takes a read request as leader. */
export function requestRead(raft: Raft, request: Message): void {
  // like etcd's this does not ask whether the one voter is this leader: one that was removed and leads on, in a cluster of
  // one, may answer with an old index unless it steps down on removal
  if (raft.tracker.isSingleton()) return answerRead(raft, request, raft.log.committed);
  // before that the commit index may be behind what an earlier leader has acknowledged
  if (!hasCommittedInTerm(raft)) {
    raft.waitingReads.push(request);
    return;
  }
  beginRead(raft, request);
}

/** The first entry of the term is committed: requests that came before can begin. */
export function releaseWaitingReads(raft: Raft): void {
  if (raft.waitingReads.length === 0 || !hasCommittedInTerm(raft)) return;
  const requests = raft.waitingReads;
  raft.waitingReads = [];
  for (const request of requests) beginRead(raft, request);
}

/** A member has answered a heartbeat that carried `seq`: it still followed this leader after the request. */
export function confirmRead(raft: Raft, from: number, seq: number): void {
  raft.readOnly.acknowledge(seq, from);
  const { voters, votersOutgoing } = raft.tracker.conf;
  const confirmed = jointCommittedIndex(voters, votersOutgoing, raft.readOnly);
  for (const read of raft.readOnly.takeUpTo(confirmed)) answerRead(raft, read.request, read.index);
}

function beginRead(raft: Raft, request: Message): void {
  if (raft.options.readOnly === "lease") return answerRead(raft, request, raft.log.committed);
  broadcastHeartbeat(raft, raft.readOnly.add(raft.log.committed, request, raft.id));
}

function answerRead(raft: Raft, request: Message, index: number): void {
  if (request.from === NONE || request.from === raft.id) {
    raft.readStates.push({ index, context: request.entries[0]!.data });
  } else raft.send("MsgReadIndexResp", request.from, { index, entries: request.entries });
}

function hasCommittedInTerm(raft: Raft): boolean {
  return raft.log.matchesTerm(raft.log.committed, raft.term);
}
