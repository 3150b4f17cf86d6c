// A one-way stream of messages over TCP as etcd's peers use it: the receiver dials, and dials again whenever the connection is
// lost and its process runs. Each end learns of a loss in its own time: by FIN or reset, by a write that blocks, by its kernel
// giving up. Refuses to keep anything across connections: what was on the way is lost, and the sender is told that it was.
import { Dialer } from "./dialer.ts";
import type { Host, HostChange, HostUser } from "./host.ts";
import type { Path } from "./path.ts";
import { Pipe } from "./pipe.ts";
import type { Stream, StreamOptions } from "./stream.ts";
import type { Wire } from "./wire.ts";

/** rafthttp's. */
const WRITE_TIMEOUT_MICROS = 5_000_000;

export class TcpStream implements Stream, HostUser {
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
      linkHeartbeatMicros: options.linkHeartbeatMicros,
      readTimeoutMicros: options.readTimeoutMicros,
      writeTimeoutMicros: options.writeTimeoutMicros ?? WRITE_TIMEOUT_MICROS,
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

  get isOpen(): boolean {
    return this.senderIsOpen;
  }

  get isReaderOpen(): boolean {
    return this.readerIsOpen;
  }

  send(payload: unknown, bytes: number, isHeartbeat = false): boolean {
    return this.senderIsOpen && this.pipe.send(payload, bytes, isHeartbeat);
  }

  get isIdle(): boolean {
    return this.senderIsOpen && this.readerIsOpen && this.pipe.isIdle;
  }

  sendLate(payload: unknown, bytes: number, sentAt: number): number {
    return this.pipe.sendLate(payload, bytes, sentAt);
  }

  skipHeartbeats(count: number): void {
    this.pipe.skipHeartbeats(count);
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.senderIsOpen = false;
    this.readerIsOpen = false;
    this.dialer.release();
    this.pipe.release();
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
    }
  }

  private receiverChanged(change: HostChange): void {
    if (change === "stopped" || change === "silenced") {
      this.dialer.stop();
      if (this.readerIsOpen) this.pipe.receiverGone();
      this.readerIsOpen = false;
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
