// One direction of a TCP connection: ordered messages, one event each. Whatever is lost holds back what was sent behind it until
// the kernel sends it again; without acknowledgements the sender stops after its window. Each end can be gone without the other
// knowing. Refuses to know what messages mean, and to dial (tcp-stream.ts, connection.ts). Sources: docs/NETWORK.md.
import type { EventHandle } from "../engine/event-queue.ts";
import type { RandomStream } from "../engine/random.ts";
import type { Tick } from "../engine/tick.ts";
import { Fifo } from "./fifo.ts";
import type { Host } from "./host.ts";
import type { Path, PathUser } from "./path.ts";
import { ReaderWatch } from "./reader-watch.ts";
import * as tcp from "./tcp.ts";
import type { PipeEvents, Wire } from "./wire.ts";

export interface PipeOptions {
  readonly sender: Host;
  readonly receiver: Host;
  /** From sender to receiver, and the way of the acknowledgements. */
  readonly out: Path;
  readonly back: Path;
  /** Names the random streams of its draws. */
  readonly lane: string;
  /** Messages that may wait before the socket while a write is blocked. */
  readonly bufferMessages: number;
  /** How often the sender writes when it has nothing to say; 0 = never. */
  readonly linkHeartbeatMicros: number;
  /** The receiver closes its end after so long without data; 0 = never. */
  readonly readTimeoutMicros: number;
  /** A write that blocks for longer closes the sender's end; 0 = never. */
  readonly writeTimeoutMicros: number;
  /** Data that is not acknowledged for longer closes the sender's end (TCP_USER_TIMEOUT); 0 = after all retries. */
  readonly userTimeoutMicros: number;
  deliver(payload: unknown): void;
  /** The sender's end is lost, and the sender has just learnt it. */
  senderLost(): void;
  /** The receiver's end is lost, and the receiver has just learnt it. */
  receiverLost(): void;
}

// why a message cannot simply be scheduled, as bits; 0 = it can
/** The sender has no connection. */
const CLOSED = 1;
/** Something is lost or not acknowledged: the retransmission timer, or the answer to a retransmission, is under way. */
const STALLED = 2;
/** Messages can get lost. */
const IMPAIRED = 4;
/** The receiver reads nothing. */
const PAUSED = 8;
/** The receiver's socket is gone. */
const DEAF = 16;
/** The link has more to carry than a queue takes: what follows waits in the socket. */
const CONGESTED = 32;

export class Pipe implements PipeEvents, PathUser {
  private readonly wire: Wire;
  private readonly options: PipeOptions;
  private readonly out: Path;
  private readonly back: Path;
  private readonly watch: ReaderWatch;
  private readonly id: number;
  private readonly delays: RandomStream;
  private readonly heartbeatDelays: RandomStream;
  private losses: RandomStream | undefined;
  private generation: number;
  private state = CLOSED;
  // first the messages whose arrival is scheduled, then those that wait, with the sizes of these
  private readonly messages = new Fifo();
  private readonly waitingSizes = new Fifo();
  private scheduled = 0;
  /** Arrived in the kernel of a paused receiver: a part of `scheduled`. */
  private unread = 0;
  /** The receiver reads what came while it was paused. */
  private isCatchingUp = false;
  // [arrival of the last message scheduled]
  private readonly last = new Float64Array(1);
  private openedAt = 0;
  /** The sender's process has closed; its kernel still delivers. */
  private isFinishing = false;
  private hasHungUp = false;
  /** The sender's end is gone, and the receiver does not know. */
  private isAbandoned = false;
  private heartbeatIsDue = false;
  // a stall: one segment is missing, later ones may be at the receiver's kernel (held), more wait
  private timer: EventHandle | undefined;
  private stalledAt = 0;
  private attempt = 0;
  private roundTripMicros = 0;
  /** No message is missing, but a link heartbeat, a FIN, or only an acknowledgement. */
  private noneIsMissing = false;
  private held = 0;
  private inWindow = 0;
  private hasGap = false;
  private isRepeated = false;
  // while nothing leaves the socket
  private waitingBytes = 0;
  private blocked = 0;
  private writeTimer: EventHandle | undefined;
  private drain: EventHandle | undefined;

  constructor(wire: Wire, options: PipeOptions) {
    const { sender, out, back, lane, readTimeoutMicros, linkHeartbeatMicros } = options;
    this.wire = wire;
    this.options = options;
    this.out = out;
    this.back = back;
    const expired = () => this.readerExpired();
    this.watch = new ReaderWatch(wire, { sender, out, back, readTimeoutMicros, linkHeartbeatMicros, expired });
    this.id = wire.addPipe(this, this.watch);
    this.generation = wire.newGeneration();
    this.delays = wire.stream(out.name, lane, "latency");
    this.heartbeatDelays = wire.stream(out.name, lane, "heartbeat-latency");
  }

  /** A new connection, with nothing on the way. */
  open(): void {
    this.close();
    this.state = 0;
    this.openedAt = this.wire.engine.now;
    this.last[0] = this.openedAt;
    this.watch.open(this.id);
    this.out.users.add(this);
    this.back.users.add(this);
    this.pathChanged();
  }

  /** Forgets everything, at both ends, without calling back. */
  close(): void {
    this.forgetSender();
    this.forgetMessages();
    this.watch.close();
    this.isAbandoned = false;
    this.out.users.delete(this);
    this.back.users.delete(this);
  }

  /** It is not used any more. */
  release(): void {
    this.close();
    this.wire.removePipe(this.id);
  }

  /**
   * Sends a message. One event and no allocation while all is well.
   *
   * @param bytes its size on the wire
   * @param isHeartbeat draws its delay from a stream of its own, so that heartbeats never move the draws of other messages
   * @returns false when it was dropped: not open, or too much waits
   */
  send(payload: unknown, bytes: number, isHeartbeat: boolean): boolean {
    if (this.state !== 0) return this.sendSlowly(payload, bytes, isHeartbeat);
    this.messages.push(payload);
    this.scheduleArrival(bytes, isHeartbeat);
    return true;
  }

  /** Nothing is on its way, and nothing hinders. */
  get isIdle(): boolean {
    return this.state === 0 && this.messages.count === 0;
  }

  /**
   * Sends a heartbeat late that left at `sentAt`, while both ends were left alone.
   *
   * @returns when it arrives; at the present moment or later, it is delivered then, before that it is taken as delivered
   */
  sendLate(payload: unknown, bytes: number, sentAt: number): number {
    const arrival = Math.max(this.out.departure(sentAt, bytes) + this.drawDelay(true), this.last[0]!);
    if (arrival < this.wire.engine.now) this.last[0] = arrival;
    else {
      this.messages.push(payload);
      this.scheduleAt(arrival);
    }
    return arrival;
  }

  /** As many heartbeats as this were sent and have arrived while both ends were left alone. */
  skipHeartbeats(count: number): void {
    if (this.out.constantMicros >= 0) return;
    this.out.skipDraws(this.heartbeatDelays, count);
  }

  arrive(generation: number): void {
    if (generation !== this.generation) return;
    if (this.options.receiver.isPaused || this.isCatchingUp) {
      this.unread++;
      return;
    }
    this.scheduled--;
    this.options.deliver(this.messages.shift());
  }

  /** The receiver reads again: one message of each connection after the other, as readers beside each other do. */
  resume(): void {
    if (this.isCatchingUp) return;
    this.isCatchingUp = true;
    this.catchUp(this.generation);
  }

  private catchUp(generation: number): void {
    if (generation !== this.generation) return;
    if (this.options.receiver.isPaused || this.unread === 0) {
      this.isCatchingUp = false;
      if (!this.options.receiver.isPaused) this.caughtUp(generation);
      return;
    }
    this.unread--;
    this.scheduled--;
    const { engine } = this.wire;
    engine.at(engine.now, () => this.catchUp(generation));
    this.options.deliver(this.messages.shift());
  }

  private caughtUp(generation: number): void {
    this.state &= ~PAUSED;
    if (this.hasHungUp) this.hangUp(generation);
    else if ((this.state & STALLED) === 0) this.releaseWaiting();
  }

  /** The receiver's socket is gone: its machine, while it is up, answers whatever comes with a reset. */
  receiverGone(): void {
    if (this.isAbandoned || this.isFinishing) return this.close();
    if ((this.state & (CLOSED | DEAF)) !== 0) return;
    this.watch.close();
    this.cancelTimers();
    this.forgetMessages();
    this.state = (this.state | DEAF) & ~(STALLED | PAUSED);
    if (!this.options.receiver.isMachineUp) this.pathChanged();
    else if (this.back.isBlocked) this.stall(true);
    else this.answerAfter(0);
  }

  /** The sender's machine falls silent: its end is gone without a word. */
  senderVanished(): void {
    if ((this.state & CLOSED) !== 0 && !this.isFinishing) return;
    this.abandon();
  }

  /** The sender's process closes its end: the receiver learns it behind what has left the process. */
  finish(): void {
    if ((this.state & CLOSED) !== 0) return;
    if ((this.state & DEAF) !== 0) return this.close();
    this.state |= CLOSED;
    this.isFinishing = true;
    // what waits before the socket goes with the process
    this.drop(this.blocked);
    this.blocked = 0;
    this.cancelWriteTimer();
    if ((this.state & (STALLED | CONGESTED)) === 0) this.sendFin();
  }

  hangUp(generation: number): void {
    if (generation !== this.generation) return;
    if (this.options.receiver.isPaused || this.isCatchingUp) {
      this.hasHungUp = true;
      return;
    }
    this.close();
    this.options.receiverLost();
  }

  pathChanged(): void {
    if ((this.state & CLOSED) !== 0 && !this.isFinishing && !this.isAbandoned) return;
    const { receiver, sender } = this.options;
    const isCut = this.out.isBlocked || this.back.isBlocked || !receiver.isMachineUp;
    this.state = isCut || this.out.loss > 0 ? this.state | IMPAIRED : this.state & ~IMPAIRED;
    if (receiver.isPaused) this.state |= PAUSED;
    // the link may be wider now
    if ((this.state & CONGESTED) !== 0) this.drained(this.generation);
    if (isCut) this.awaitHeartbeat();
    if ((this.state & DEAF) !== 0) return;
    if (this.out.isBlocked || sender.isPaused) this.watch.watch(this.last[0]!);
    else if ((this.state & STALLED) === 0) this.watch.heard();
  }

  retransmit(generation: number): void {
    if (generation !== this.generation) return;
    this.timer = undefined;
    this.attempt++;
    const { receiver, sender, userTimeoutMicros } = this.options;
    const stalledMicros = this.wire.engine.now - this.stalledAt;
    const isTooLong = userTimeoutMicros > 0 && stalledMicros >= userTimeoutMicros;
    if (isTooLong || this.attempt > (this.isFinishing ? tcp.ORPHAN_RETRIES : tcp.RETRIES)) return this.giveUp();
    if (this.out.isBlocked || !receiver.isMachineUp || this.isLost(1)) return this.backOff();
    const thereMicros = this.drawDelay(false);
    if ((this.state & DEAF) === 0) this.deliverHeld(thereMicros);
    if (this.back.isBlocked || !sender.isMachineUp) this.backOff();
    else this.answerAfter(thereMicros);
  }

  answered(generation: number): void {
    if (generation !== this.generation) return;
    this.timer = undefined;
    if ((this.state & DEAF) !== 0) {
      this.close();
      this.options.senderLost();
      return;
    }
    this.state &= ~STALLED;
    if (!this.out.isBlocked && !this.options.sender.isPaused) this.watch.heard();
    this.releaseWaiting();
    if (this.isFinishing && (this.state & (STALLED | CONGESTED)) === 0) this.sendFin();
  }

  writeTimeout(generation: number): void {
    if (generation !== this.generation) return;
    this.writeTimer = undefined;
    this.finish();
    this.options.senderLost();
  }

  heartbeat(generation: number): void {
    if (generation !== this.generation) return;
    this.heartbeatIsDue = false;
    if ((this.state & (CLOSED | STALLED)) !== 0) return;
    const isCut = this.out.isBlocked || this.back.isBlocked || !this.options.receiver.isMachineUp;
    if (isCut || (this.state & DEAF) !== 0) this.stall(true);
  }

  private sendSlowly(payload: unknown, bytes: number, isHeartbeat: boolean): boolean {
    if ((this.state & CLOSED) !== 0) return false;
    if ((this.state & DEAF) !== 0) {
      // lost in any case; it may be what brings the reset about
      if (this.timer === undefined) this.stall(true);
      return true;
    }
    const isStalled = (this.state & STALLED) !== 0;
    const isCongested = (this.state & CONGESTED) !== 0;
    if ((isStalled || isCongested || (this.state & PAUSED) !== 0) && !this.accept(bytes)) return false;
    this.messages.push(payload);
    this.waitingSizes.push(bytes);
    if (isStalled) this.fillWindow();
    else if (this.blocked === 0 && !isCongested) this.transmit(isHeartbeat);
    return true;
  }

  /** Sends the first of those that wait: it arrives, or begins a stall. */
  private transmit(isHeartbeat: boolean): void {
    const bytes = this.waitingSizes.at(0) as number;
    if (this.out.isBlocked || !this.options.receiver.isMachineUp || this.isLost(bytes)) {
      this.stall(false);
      this.waitingBytes = bytes;
      return;
    }
    this.waitingSizes.shift();
    // before its own arrival is scheduled: what counts is whether others are on the way
    if (this.back.isBlocked) this.stall(true);
    this.scheduleArrival(bytes, isHeartbeat);
  }

  private releaseWaiting(): void {
    this.waitingBytes = 0;
    this.blocked = 0;
    this.cancelWriteTimer();
    while (this.messages.count > this.scheduled && (this.state & (STALLED | CONGESTED)) === 0) this.transmit(false);
    if ((this.state & STALLED) !== 0) this.fillWindow();
    else for (let i = 0; i < this.waitingSizes.count; i++) this.waitingBytes += this.waitingSizes.at(i) as number;
  }

  /** The link's queue is full: the socket keeps the rest until there is room. */
  private congest(): void {
    this.state |= CONGESTED;
    const { engine } = this.wire;
    const wait = Math.max(1, Math.ceil(this.out.queueMicros(engine.now) - tcp.LINK_QUEUE_MICROS));
    const generation = this.generation;
    if (this.drain !== undefined) engine.cancel(this.drain);
    this.drain = engine.at((engine.now + wait) as Tick, () => this.drained(generation));
  }

  private drained(generation: number): void {
    if (generation !== this.generation || (this.state & CONGESTED) === 0) return;
    if (this.drain !== undefined) this.wire.engine.cancel(this.drain);
    this.drain = undefined;
    this.state &= ~CONGESTED;
    // others of this direction were quicker
    if (this.out.queueMicros(this.wire.engine.now) > tcp.LINK_QUEUE_MICROS) return this.congest();
    if ((this.state & STALLED) !== 0) return;
    this.releaseWaiting();
    if (this.isFinishing && (this.state & (STALLED | CONGESTED)) === 0) this.sendFin();
  }

  private sendFin(): void {
    if (this.out.isBlocked || !this.options.receiver.isMachineUp) return this.stall(true);
    // behind the last message, also when events of one tick are permuted
    const at = Math.max(this.wire.engine.now + this.drawDelay(false), this.last[0]! + 1);
    this.wire.engine.schedule(at as Tick, this.wire.hangUpKind, this.id, this.generation);
  }

  /** The first of those that wait is missing, or (`noneIsMissing`) something that is no message, or an acknowledgement. */
  private stall(noneIsMissing: boolean): void {
    const now = this.wire.engine.now;
    this.state |= STALLED;
    this.stalledAt = now;
    this.attempt = 0;
    this.held = 0;
    this.inWindow = 1;
    this.hasGap = false;
    this.isRepeated = false;
    this.noneIsMissing = noneIsMissing;
    this.waitingBytes = 0;
    const delayedAckMicros = this.wire
      .stream(this.out.name, this.options.lane, "delayed-ack")
      .int(tcp.DELAYED_ACK_MICROS);
    this.roundTripMicros = Math.round(this.out.meanMicros + this.back.meanMicros) + delayedAckMicros;
    // a lone segment may only be waiting for a delayed acknowledgement
    const isAlone = this.last[0]! + this.back.meanMicros < now;
    this.setTimer(isAlone ? this.rtoMicros : this.tailProbeMicros);
    if (!this.isAbandoned && (this.state & DEAF) === 0) this.watch.watch(this.last[0]!);
  }

  private get rtoMicros(): number {
    return tcp.RTO_MIN_MICROS + this.roundTripMicros;
  }

  private get tailProbeMicros(): number {
    return Math.min(this.rtoMicros, 2 * this.roundTripMicros + 2 * tcp.JIFFY_MICROS);
  }

  /**
   * Before the first retransmission the sender fills its window. Behind a missing segment the receiver's kernel holds what arrives,
   * and three of these bring the missing one again; where only acknowledgements are missing, it is delivered.
   */
  private fillWindow(): void {
    if (this.attempt > 0 || this.timer === undefined || this.hasGap) return;
    const before = this.inWindow;
    const isCut = this.out.isBlocked || !this.options.receiver.isMachineUp;
    while (this.inWindow < tcp.INITIAL_WINDOW && !this.hasGap) {
      const next = this.noneIsMissing ? 0 : 1 + this.held;
      // what waits before the socket is not in the kernel's hands yet
      if (next >= this.waitingSizes.count - this.blocked) break;
      const bytes = this.waitingSizes.at(next) as number;
      this.inWindow++;
      // what comes behind a second gap waits like it, and is sent again with it
      if (isCut || this.isLost(bytes)) this.hasGap = true;
      else if (!this.noneIsMissing) this.held++;
      else {
        this.waitingSizes.shift();
        this.scheduleArrival(bytes, false);
      }
    }
    if (this.inWindow === before || this.isRepeated) return;
    this.cancelTimer();
    if (this.held >= tcp.DUPLICATE_ACKS && !this.back.isBlocked) {
      this.isRepeated = true;
      this.after(this.wire.retransmitKind, Math.round(this.out.meanMicros + this.back.meanMicros));
    } else {
      const untilTimeout = this.stalledAt + this.rtoMicros - this.wire.engine.now;
      this.setTimer(Math.max(0, Math.min(this.tailProbeMicros, untilTimeout)));
    }
  }

  /** Room for one more message while nothing leaves. */
  private accept(bytes: number): boolean {
    const room = (this.state & STALLED) !== 0 ? 0 : tcp.RECEIVE_BUFFER_BYTES;
    if (this.blocked === 0 && this.waitingBytes < room + tcp.SEND_BUFFER_BYTES) {
      this.waitingBytes += bytes;
      return true;
    }
    if (this.blocked >= this.options.bufferMessages) return false;
    this.blocked++;
    const { writeTimeoutMicros } = this.options;
    if (this.blocked === 1 && writeTimeoutMicros > 0) {
      this.writeTimer = this.wire.engine.after(
        writeTimeoutMicros,
        this.wire.writeTimeoutKind,
        this.id,
        this.generation,
      );
    }
    return true;
  }

  /** The missing message arrives, and frees those that the receiver's kernel has held behind it. */
  private deliverHeld(delayMicros: number): void {
    const arrivals = this.noneIsMissing ? 0 : 1 + this.held;
    this.noneIsMissing = true;
    this.held = 0;
    const at = Math.max(this.wire.engine.now + delayMicros, this.last[0]!);
    for (let i = 0; i < arrivals; i++) {
      this.waitingSizes.shift();
      this.scheduleAt(at);
    }
  }

  private giveUp(): void {
    const wasFinishing = this.isFinishing;
    if ((this.state & DEAF) !== 0) this.close();
    else this.abandon();
    if (!wasFinishing) this.options.senderLost();
  }

  private abandon(): void {
    this.drop(this.messages.count - this.scheduled);
    const generation = this.generation;
    this.forgetSender();
    // what is on the way still arrives
    this.generation = generation;
    this.isAbandoned = true;
    this.watch.senderGone(this.last[0]!);
  }

  /** A read timeout or unanswered keepalive probes. */
  private readerExpired(): void {
    this.receiverGone();
    this.options.receiverLost();
  }

  private forgetSender(): void {
    this.generation = this.wire.newGeneration();
    this.state = CLOSED;
    this.isFinishing = false;
    this.cancelTimers();
  }

  private forgetMessages(): void {
    this.generation = this.wire.newGeneration();
    this.messages.truncate(0);
    this.waitingSizes.truncate(0);
    this.scheduled = 0;
    this.unread = 0;
    this.isCatchingUp = false;
    this.hasHungUp = false;
    this.waitingBytes = 0;
    this.blocked = 0;
    this.heartbeatIsDue = false;
  }

  private drop(newest: number): void {
    this.messages.truncate(this.messages.count - newest);
    this.waitingSizes.truncate(this.waitingSizes.count - newest);
  }

  /** Schedules the next link heartbeat of a sender whose way is cut: what a quiet stream loses first. */
  private awaitHeartbeat(): void {
    const { linkHeartbeatMicros, sender } = this.options;
    if (linkHeartbeatMicros === 0 || this.heartbeatIsDue || (this.state & (CLOSED | STALLED)) !== 0) return;
    if (!sender.isRunning) return;
    const sinceMicros = this.wire.engine.now - this.openedAt;
    const beats = Math.floor(sinceMicros / linkHeartbeatMicros) + 1;
    this.heartbeatIsDue = true;
    const wait = Math.max(0, Math.round(beats * linkHeartbeatMicros - sinceMicros));
    this.wire.engine.after(wait, this.wire.heartbeatKind, this.id, this.generation);
  }

  private isLost(bytes: number): boolean {
    if (this.out.loss === 0) return false;
    this.losses ??= this.wire.stream(this.out.name, this.options.lane, "loss");
    return this.losses.next() < tcp.messageLoss(this.out.loss, bytes);
  }

  private drawDelay(isHeartbeat: boolean): number {
    const path = this.out;
    if (path.constantMicros >= 0) return path.constantMicros;
    return path.drawMicros(isHeartbeat ? this.heartbeatDelays : this.delays);
  }

  private scheduleArrival(bytes: number, isHeartbeat: boolean): void {
    const now = this.wire.engine.now;
    const departure = this.out.departure(now, bytes);
    const arrival = departure + this.drawDelay(isHeartbeat);
    this.scheduleAt(arrival > this.last[0]! ? arrival : this.last[0]!);
    if (departure - now > tcp.LINK_QUEUE_MICROS && (this.state & CONGESTED) === 0) this.congest();
  }

  private scheduleAt(arrival: number): void {
    this.last[0] = arrival;
    this.scheduled++;
    this.wire.engine.schedule(arrival as Tick, this.wire.arriveKind, this.id, this.generation);
  }

  private answerAfter(thereMicros: number): void {
    this.after(this.wire.answeredKind, thereMicros + this.back.drawMicros(this.delays));
  }

  private backOff(): void {
    const { userTimeoutMicros } = this.options;
    const wait = tcp.backoffMicros(this.rtoMicros, this.attempt);
    const left = this.stalledAt + userTimeoutMicros - this.wire.engine.now;
    this.setTimer(userTimeoutMicros > 0 && left < wait ? left : wait);
  }

  /** The kernel's timer of this connection. */
  private setTimer(waitMicros: number): void {
    const clock = this.wire.engine.now + this.options.sender.clockPhaseMicros;
    this.after(this.wire.retransmitKind, tcp.timerMicros(clock, waitMicros));
  }

  private after(kind: number, delayMicros: number): void {
    this.timer = this.wire.engine.after(delayMicros, kind, this.id, this.generation);
  }

  private cancelTimer(): void {
    if (this.timer !== undefined) this.wire.engine.cancel(this.timer);
    this.timer = undefined;
  }

  private cancelTimers(): void {
    this.cancelTimer();
    this.cancelWriteTimer();
  }

  private cancelWriteTimer(): void {
    if (this.writeTimer !== undefined) this.wire.engine.cancel(this.writeTimer);
    this.writeTimer = undefined;
  }
}
