// A one-way stream of messages as etcd's peers use it: what its two ends can ask for and are told. Over TCP (tcp-stream.ts) it is
// ordered and complete while open; as datagrams (datagram-stream.ts) every message is on its own.

export interface StreamOptions {
  /** For people and random streams: unique among the streams from one host to another, for example "message". */
  readonly name: string;
  /** Host ids of the sender and of the receiver, who dials. */
  readonly from: number;
  readonly to: number;
  /** At the receiver, in the order of sending. */
  deliver(payload: unknown): void;
  /** The sender can send from now on; called again, without closed in between, when a newer connection replaces one. */
  opened?(): void;
  /** The sender's end has lost its connection: what was on the way may not have arrived. */
  closed?(): void;
  /** The receiver's end is connected. */
  readerOpened?(): void;
  /** The receiver's end has lost its connection; it dials again. */
  readerClosed?(): void;
  /** The receiver closes after so long without data; 0 = never, which is how etcd 3.5 and 3.6 behave (docs/NETWORK.md). */
  readonly readTimeoutMicros: number;
  /** A write that blocks for longer closes the sender's end. Default 5 s. */
  readonly writeTimeoutMicros?: number;
  /** How often the sender writes when it has nothing to say. Healthy streams do not execute it. */
  readonly linkHeartbeatMicros: number;
  /** Least time between two dials. */
  readonly redialMicros: number;
  readonly dialTimeoutMicros: number;
  /** Messages that may wait at the sender while its socket takes nothing. */
  readonly bufferMessages: number;
}

/** The sender's handle. Callbacks never come from inside openStream, and `closed` never from inside send. */
export interface Stream {
  /** The sender has a connection, as far as it knows. */
  readonly isOpen: boolean;
  /** The receiver has a connection, as far as it knows. */
  readonly isReaderOpen: boolean;
  /**
   * Sends a message. No allocation; one event on a healthy path.
   *
   * @param bytes its size on the wire
   * @param isHeartbeat its delay is drawn from a stream of its own: leaving heartbeats out never moves other draws
   * @returns false when it was dropped: not open, or buffer full
   */
  send(payload: unknown, bytes: number, isHeartbeat?: boolean): boolean;
  /** Connected, with nothing on its way and nothing that hinders: its heartbeats may be left out. Never for datagrams. */
  readonly isIdle: boolean;
  /**
   * Sends a heartbeat late that left at `sentAt`, while the stream was idle.
   *
   * @returns when it arrives; at the present moment or later, it is delivered then, before that it is taken as delivered
   */
  sendLate(payload: unknown, bytes: number, sentAt: number): number;
  /** As many heartbeats as this were sent and have arrived while the stream was idle. */
  skipHeartbeats(count: number): void;
  /** Ends the stream for good, at both ends and without calling back. */
  close(): void;
}
