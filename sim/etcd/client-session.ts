// The server's end of a client's connection: hands requests to the member and its answers back. Accepts nothing before the member
// serves clients; forgets everything when the connection is lost.
import type { EtcdAnswer } from "./answer.ts";
import {
  type AnswerFrame,
  answerBytes,
  type CallFrame,
  type EndFrame,
  type EventsFrame,
  eventsBytes,
  FRAME_BYTES,
  GOAWAY,
  PONG,
  REFUSAL,
  SETTINGS,
  type ToClient,
  type ToServer,
  type UnprocessedFrame,
  type WatchFrame,
} from "./client-frames.ts";
import { ERRORS, type EtcdError } from "./error.ts";
import type { EtcdRequest, WatchEvent } from "./request.ts";

/** What a watch at a member tells. */
export interface MemberWatchSink {
  /** @param revision of the store; `events` may be empty: nothing has happened up to it */
  told(events: readonly WatchEvent[], revision: number): void;
  /** @param compactRevision above 0 when the watch asks for what has been compacted */
  ended(error: EtcdError, compactRevision: number): void;
}

/** A member as its clients reach it. */
export interface Endpoint {
  readonly name: string;
  readonly host: number;
  /** It stops in good order: its listener is closed. */
  readonly isLeaving: boolean;
  /** Calls back once: now, or when it begins to serve. */
  whenServing(begin: () => void): void;
  /**
   * A client is connected.
   *
   * @param leave called when the member begins to stop in good order
   * @returns to be called when the connection is gone
   */
  connected(leave: () => void): () => void;
  call(request: EtcdRequest, done: (answer: EtcdAnswer | EtcdError) => void): void;
  watch(frame: WatchFrame, sink: MemberWatchSink): { cancel(): void };
}

export class ServerSession {
  private readonly endpoint: Endpoint;
  private readonly send: (frame: ToClient, bytes: number) => void;
  private readonly watches = new Map<WatchFrame, { cancel(): void }>();
  private isClosed = false;
  private isGoing = false;
  private disconnect: () => void = () => undefined;

  constructor(endpoint: Endpoint, send: (frame: ToClient, bytes: number) => void) {
    this.endpoint = endpoint;
    this.send = send;
  }

  received(frame: ToServer): void {
    if (this.isClosed) return;
    switch (frame.kind) {
      case "call":
        this.endpoint.call(frame.request, (answer) => {
          if (this.isClosed) return;
          if (answer === ERRORS.connectionRefused) return this.refuse(frame);
          const reply: AnswerFrame = { kind: "answer", call: frame, answer };
          this.send(reply, answerBytes(answer));
        });
        return;
      case "watch":
        return this.watch(frame);
      case "cancel":
        this.watches.get(frame.watch)?.cancel();
        this.watches.delete(frame.watch);
        return;
      case "ping":
        return this.send(PONG, FRAME_BYTES);
      case "preface":
        if (this.endpoint.isLeaving) return this.send(REFUSAL, FRAME_BYTES);
        return this.accept(() => this.send(SETTINGS, FRAME_BYTES));
    }
  }

  /** Takes the connection once the member serves clients. */
  accept(accepted: () => void): void {
    this.endpoint.whenServing(() => {
      if (this.isClosed) return;
      this.disconnect = this.endpoint.connected(() => this.goAway());
      accepted();
    });
  }

  /** The member stops in good order: no further requests on this connection. */
  private goAway(): void {
    if (!this.isGoing) this.send(GOAWAY, FRAME_BYTES);
    this.isGoing = true;
  }

  /** A request that was on its way when the member began to stop. */
  private refuse(call: CallFrame): void {
    this.goAway();
    const reply: UnprocessedFrame = { kind: "unprocessed", call };
    this.send(reply, FRAME_BYTES);
  }

  /** The connection is gone. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.disconnect();
    for (const watch of this.watches.values()) watch.cancel();
    this.watches.clear();
  }

  private watch(frame: WatchFrame): void {
    const watch = this.endpoint.watch(frame, {
      told: (events, revision) => {
        if (this.isClosed) return;
        const reply: EventsFrame = { kind: "events", watch: frame, events, revision };
        this.send(reply, eventsBytes(events));
      },
      ended: (error, compactRevision) => {
        this.watches.delete(frame);
        if (this.isClosed) return;
        const reply: EndFrame = { kind: "end", watch: frame, error, compactRevision };
        this.send(reply, FRAME_BYTES);
      },
    });
    this.watches.set(frame, watch);
  }
}
