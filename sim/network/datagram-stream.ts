// A stream whose messages travel on their own, for the model checker: each may be lost, doubled, delayed and overtaken by what the
// way does to packets, and nothing is sent again. There is no connection: it is open while both processes run.
import { fail } from "../engine/assert.ts";
import type { RandomStream } from "../engine/random.ts";
import type { Tick } from "../engine/tick.ts";
import type { Host, HostChange, HostUser } from "./host.ts";
import type { Path } from "./path.ts";
import type { Stream, StreamOptions } from "./stream.ts";
import type { DatagramEvents, Wire } from "./wire.ts";

/** In place of a slot: look whether both are there. */
const CHANGE = -1;

export class DatagramStream implements Stream, DatagramEvents, HostUser {
  private readonly wire: Wire;
  private readonly options: StreamOptions;
  private readonly sender: Host;
  private readonly receiver: Host;
  private readonly out: Path;
  private readonly id: number;
  private readonly delays: RandomStream;
  private readonly heartbeatDelays: RandomStream;
  private readonly losses: RandomStream;
  private readonly duplicates: RandomStream;
  private readonly payloads: unknown[] = [];
  private readonly freeSlots: number[] = [];
  /** Arrived at a paused receiver. */
  private unread: unknown[] = [];
  private isUp = false;
  private isClosed = false;

  constructor(wire: Wire, options: StreamOptions, sender: Host, receiver: Host, out: Path) {
    this.wire = wire;
    this.options = options;
    this.sender = sender;
    this.receiver = receiver;
    this.out = out;
    this.id = wire.addDatagrams(this);
    this.delays = wire.stream(out.name, options.name, "latency");
    this.heartbeatDelays = wire.stream(out.name, options.name, "heartbeat-latency");
    this.losses = wire.stream(out.name, options.name, "loss");
    this.duplicates = wire.stream(out.name, options.name, "duplicate");
    sender.users.add(this);
    receiver.users.add(this);
    this.changeSoon();
  }

  get isOpen(): boolean {
    return this.isUp;
  }

  get isReaderOpen(): boolean {
    return this.isUp;
  }

  readonly isIdle = false;

  sendLate(): number {
    return fail("datagrams are never left out");
  }

  skipHeartbeats(): void {
    fail("datagrams are never left out");
  }

  send(payload: unknown, bytes: number, isHeartbeat = false): boolean {
    if (!this.isUp) return false;
    const out = this.out;
    const isDoubled = out.duplicate > 0 && this.duplicates.next() < out.duplicate;
    this.sendOne(payload, bytes, isHeartbeat);
    if (isDoubled) this.sendOne(payload, bytes, isHeartbeat);
    return true;
  }

  close(): void {
    this.isClosed = true;
    this.isUp = false;
    this.unread = [];
    this.sender.users.delete(this);
    this.receiver.users.delete(this);
  }

  hostChanged(host: Host, change: HostChange): void {
    if (host === this.receiver && change === "resumed") this.read();
    else if (change !== "paused") this.changeSoon();
  }

  arrive(slot: number): void {
    if (slot === CHANGE) return this.change();
    const payload = this.payloads[slot];
    this.payloads[slot] = undefined;
    this.freeSlots.push(slot);
    if (this.isClosed || !this.receiver.isRunning || !this.receiver.isMachineUp) return;
    if (this.receiver.isPaused) this.unread.push(payload);
    else this.options.deliver(payload);
  }

  private sendOne(payload: unknown, bytes: number, isHeartbeat: boolean): void {
    const { out } = this;
    if (out.isBlocked || (out.loss > 0 && this.losses.next() < out.loss)) return;
    const slot = this.freeSlots.pop() ?? this.payloads.length;
    this.payloads[slot] = payload;
    const now = this.wire.engine.now;
    const delay =
      out.constantMicros >= 0 ? out.constantMicros : out.drawMicros(isHeartbeat ? this.heartbeatDelays : this.delays);
    this.wire.engine.schedule((out.departure(now, bytes) + delay) as Tick, this.wire.datagramKind, this.id, slot);
  }

  private read(): void {
    const arrived = this.unread;
    this.unread = [];
    for (let i = 0; i < arrived.length; i++) {
      if (this.receiver.isPaused) this.unread.push(arrived[i]);
      else this.options.deliver(arrived[i]);
    }
  }

  private changeSoon(): void {
    this.wire.engine.after(0, this.wire.datagramKind, this.id, CHANGE);
  }

  private change(): void {
    const { sender, receiver, options } = this;
    const isSenderUp = sender.isRunning && sender.isMachineUp;
    const isReceiverUp = receiver.isRunning && receiver.isMachineUp;
    if (!isReceiverUp) this.unread = [];
    if (this.isClosed || this.isUp === (isSenderUp && isReceiverUp)) return;
    this.isUp = isSenderUp && isReceiverUp;
    if (isSenderUp) (this.isUp ? options.opened : options.closed)?.();
    if (isReceiverUp) (this.isUp ? options.readerOpened : options.readerClosed)?.();
  }
}
