// A member's ticker: every heartbeat interval of its own clock, from when its process started. What is done with a tick while
// the loop is busy is the loop's business. Clocks may run fast or slow.
import type { Engine, EventHandle } from "../engine/engine.ts";
import type { Tick } from "../engine/tick.ts";

export class Ticker {
  private readonly engine: Engine;
  private readonly kind: number;
  private readonly slot: number;
  private readonly intervalMicros: number;
  private rate: number;
  private base = 0;
  private count = 0;
  private handle: EventHandle | null = null;

  constructor(engine: Engine, kind: number, slot: number, intervalMicros: number, rate: number) {
    this.engine = engine;
    this.kind = kind;
    this.slot = slot;
    this.intervalMicros = intervalMicros;
    this.rate = rate;
  }

  /** @param phaseMicros how much of the first interval is over already */
  start(phaseMicros = 0): void {
    this.base = this.engine.now - phaseMicros;
    this.count = 0;
    this.arm();
  }

  /** The event has fired: the next one is due an interval after when this one was. */
  next(): void {
    this.handle = null;
    this.arm();
  }

  get isArmed(): boolean {
    return this.handle !== null;
  }

  /** While it is stopped: how many ticks were due before `time`. */
  missedBefore(time: number): number {
    const count = Math.floor(((time - 1 - this.base) * this.rate) / this.intervalMicros);
    // of two roundings
    let last = count + 1;
    while (last >= this.count && this.base + Math.round((last * this.intervalMicros) / this.rate) >= time) last--;
    return Math.max(0, last - this.count + 1);
  }

  /** While it is stopped: when the missed tick with this number was due; 0 is the first. */
  missedAt(number: number): number {
    return this.base + Math.round(((this.count + number) * this.intervalMicros) / this.rate);
  }

  /** Goes on after a stop, in its old phase. */
  resume(): void {
    this.count += this.missedBefore(this.engine.now) - 1;
    this.arm();
  }

  stop(): void {
    if (this.handle !== null) this.engine.cancel(this.handle);
    this.handle = null;
  }

  /** The clock runs at another rate from now on; the interval that has begun is finished at the new rate. */
  setRate(rate: number): void {
    if (rate === this.rate) return;
    if (this.handle === null) {
      this.rate = rate;
      return;
    }
    const left = (this.dueAt() - this.engine.now) * this.rate;
    this.stop();
    this.rate = rate;
    // as if the ticker had been started so that its next tick comes when what is left is over
    this.base = this.engine.now + Math.round(left / rate) - Math.round(this.intervalMicros / rate);
    this.count = 0;
    this.arm();
  }

  private dueAt(): number {
    return this.base + Math.round((this.count * this.intervalMicros) / this.rate);
  }

  private arm(): void {
    do this.count++;
    while (this.dueAt() < this.engine.now);
    this.handle = this.engine.schedule(this.dueAt() as Tick, this.kind, this.slot);
  }
}
