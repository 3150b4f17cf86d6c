// When a loop that runs every so often looks next. The loop's ticks are on a grid from its start, moved on by what a pass takes; a
// tick at which there is nothing to do need not be executed. Source: behaviour of wait.Until, whose pause begins when a pass ends.
import type { EventHandle } from "../../engine/engine.ts";
import type { Lifetime } from "../../engine/lifetime.ts";

export interface CalendarOptions {
  readonly life: Lifetime;
  readonly periodMicros: number;
  /** One pass; calls `done` when it is through. */
  readonly pass: (done: () => void) => void;
  /** The earliest time for which a pass is wanted; infinity when none is. */
  readonly wantedMicros: () => number;
}

export class Calendar {
  private readonly options: CalendarOptions;
  // a tick of the grid
  private anchorMicros: number;
  private isRunning = false;
  private next: { readonly atMicros: number; readonly handle: EventHandle } | null = null;

  /** The first pass is now. */
  constructor(options: CalendarOptions) {
    this.options = options;
    this.anchorMicros = options.life.engine.now;
  }

  /** The first tick at or after this time, as far as that is known by now. */
  tickFrom(micros: number): number {
    const { periodMicros } = this.options;
    const periods = Math.ceil((micros - this.anchorMicros) / periodMicros);
    return this.anchorMicros + Math.max(periods, 0) * periodMicros;
  }

  /** To be called whenever a pass may be wanted earlier than before. */
  plan(): void {
    if (this.isRunning) return;
    const { life, wantedMicros } = this.options;
    const wanted = wantedMicros();
    const { now } = life.engine;
    const atMicros = wanted === Number.POSITIVE_INFINITY ? wanted : this.tickFrom(Math.max(wanted, now));
    if (this.next !== null) {
      if (this.next.atMicros === atMicros) return;
      life.cancel(this.next.handle);
      this.next = null;
    }
    if (atMicros === Number.POSITIVE_INFINITY) return;
    this.next = { atMicros, handle: life.after(atMicros - now, () => this.run()) };
  }

  private run(): void {
    const { life, pass, periodMicros } = this.options;
    this.next = null;
    this.isRunning = true;
    pass(
      life.guard(() => {
        this.isRunning = false;
        this.anchorMicros = life.engine.now + periodMicros;
        this.plan();
      }),
    );
  }
}
