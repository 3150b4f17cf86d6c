// A one-way stream of messages over TCP as etcd's peers use it: the receiver dials, and dials again whenever the connection is
// lost and its process runs. Each end learns of a loss in its own time: by FIN or reset, by a write that blocks, by its kernel
// giving up. Refuses to keep anything across connections: what was on the way is lost, and the sender is told that it was.
import { Dialer } from "./dialer.ts";
import type { Host, HostChange, HostUser } from "./host.ts";
import type { Path } from "./path.ts";
import { Pipe } from "./pipe.ts";
import type { Wire } from "./wire.ts";

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

export class Stream implements HostUser {
  private readonly options: StreamOptions;
  private readonly sender: Host;
  private readonly receiver: Host;
  private readonly pipe: Pipe;
  private readonly dialer: Dialer;
  private isClosed = false;
  private senderIsOpen = false;
  private readerIsOpen = false;

  constructor(wire: Wire, options: StreamOptions, sender: Host, receiver: Host, out: Path, back: Path) {
    this.options = options;
    this.sender = sender;
    this.receiver = receiver;
    this.pipe = new Pipe(wire, {
      sender,
      receiver,
      out,
      back,
      lane: options.name,
      bufferMessages: options.bufferMessages,
      writeTimeoutMicros: options.writeTimeoutMicros ?? 5_000_000,
      userTimeoutMicros: 0,
      deliver: options.deliver,
      senderLost: () => this.senderLost(),
      receiverLost: () => this.receiverLost(),
    });
    this.dialer = new Dialer(wire, {
      from: receiver,
      to: sender,
      out: back,
      back: out,
      lane: options.name,
      dialTimeoutMicros: options.dialTimeoutMicros,
      redialMicros: options.redialMicros,
      established: () => this.established(),
    });
    sender.users.add(this);
    receiver.users.add(this);
    this.dial();
  }

  /** The sender has a connection, as far as it knows. */
  get isOpen(): boolean {
    return this.senderIsOpen;
  }

  /** The receiver has a connection, as far as it knows. */
  get isReaderOpen(): boolean {
    return this.readerIsOpen;
  }

  /**
   * Sends a message. No allocation; one event on a healthy path.
   *
   * @param bytes its size on the wire
   * @param isHeartbeat its delay is drawn from a stream of its own: leaving heartbeats out never moves other draws
   * @returns false when it was dropped: not open, or buffer full
   */
  send(payload: unknown, bytes: number, isHeartbeat = false): boolean {
    return this.senderIsOpen && this.pipe.send(payload, bytes, isHeartbeat);
  }

  /** Ends the stream for good, at both ends and without calling back. */
  close(): void {
    this.isClosed = true;
    this.senderIsOpen = false;
    this.readerIsOpen = false;
    this.dialer.stop();
    this.pipe.close();
    this.sender.users.delete(this);
    this.receiver.users.delete(this);
  }

  hostChanged(host: Host, change: HostChange): void {
    if (host === this.sender) this.senderChanged(change);
    else this.receiverChanged(change);
    this.pipe.pathChanged();
    this.dialer.wake();
  }

  private senderChanged(change: HostChange): void {
    if (change === "stopped") {
      this.senderIsOpen = false;
      this.pipe.finish();
    } else if (change === "silenced") {
      this.senderIsOpen = false;
      this.pipe.senderVanished();
    } else if (change === "reachable" && this.readerIsOpen && !this.senderIsOpen) {
      // the reader's next keepalive probe is answered by a reset
      this.receiverLost();
    }
  }

  private receiverChanged(change: HostChange): void {
    if (change === "stopped" || change === "silenced") {
      this.readerIsOpen = false;
      this.dialer.stop();
      if (this.senderIsOpen) this.pipe.receiverGone();
    } else if (change === "started" || change === "reachable") {
      if (!this.readerIsOpen) this.dial();
    } else if (change === "resumed") this.pipe.resume();
  }

  private dial(): void {
    if (!this.isClosed && this.receiver.isRunning && this.receiver.isMachineUp) this.dialer.start();
  }

  private established(): void {
    this.pipe.open();
    this.senderIsOpen = true;
    this.readerIsOpen = true;
    this.options.opened?.();
    this.options.readerOpened?.();
  }

  private senderLost(): void {
    this.senderIsOpen = false;
    this.options.closed?.();
  }

  private receiverLost(): void {
    this.readerIsOpen = false;
    this.options.readerClosed?.();
    this.dial();
  }
}
