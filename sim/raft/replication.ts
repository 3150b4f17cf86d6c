// What a leader sends to bring logs together (Raft §5.3), and when an entry is committed (§5.4.2).
import { type Entry, placeEntry, totalPayloadBytes } from "./entry.ts";
import type { Progress } from "./progress.ts";
import type { Raft } from "./raft.ts";

/**
 * Sends a MsgApp, or a snapshot when the entries it would take are compacted.
 *
 * @param sendIfEmpty also when there is no entry to send: to probe, or to tell the commit index
 * @returns whether a message was sent
 */
export function maybeSendAppend(raft: Raft, progress: Progress, sendIfEmpty: boolean): boolean {
  if (progress.isThrottled()) return false;
  const { log } = raft;
  const previousIndex = progress.next - 1;
  const previousTerm = log.term(previousIndex);
  if (previousTerm === undefined) return maybeSendSnapshot(raft, progress);
  // with a full window only an empty message goes out, so that the follower answers at last
  const isOpen = progress.state !== "replicate" || !progress.inflights.isFull();
  const entries = isOpen ? log.entriesFrom(progress.next, raft.options.maxMessageBytes) : [];
  if (entries?.length === 0 && !sendIfEmpty) return false;
  if (entries === undefined) return maybeSendSnapshot(raft, progress);
  const message = raft.draft("MsgApp", progress.id);
  message.index = previousIndex;
  message.logTerm = previousTerm;
  message.entries = entries;
  message.commit = log.committed;
  raft.post(message);
  progress.sentEntries(entries.length, totalPayloadBytes(entries));
  progress.noteSentCommit(log.committed);
  return true;
}

function maybeSendSnapshot(raft: Raft, progress: Progress): boolean {
  // a snapshot is large: not to a member that may be gone
  if (!progress.recentActive) return false;
  const snapshot = raft.log.snapshot();
  if (snapshot === null) return false;
  progress.becomeSnapshot(snapshot.index);
  raft.send("MsgSnap", progress.id, { snapshot });
  return true;
}

export function broadcastAppend(raft: Raft): void {
  for (const progress of raft.tracker.members) if (progress.id !== raft.id) maybeSendAppend(raft, progress, true);
}

/** Heartbeats carry the number of a read request that waits, so that their answers confirm it. */
export function broadcastHeartbeat(raft: Raft, readSeq: number): void {
  for (const progress of raft.tracker.members) {
    if (progress.id === raft.id) continue;
    // not beyond what the follower is known to have: its log may differ after that
    const commit = Math.min(progress.match, raft.log.committed);
    const message = raft.draft("MsgHeartbeat", progress.id);
    message.commit = commit;
    message.readSeq = readSeq;
    raft.post(message);
    progress.noteSentCommit(commit);
  }
}

/** Gives entries their place in the log. @returns false when too much is uncommitted already */
export function appendEntries(raft: Raft, proposed: readonly Entry[]): boolean {
  const last = raft.log.lastIndex();
  const bytes = totalPayloadBytes(proposed);
  const { uncommittedBytes } = raft;
  if (uncommittedBytes > 0 && bytes > 0 && uncommittedBytes + bytes > raft.options.maxUncommittedBytes) return false;
  raft.uncommittedBytes += bytes;
  raft.log.append(proposed.map((entry, i) => placeEntry(entry, last + 1 + i, raft.term)));
  // the leader's own copy counts once it is on disk, like any other
  const acknowledgement = raft.draft("MsgAppResp", raft.id);
  acknowledgement.index = last + proposed.length;
  raft.post(acknowledgement);
  return true;
}

/**
 * Commits what a quorum has, if the last of it is of the leader's own term: an entry of an earlier term can be on a
 * quorum's disks and still be overwritten (Raft §5.4.2, figure 8).
 */
export function maybeCommit(raft: Raft): boolean {
  const index = raft.tracker.committed();
  if (index <= raft.log.committed || !raft.log.matchesTerm(index, raft.term)) return false;
  raft.log.commitTo(index);
  return true;
}
