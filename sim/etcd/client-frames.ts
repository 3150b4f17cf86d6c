// What travels on a client's connection, in both directions, and how large it is on the wire. Frames of a call or a watch carry the
// client's own object of it, so that neither side looks anything up.
import type { EtcdAnswer, OpAnswer } from "./answer.ts";
import { EtcdError } from "./error.ts";
import type { EtcdRequest, KeyValue, TxnOp, WatchEvent } from "./request.ts";

/** Opens an HTTP/2 connection: answered by `settings` once the server accepts it. */
export const PREFACE = { kind: "preface" } as const;
export const SETTINGS = { kind: "settings" } as const;
export const PING = { kind: "ping" } as const;
export const PONG = { kind: "pong" } as const;
/** Nobody listens any more. */
export const REFUSAL = { kind: "refused" } as const;
/** The server takes no further requests on this connection. */
export const GOAWAY = { kind: "goaway" } as const;

/** A request and its sender; the same object comes back with the answer. */
export interface CallFrame {
  readonly kind: "call";
  readonly request: EtcdRequest;
}
export interface AnswerFrame {
  readonly kind: "answer";
  readonly call: CallFrame;
  readonly answer: EtcdAnswer | EtcdError;
}
/** A watch and its sender. */
export interface WatchFrame {
  readonly kind: "watch";
  readonly key: string;
  readonly rangeEnd: string;
  readonly startRevision: number;
  readonly requireLeader: boolean;
}
export interface CancelFrame {
  readonly kind: "cancel";
  readonly watch: WatchFrame;
}
/** The server has not begun with a call: it may be made elsewhere. */
export interface UnprocessedFrame {
  readonly kind: "unprocessed";
  readonly call: CallFrame;
}
export interface EventsFrame {
  readonly kind: "events";
  readonly watch: WatchFrame;
  readonly events: readonly WatchEvent[];
  /** The store's, for watches that were created or have nothing to tell; otherwise of the last event. */
  readonly revision: number;
}
export interface EndFrame {
  readonly kind: "end";
  readonly watch: WatchFrame;
  readonly error: EtcdError;
  readonly compactRevision: number;
}

export type ToServer = typeof PREFACE | typeof PING | CallFrame | WatchFrame | CancelFrame;
export type ToClient =
  | typeof SETTINGS
  | typeof REFUSAL
  | typeof PONG
  | typeof GOAWAY
  | AnswerFrame
  | UnprocessedFrame
  | EventsFrame
  | EndFrame;

// frame headers, HPACK-compressed headers and the message's own fields
const CALL_BYTES = 90;
export const FRAME_BYTES = 40;
const KEY_VALUE_BYTES = 30;
const OP_BYTES = 12;

/** Bytes of a request on the wire. */
export function requestBytes(request: EtcdRequest): number {
  if (request.kind === "txn") {
    let bytes = CALL_BYTES;
    for (const { key, rangeEnd } of request.compare) bytes += KEY_VALUE_BYTES + key.length + rangeEnd.length;
    for (const op of request.success) bytes += opBytes(op);
    for (const op of request.failure) bytes += opBytes(op);
    return bytes;
  }
  return CALL_BYTES + ("key" in request ? opBytes(request as TxnOp) : 0);
}

function opBytes(op: TxnOp): number {
  if (op.kind === "put") return OP_BYTES + op.key.length + op.valueBytes;
  return op.kind === "txn" ? requestBytes(op) : OP_BYTES + op.key.length + op.rangeEnd.length;
}

/** Bytes of an answer on the wire. */
export function answerBytes(answer: EtcdAnswer | EtcdError): number {
  if (answer instanceof EtcdError) return CALL_BYTES + answer.message.length;
  if (answer.kind !== "range" && answer.kind !== "txn") return CALL_BYTES;
  return CALL_BYTES + opAnswerBytes(answer);
}

function opAnswerBytes(answer: OpAnswer): number {
  if (answer.kind === "range") return sum(answer.kvs);
  if (answer.kind !== "txn") return OP_BYTES;
  let bytes = OP_BYTES;
  for (const response of answer.responses) bytes += opAnswerBytes(response);
  return bytes;
}

function sum(kvs: readonly KeyValue[]): number {
  let bytes = OP_BYTES;
  for (const kv of kvs) bytes += kvBytes(kv);
  return bytes;
}

function kvBytes(kv: KeyValue): number {
  return KEY_VALUE_BYTES + kv.key.length + kv.valueBytes;
}

/** Bytes of a watch response on the wire. */
export function eventsBytes(events: readonly WatchEvent[]): number {
  let bytes = FRAME_BYTES;
  for (const event of events) bytes += OP_BYTES + kvBytes(event.kv);
  return bytes;
}
