// Opens TCP connections: SYN, its retransmissions after 1 s, 3 s, 7 s, the dial timeout, refusal by a machine whose process is dead.
// A dialer that retries waits for a dead or cut-off peer without events: when the peer is there again, the next SYN leaves at the
// time at which the loop of attempts would have sent it.
import type { EventHandle } from "../engine/event-queue.ts";
import type { RandomStream } from "../engine/random.ts";
import type { Tick } from "../engine/tick.ts";
import type { Host } from "./host.ts";
import type { Path, PathUser } from "./path.ts";
import { nextSynMicros } from "./tcp.ts";
import type { DialEvents, Wire } from "./wire.ts";

export type DialFailure = "refused" | "timeout";

export interface DialerOptions {
  /** Who dials, and whom. */
  readonly from: Host;
  readonly to: Host;
  readonly out: Path;
  readonly back: Path;
  readonly lane: string;
  readonly dialTimeoutMicros: number;
  /** Attempts begin at least this far apart; undefined = a single attempt. */
  readonly redialMicros?: number;
  /** The third packet has arrived at the peer: it may send. */
  established(): void;
  failed?(reason: DialFailure): void;
}

type Step = "idle" | "syn" | "established" | "accepting" | "refused" | "timeout" | "waitSilent" | "waitRefused";

export class Dialer implements DialEvents, PathUser {
  private readonly wire: Wire;
  private readonly options: DialerOptions;
  private readonly id: number;
  private readonly delays: RandomStream;
  private readonly losses: RandomStream;
  private generation: number;
  private next: Step = "idle";
  private pending: EventHandle | undefined;
  private attemptStart = 0;
  private refusedPeriod = 0;

  constructor(wire: Wire, options: DialerOptions) {
    this.wire = wire;
    this.options = options;
    this.id = wire.addDialer(this);
    this.generation = wire.newGeneration();
    this.delays = wire.stream(options.out.name, options.lane, "dial");
    this.losses = wire.stream(options.out.name, options.lane, "dial-loss");
  }

  get isDialling(): boolean {
    return this.next !== "idle";
  }

  /** Begins a first attempt now, or `delayMicros` later. */
  start(delayMicros = 0): void {
    this.stop();
    this.options.out.users.add(this);
    this.options.back.users.add(this);
    this.attemptStart = this.wire.engine.now + delayMicros;
    if (this.wire.isSettling && !this.isSilent() && this.options.to.isRunning) {
      this.schedule("established", this.attemptStart);
      return;
    }
    this.schedule("syn", this.attemptStart);
  }

  stop(): void {
    if (this.pending !== undefined) this.wire.engine.cancel(this.pending);
    this.pending = undefined;
    this.next = "idle";
    this.generation = this.wire.newGeneration();
    this.options.out.users.delete(this);
    this.options.back.users.delete(this);
  }

  /** It is not used any more. */
  release(): void {
    this.stop();
    this.wire.removeDialer(this.id);
  }

  pathChanged(): void {
    this.wake();
  }

  /** Something about the peer or the way to it has changed. */
  wake(): void {
    const { dialTimeoutMicros, redialMicros = 0, to } = this.options;
    const now = this.wire.engine.now;
    if (this.next === "accepting" && !to.isPaused) this.schedule("established", now);
    if (this.next === "waitRefused") {
      const periods = Math.ceil((now - this.attemptStart) / this.refusedPeriod);
      this.attemptStart += Math.max(1, periods) * this.refusedPeriod;
      this.schedule("syn", this.attemptStart);
    } else if (this.next === "waitSilent" && !this.isSilent()) {
      const period = Math.max(dialTimeoutMicros, redialMicros);
      this.attemptStart += Math.floor((now - this.attemptStart) / period) * period;
      let offset = nextSynMicros(now - this.attemptStart, dialTimeoutMicros);
      if (offset === Infinity) {
        this.attemptStart += period;
        offset = 0;
      }
      this.schedule("syn", this.attemptStart + offset);
    }
  }

  step(generation: number): void {
    if (generation !== this.generation) return;
    const step = this.next;
    this.pending = undefined;
    this.next = "idle";
    if (step === "syn") this.sendSyn();
    else if (step === "established") this.finish();
    else this.fail(step === "refused" ? "refused" : "timeout");
  }

  private isSilent(): boolean {
    const { out, back, to } = this.options;
    return out.isBlocked || back.isBlocked || !to.isMachineUp;
  }

  private sendSyn(): void {
    const { out, back, to } = this.options;
    const now = this.wire.engine.now;
    if (this.isSilent()) {
      if (this.options.redialMicros === undefined) this.sendAgain();
      else this.next = "waitSilent";
      return;
    }
    // SYN and its answer; the third packet carries the request along
    const isLost =
      (out.isLossy && this.losses.next() < 1 - (1 - out.loss) * (1 - out.loss)) ||
      (back.isLossy && this.losses.next() < back.loss);
    if (isLost) {
      this.sendAgain();
      return;
    }
    const roundTrip = out.drawMicros(this.delays) + back.drawMicros(this.delays);
    if (to.isRunning) this.schedule("established", now + roundTrip + out.drawMicros(this.delays));
    else if (this.options.redialMicros === undefined) this.schedule("refused", now + roundTrip);
    else {
      this.refusedPeriod = Math.max(this.options.redialMicros, roundTrip);
      this.next = "waitRefused";
    }
  }

  private sendAgain(): void {
    const { dialTimeoutMicros } = this.options;
    const { now } = this.wire.engine;
    const offset = nextSynMicros(now - this.attemptStart + 1, dialTimeoutMicros);
    // a handshake that a death cut short may have taken longer than that
    if (offset === Infinity) this.schedule("timeout", Math.max(now, this.attemptStart + dialTimeoutMicros));
    else this.schedule("syn", this.attemptStart + offset);
  }

  private finish(): void {
    const { to } = this.options;
    if (!to.isRunning || !to.isMachineUp) {
      // died during the handshake
      this.schedule("syn", this.wire.engine.now);
      return;
    }
    if (to.isPaused) {
      // the kernel has accepted, the process has not
      this.next = "accepting";
      return;
    }
    this.stop();
    this.options.established();
  }

  private fail(reason: DialFailure): void {
    const { redialMicros, failed } = this.options;
    if (redialMicros !== undefined) {
      this.attemptStart = Math.max(this.wire.engine.now, this.attemptStart + redialMicros);
      this.schedule("syn", this.attemptStart);
      return;
    }
    this.stop();
    failed?.(reason);
  }

  private schedule(step: Step, at: number): void {
    if (this.pending !== undefined) this.wire.engine.cancel(this.pending);
    this.next = step;
    this.pending = this.wire.engine.schedule(at as Tick, this.wire.dialKind, this.id, this.generation);
  }
}
