// What peers send each other beside raft's messages.
import type { Message } from "../raft/message.ts";
import type { EtcdAnswer } from "./answer.ts";
import type { EtcdError } from "./error.ts";
import type { EtcdRequest } from "./request.ts";
import type { SnapshotSaved } from "./snapshots.ts";

/** What a member that was removed is told when it dials. */
export interface MemberGone {
  readonly type: "gone";
  readonly from: number;
}

/** What only the leader can answer, asked over HTTP. */
export interface PeerRequest {
  readonly type: "peerRequest";
  readonly from: number;
  readonly id: number;
  readonly request: EtcdRequest;
}
export interface PeerAnswer {
  readonly type: "peerAnswer";
  readonly from: number;
  readonly id: number;
  readonly answer: EtcdAnswer | EtcdError;
}

export type PeerPayload = Message | SnapshotSaved | MemberGone | PeerRequest | PeerAnswer;
