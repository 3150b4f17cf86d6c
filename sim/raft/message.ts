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

/** A message that is still being filled. Once it is sent nobody changes it. */
export type MessageDraft = { -readonly [Field in keyof Message]: Message[Field] };

/** A message whose other fields have their meaning "not used": hot paths set those that are. */
export function draftMessage(type: MessageType, from: number, to: number, term: number): MessageDraft {
  return {
    type,
    from,
    to,
    term,
    logTerm: 0,
    index: 0,
    commit: 0,
    vote: NONE,
    reject: false,
    rejectHint: 0,
    entries: NO_ENTRIES,
    snapshot: null,
    context: "",
    readSeq: 0,
    responses: NO_MESSAGES,
  };
}

/** A message with the fields that are given; the others have their meaning "not used". */
export function createMessage(type: MessageType, fields: Partial<Message>): MessageDraft {
  const message = draftMessage(type, fields.from ?? NONE, fields.to ?? NONE, fields.term ?? 0);
  message.logTerm = fields.logTerm ?? 0;
  message.index = fields.index ?? 0;
  message.commit = fields.commit ?? 0;
  message.vote = fields.vote ?? NONE;
  message.reject = fields.reject ?? false;
  message.rejectHint = fields.rejectHint ?? 0;
  message.entries = fields.entries ?? NO_ENTRIES;
  message.snapshot = fields.snapshot ?? null;
  message.context = fields.context ?? "";
  message.readSeq = fields.readSeq ?? 0;
  message.responses = fields.responses ?? NO_MESSAGES;
  return message;
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
