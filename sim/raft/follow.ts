// How a member follows a leader: MsgApp (Raft §5.3), MsgHeartbeat and MsgSnap (§7).
import { restoreMembership } from "./configuration.ts";
import { switchTo } from "./membership.ts";
import { type Message, NONE } from "./message.ts";
import type { Raft } from "./raft.ts";
import type { Snapshot } from "./storage.ts";

/** Takes entries, or says where the logs may agree. */
export function handleAppend(raft: Raft, message: Message): void {
  const { log } = raft;
  const answer = raft.draft("MsgAppResp", message.from);
  if (message.index < log.committed) {
    // committed entries agree with every leader's: tell it to go on from there
    answer.index = log.committed;
    raft.post(answer);
    return;
  }
  const last = log.maybeAppend(message.index, message.logTerm, message.entries, message.commit);
  if (last !== undefined) answer.index = last;
  else {
    const hint = log.findConflictByTerm(Math.min(message.index, log.lastIndex()), message.logTerm);
    answer.index = message.index;
    answer.reject = true;
    answer.rejectHint = hint.index;
    answer.logTerm = hint.term;
  }
  raft.post(answer);
}

export function handleHeartbeat(raft: Raft, message: Message): void {
  raft.log.commitTo(message.commit);
  raft.send("MsgHeartbeatResp", message.from, { readSeq: message.readSeq, context: message.context });
}

/** Takes the snapshot in place of its log if it is ahead of it, and says how far it is either way. */
export function handleSnapshot(raft: Raft, message: Message): void {
  const isRestored = message.snapshot !== null && restore(raft, message.snapshot);
  raft.send("MsgAppResp", message.from, { index: isRestored ? raft.log.lastIndex() : raft.log.committed });
}

function restore(raft: Raft, snapshot: Snapshot): boolean {
  const { log } = raft;
  if (snapshot.index <= log.committed) return false;
  if (raft.role !== "follower") {
    // cannot happen: only a follower takes a snapshot
    raft.becomeFollower(raft.term + 1, NONE);
    return false;
  }
  const { conf } = snapshot;
  const isMember = [conf.voters, conf.learners, conf.votersOutgoing].some((ids) => ids.includes(raft.id));
  // a snapshot that does not know this member would leave it without a part in any configuration
  if (!isMember) return false;
  if (log.matchesTerm(snapshot.index, snapshot.term)) {
    // the log has all of it: only the commit index is news
    log.commitTo(snapshot.index);
    return false;
  }
  log.restore(snapshot);
  switchTo(
    raft,
    restoreMembership(conf, (id) => raft.newProgress(id)),
  );
  return true;
}
