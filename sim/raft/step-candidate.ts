// What a candidate or pre-candidate does with a message of its term.
import { countVote } from "./election.ts";
import { handleAppend, handleHeartbeat, handleSnapshot } from "./follow.ts";
import type { Message } from "./message.ts";
import type { Raft, StepError } from "./raft.ts";

export function stepCandidate(raft: Raft, message: Message): StepError | null {
  switch (message.type) {
    case "MsgProp":
      return "raft proposal dropped";
    // somebody leads in this term: the campaign is over (Raft §5.2)
    case "MsgApp":
      raft.becomeFollower(message.term, message.from);
      handleAppend(raft, message);
      break;
    case "MsgHeartbeat":
      raft.becomeFollower(message.term, message.from);
      handleHeartbeat(raft, message);
      break;
    case "MsgSnap":
      raft.becomeFollower(message.term, message.from);
      handleSnapshot(raft, message);
      break;
    // answers to the other kind of campaign are late and tell nothing
    case "MsgPreVoteResp":
      if (raft.role === "precandidate") countVote(raft, message);
      break;
    case "MsgVoteResp":
      if (raft.role === "candidate") countVote(raft, message);
      break;
    default:
  }
  return null;
}
