// The messages between members, and between a member and its own storage threads. One flat record for all types: every
// message has the same shape, which keeps the hot paths monomorphic; a field that a type does not use is 0, "" or empty.
import type { Entry } from "./entry.ts";
import type { Snapshot } from "./storage.ts";

/** No node: nobody led, nobody voted for. */
export const NONE = 0;
/** Addressee of MsgStorageAppend: the local thread that writes entries, hard state and snapshots. */
export const APPEND_THREAD = Number.MAX_SAFE_INTEGER;
/** Addressee of MsgStorageApply: the local thread that applies committed entries. */
export const APPLY_THREAD = Number.MAX_SAFE_INTEGER - 1;
/** Context of a MsgVote whose sender was told to campaign by the leader: it is not held back by a lease. */
export const CAMPAIGN_TRANSFER = "CampaignTransfer";

export type MessageType =
  | "MsgHup"
  | "MsgBeat"
  | "MsgProp"
  | "MsgApp"
  | "MsgAppResp"
  | "MsgVote"
  | "MsgVoteResp"
  | "MsgPreVote"
  | "MsgPreVoteResp"
  | "MsgSnap"
  | "MsgHeartbeat"
  | "MsgHeartbeatResp"
  | "MsgUnreachable"
  | "MsgSnapStatus"
  | "MsgCheckQuorum"
  | "MsgTransferLeader"
  | "MsgTimeoutNow"
  | "MsgReadIndex"
  | "MsgReadIndexResp"
  | "MsgForgetLeader"
  | "MsgStorageAppend"
  | "MsgStorageAppendResp"
  | "MsgStorageApply"
  | "MsgStorageApplyResp";

export interface Message {
  readonly type: MessageType;
  readonly from: number;
  readonly to: number;
  /** 0: local, or a request that is forwarded whatever the term. */
  readonly term: number;
  /** MsgApp: term of the entry before the first one. MsgVote: term of the last entry. A refusing MsgAppResp: term at `rejectHint`. */
  readonly logTerm: number;
  /** MsgApp: index of the entry before the first one. MsgAppResp: acknowledged or refused index. MsgVote: last index. */
  readonly index: number;
  readonly commit: number;
  /** MsgStorageAppend only: the vote to persist. */
  readonly vote: number;
  readonly reject: boolean;
  readonly rejectHint: number;
  readonly entries: readonly Entry[];
  readonly snapshot: Snapshot | null;
  readonly context: string;
  /** MsgHeartbeat and its response: number of the newest read request that waits for confirmation, 0 for none. */
  readonly readSeq: number;
  /** MsgStorageAppend and MsgStorageApply: what to deliver once the work is done. */
  readonly responses: readonly Message[];
}

const NO_ENTRIES: readonly Entry[] = [];
const NO_MESSAGES: readonly Message[] = [];

/** A message in which all fields have their meaning "not used", except those given. */
export function createMessage(type: MessageType, fields: Partial<Message>): Message {
  return {
    type,
    from: fields.from ?? NONE,
    to: fields.to ?? NONE,
    term: fields.term ?? 0,
    logTerm: fields.logTerm ?? 0,
    index: fields.index ?? 0,
    commit: fields.commit ?? 0,
    vote: fields.vote ?? NONE,
    reject: fields.reject ?? false,
    rejectHint: fields.rejectHint ?? 0,
    entries: fields.entries ?? NO_ENTRIES,
    snapshot: fields.snapshot ?? null,
    context: fields.context ?? "",
    readSeq: fields.readSeq ?? 0,
    responses: fields.responses ?? NO_MESSAGES,
  };
}

/** Is it a message that only the member itself may produce? */
export function isLocalMessage(type: MessageType): boolean {
  switch (type) {
    case "MsgHup":
    case "MsgBeat":
    case "MsgUnreachable":
    case "MsgSnapStatus":
    case "MsgCheckQuorum":
    case "MsgStorageAppend":
    case "MsgStorageAppendResp":
    case "MsgStorageApply":
    case "MsgStorageApplyResp":
      return true;
    default:
      return false;
  }
}

/** Is it an answer, which is refused from a node that is in no known configuration? */
export function isResponse(type: MessageType): boolean {
  switch (type) {
    case "MsgAppResp":
    case "MsgVoteResp":
    case "MsgPreVoteResp":
    case "MsgHeartbeatResp":
    case "MsgReadIndexResp":
    case "MsgUnreachable":
    case "MsgStorageAppendResp":
    case "MsgStorageApplyResp":
      return true;
    default:
      return false;
  }
}

/** Is it one of the member's own storage threads? */
export function isStorageThread(id: number): boolean {
  return id === APPEND_THREAD || id === APPLY_THREAD;
}

/** Does the message promise something that must be on disk before it is sent (Raft §5.1)? */
export function waitsForAppend(type: MessageType): boolean {
  return type === "MsgAppResp" || type === "MsgVoteResp" || type === "MsgPreVoteResp";
}
