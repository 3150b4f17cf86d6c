// What a follower does with a message of its term.
import { hup } from "./election.ts";
import { handleAppend, handleHeartbeat, handleSnapshot } from "./follow.ts";
import { type Message, NONE } from "./message.ts";
import type { Raft, StepError } from "./raft.ts";

export function stepFollower(raft: Raft, message: Message): StepError | null {
  switch (message.type) {
    case "MsgProp":
      if (raft.lead === NONE || raft.options.disableProposalForwarding) return "raft proposal dropped";
      raft.sendInTerm("MsgProp", raft.lead, 0, message);
      break;
    case "MsgApp":
      hearLeader(raft, message);
      handleAppend(raft, message);
      break;
    case "MsgHeartbeat":
      hearLeader(raft, message);
      handleHeartbeat(raft, message);
      break;
    case "MsgSnap":
      hearLeader(raft, message);
      handleSnapshot(raft, message);
      break;
    case "MsgTransferLeader":
      if (raft.lead !== NONE) raft.send("MsgTransferLeader", raft.lead, message);
      break;
    case "MsgForgetLeader":
      // a lease is a promise to a leader that may not be forgotten
      if (raft.options.readOnly === "safe") raft.lead = NONE;
      break;
    case "MsgTimeoutNow":
      // no question before: the leader wants it
      hup(raft, "transfer");
      break;
    case "MsgReadIndex":
      if (raft.lead !== NONE) raft.sendInTerm("MsgReadIndex", raft.lead, 0, message);
      break;
    case "MsgReadIndexResp":
      if (message.entries.length === 1) {
        raft.readStates.push({ index: message.index, context: message.entries[0]!.data });
      }
      break;
    default:
  }
  return null;
}

function hearLeader(raft: Raft, message: Message): void {
  raft.electionElapsedTicks = 0;
  raft.lead = message.from;
}
