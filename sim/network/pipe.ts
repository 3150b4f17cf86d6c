// One direction of a TCP connection: ordered messages, each one event. Whatever is lost holds back what was sent behind it until
// the kernel sends it again; without acknowledgements the sender stops after its window. Refuses to know what messages mean, and
// to dial: streams and connections do (stream.ts, connection.ts).
import type { EventHandle } from "../engine/event-queue.ts";
import type { RandomStream } from "../engine/random.ts";
import type { Tick } from "../engine/tick.ts";
import type { Host } from "./host.ts";
import type { Path, PathUser } from "./path.ts";
import {
  backoffMicros,
  DELAYED_ACK_MICROS,
  DUPLICATE_ACKS,
  INITIAL_WINDOW,
  RETRIES,
  RTO_MIN_MICROS,
  SEND_BUFFER_BYTES,
  segmentsOf,
} from "./tcp.ts";
import type { PipeEvents, Wire } from "./wire.ts";

export interface PipeOptions {
  readonly sender: Host;
  readonly receiver: Host;
  /** From sender to receiver, and the way of the acknowledgements. */
  readonly out: Path;
  readonly back: Path;
  readonly lane: string;
  /** Messages that may wait before the socket while a write is blocked. */
  readonly bufferMessages: number;
  /** A write that blocks for longer closes the sender's end; 0 = never. */
  readonly writeTimeoutMicros: number;
  /** Data that is not acknowledged for longer closes the sender's end (TCP_USER_TIMEOUT); 0 = after all retries. */
  readonly userTimeoutMicros: number;
  deliver(payload: unknown): void;
  /** The sender's end has learnt that the connection is gone. */
  senderLost(): void;
  /** The receiver's end has learnt that the sender has closed. */
  receiverLost(): void;
}

// why a message cannot simply be scheduled; 0 = it can
const CLOSED = 1;
const STALLED = 2;
const IMPAIRED = 4;

export class Pipe implements PipeEvents, PathUser {
  /** Counts up at each opening and closing: events of earlier connections are ignored. */
  generation = 0;
  private readonly wire: Wire;
  private readonly options: PipeOptions;
  private readonly out: Path;
  private readonly back: Path;
  private readonly id: number;
  private readonly delays: RandomStream;
  private readonly heartbeatDelays: RandomStream;
  private state = CLOSED;
  // the ring: first those whose arrival is scheduled, then those that wait
  private ring: unknown[] = new Array(16).fill(undefined);
  private head = 0;
  private count = 0;
  private scheduled = 0;
  /** Arrived in the kernel of a paused receiver, not yet read: a part of `scheduled`. */
  private unread = 0;
  /** [arrival of the last message scheduled] */
  private readonly last = new Float64Array(1);
  private receiverIsGone = false;
  private isFinishing = false;
  // the stall
  private timer: EventHandle | undefined;
  private attempt = 0;
  private rtoMicros = 0;
  /** The first message of the stall is at the receiver, only its acknowledgement is missing. */
  private isHeadDelivered = false;
  /** Behind the missing message, at the receiver's kernel. */
  private held = 0;
  private inWindow = 0;
  private waitingBytes = 0;
  private blockedMessages = 0;

  constructor(wire: Wire, options: PipeOptions) {
    this.wire = wire;
    this.options = options;
    this.out = options.out;
    this.back = options.back;
    this.id = wire.pipes.push(this) - 1;
    this.delays = wire.stream(this.out.name, options.lane, "latency");
    this.heartbeatDelays = wire.stream(this.out.name, options.lane, "heartbeat-latency");
  }

  /** Messages accepted and not yet delivered. */
  get backlog(): number {
    return this.count;
  }

  get isOpen(): boolean {
    return (this.state & CLOSED) === 0 && !this.isFinishing;
  }

  /** A new connection: nothing on the way. */
  open(): void {
    this.close();
    this.state = 0;
    this.last[0] = this.wire.engine.now;
    this.out.users.add(this);
    this.back.users.add(this);
    this.pathChanged();
  }

  /** Forgets everything, at both ends. */
  close(): void {
    this.generation++;
    this.state = CLOSED;
    this.cancelTimer();
    this.ring.fill(undefined);
    this.head = 0;
    this.count = 0;
    this.scheduled = 0;
    this.unread = 0;
    this.receiverIsGone = false;
    this.isFinishing = false;
    this.waitingBytes = 0;
    this.blockedMessages = 0;
    this.out.users.delete(this);
    this.back.users.delete(this);
  }

  /**
   * Sends a message. No allocation.
   *
   * @param bytes its size on the wire
   * @param isHeartbeat draws its delay from a stream of its own, so that heartbeats never move the draws of other messages
   * @returns false when it was dropped: not open, or too much waits
   */
  send(payload: unknown, bytes: number, isHeartbeat: boolean): boolean {
    if (this.state !== 0) return this.sendSlowly(payload, bytes, isHeartbeat);
    this.push(payload);
    this.scheduleArrival(bytes, isHeartbeat);
    return true;
  }

  arrive(generation: number): void {
    if (generation !== this.generation) return;
    if (this.options.receiver.isPaused) {
      this.unread++;
      return;
    }
    this.options.deliver(this.shift());
  }

  /** The receiver reads again. */
  resume(): void {
    const generation = this.generation;
    while (this.unread > 0 && generation === this.generation && !this.options.receiver.isPaused) {
      this.unread--;
      this.options.deliver(this.shift());
    }
  }

  /** The receiver's socket is gone: its machine answers with a reset whatever arrives, as long as it is up. */
  receiverGone(): void {
    this.receiverIsGone = true;
    // what is on the way is lost
    this.generation++;
    this.cancelTimer();
    if (this.isFinishing) return this.close();
    if ((this.state & CLOSED) !== 0) return;
    this.dropAll();
    // the closing machine's own FIN or RST: repeated, if it is lost, by the answer to the sender's next message
    if (this.isAnswerable()) this.schedule(this.wire.answeredKind, this.back.drawMicros(this.delays));
    else this.stall(0);
  }

  /** The sender's machine has fallen silent, its end is gone: no FIN. */
  senderVanished(): void {
    this.close();
  }

  /** The sender closes its end in good order: the receiver learns it behind what is on the way. */
  finish(): void {
    if (!this.isOpen) return;
    if (this.receiverIsGone) return this.close();
    this.isFinishing = true;
    if ((this.state & STALLED) !== 0) {
      // what has not left the socket is not sent any more
      this.dropWaiting();
      return;
    }
    if (this.out.isBlocked || !this.options.receiver.isMachineUp) this.stall(0);
    else this.scheduleHangUp();
  }

  hangUp(generation: number): void {
    if (generation !== this.generation) return;
    this.close();
    this.options.receiverLost();
  }

  pathChanged(): void {
    if ((this.state & CLOSED) !== 0) return;
    const isImpaired =
      this.out.isBlocked || this.back.isBlocked || this.out.isLossy || !this.options.receiver.isMachineUp;
    this.state = isImpaired ? this.state | IMPAIRED : this.state & ~IMPAIRED;
  }

  retransmit(generation: number): void {
    if (generation !== this.generation) return;
    this.timer = undefined;
    this.attempt++;
    if (this.attempt > RETRIES) {
      this.giveUp();
      return;
    }
    const { receiver, sender } = this.options;
    if (this.out.isBlocked || !receiver.isMachineUp || this.isPacketLost(1)) {
      this.scheduleRetransmission();
      return;
    }
    const there = this.drawDelay(false);
    if (!this.receiverIsGone && !this.isHeadDelivered) this.deliverHeld(there);
    if (this.back.isBlocked || !sender.isMachineUp) this.scheduleRetransmission();
    else this.schedule(this.wire.answeredKind, there + this.back.drawMicros(this.delays));
  }

  answered(generation: number): void {
    if (generation !== this.generation) return;
    this.timer = undefined;
    if (this.receiverIsGone) {
      const wasFinishing = this.isFinishing;
      this.close();
      if (!wasFinishing) this.options.senderLost();
      return;
    }
    this.state &= ~STALLED;
    this.waitingBytes = 0;
    this.blockedMessages = 0;
    // one round trip after the first: what has waited leaves now, unless it is lost as well
    let waiting = this.count - this.scheduled;
    while (waiting > 0 && (this.state & STALLED) === 0) {
      this.transmit(0, false);
      waiting--;
    }
    if (this.isFinishing && (this.state & STALLED) === 0) this.scheduleHangUp();
  }

  expire(_generation: number): void {
    // timeouts of reading and writing: see the owner
  }

  heartbeat(_generation: number): void {
    // see the owner
  }

  datagram(_slot: number): void {
    // see the owner
  }

  private sendSlowly(payload: unknown, bytes: number, isHeartbeat: boolean): boolean {
    if (!this.isOpen) return false;
    if (this.receiverIsGone) {
      // on the way to the reset
      return true;
    }
    if ((this.state & STALLED) !== 0) {
      if (!this.accept(bytes)) return false;
      this.push(payload);
      this.sendIntoStall(bytes);
      return true;
    }
    this.push(payload);
    this.transmit(bytes, isHeartbeat);
    return true;
  }

  /** Sends the first of those that wait: it arrives, or begins a stall. */
  private transmit(bytes: number, isHeartbeat: boolean): void {
    if (this.out.isBlocked || !this.options.receiver.isMachineUp || this.isPacketLost(segmentsOf(bytes))) {
      this.stall(bytes);
      return;
    }
    this.scheduleArrival(bytes, isHeartbeat);
    if (!this.back.isBlocked) return;
    // it arrives and nobody says so
    this.stall(bytes);
    this.isHeadDelivered = true;
  }

  private stall(bytes: number): void {
    this.state |= STALLED;
    this.attempt = 0;
    this.held = 0;
    this.inWindow = 1;
    this.isHeadDelivered = false;
    this.waitingBytes = bytes;
    this.blockedMessages = 0;
    this.rtoMicros =
      RTO_MIN_MICROS +
      Math.round(this.out.meanMicros + this.back.meanMicros) +
      this.wire.stream(this.out.name, this.options.lane, "delayed-ack").int(DELAYED_ACK_MICROS);
    this.scheduleRetransmission();
  }

  private sendIntoStall(bytes: number): void {
    const mayLeave = this.attempt === 0 && this.inWindow < INITIAL_WINDOW;
    if (!mayLeave || this.out.isBlocked || !this.options.receiver.isMachineUp) return;
    this.inWindow++;
    if (this.isHeadDelivered) {
      this.scheduleArrival(bytes, false);
      return;
    }
    // only in an unbroken row: what comes behind a second gap waits like it
    if (this.held !== this.inWindow - 2 || this.isPacketLost(segmentsOf(bytes))) return;
    this.held++;
    if (this.held === DUPLICATE_ACKS && !this.back.isBlocked) {
      this.cancelTimer();
      this.schedule(this.wire.retransmitKind, Math.round(this.out.meanMicros + this.back.meanMicros));
    }
  }

  /** Room for one more message while nothing leaves. */
  private accept(bytes: number): boolean {
    if (this.waitingBytes < SEND_BUFFER_BYTES) {
      this.waitingBytes += bytes;
      return true;
    }
    if (this.blockedMessages >= this.options.bufferMessages) return false;
    this.blockedMessages++;
    return true;
  }

  private deliverHeld(delayMicros: number): void {
    this.isHeadDelivered = true;
    if (this.count === this.scheduled) return;
    const at = Math.max(this.wire.engine.now + delayMicros, this.last[0]!);
    for (let i = 0; i <= this.held; i++) this.scheduleAt(at);
    this.held = 0;
  }

  private giveUp(): void {
    const wasFinishing = this.isFinishing;
    this.close();
    if (!wasFinishing) this.options.senderLost();
  }

  private isAnswerable(): boolean {
    return !this.back.isBlocked && this.options.receiver.isMachineUp && this.options.sender.isMachineUp;
  }

  private isPacketLost(segments: number): boolean {
    if (!this.out.isLossy) return false;
    const losses = this.wire.stream(this.out.name, this.options.lane, "loss");
    for (let i = 0; i < segments; i++) if (losses.next() < this.out.loss) return true;
    return false;
  }

  private drawDelay(isHeartbeat: boolean): number {
    const path = this.out;
    return path.constantMicros >= 0
      ? path.constantMicros
      : path.drawMicros(isHeartbeat ? this.heartbeatDelays : this.delays);
  }

  private scheduleArrival(bytes: number, isHeartbeat: boolean): void {
    const now = this.wire.engine.now;
    const arrival = this.out.departure(now, bytes) + this.drawDelay(isHeartbeat);
    this.scheduleAt(arrival > this.last[0]! ? arrival : this.last[0]!);
  }

  private scheduleAt(arrival: number): void {
    this.last[0] = arrival;
    this.scheduled++;
    this.wire.engine.schedule(arrival as Tick, this.wire.arriveKind, this.id, this.generation);
  }

  private scheduleHangUp(): void {
    const arrival = Math.max(this.wire.engine.now + this.drawDelay(false), this.last[0]!);
    this.wire.engine.schedule(arrival as Tick, this.wire.hangUpKind, this.id, this.generation);
  }

  private schedule(kind: number, delayMicros: number): void {
    this.timer = this.wire.engine.after(delayMicros, kind, this.id, this.generation);
  }

  private scheduleRetransmission(): void {
    this.schedule(this.wire.retransmitKind, backoffMicros(this.rtoMicros, this.attempt));
  }

  private cancelTimer(): void {
    if (this.timer !== undefined) this.wire.engine.cancel(this.timer);
    this.timer = undefined;
  }

  private push(payload: unknown): void {
    if (this.count === this.ring.length) this.grow();
    this.ring[(this.head + this.count) & (this.ring.length - 1)] = payload;
    this.count++;
  }

  private shift(): unknown {
    const payload = this.ring[this.head];
    this.ring[this.head] = undefined;
    this.head = (this.head + 1) & (this.ring.length - 1);
    this.count--;
    this.scheduled--;
    return payload;
  }

  private dropWaiting(): void {
    while (this.count > this.scheduled + this.held + (this.isHeadDelivered ? 0 : 1)) {
      this.count--;
      this.ring[(this.head + this.count) & (this.ring.length - 1)] = undefined;
    }
  }

  private dropAll(): void {
    this.ring.fill(undefined);
    this.head = 0;
    this.count = 0;
    this.scheduled = 0;
    this.unread = 0;
    this.held = 0;
  }

  private grow(): void {
    const old = this.ring;
    this.ring = new Array(old.length * 2).fill(undefined);
    for (let i = 0; i < old.length; i++) this.ring[i] = old[(this.head + i) & (old.length - 1)];
    this.head = 0;
  }
}
