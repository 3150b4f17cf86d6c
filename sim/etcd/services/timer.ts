// One timer of a service: absent while there is nothing to do, silent when the process is gone, late when it is paused.
import type { Engine, EventHandle } from "../../engine/engine.ts";
import type { Tick } from "../../engine/tick.ts";

export interface TimerHost {
  readonly engine: Engine;
  /** Runs what a timer does: later if the process is paused, never if it is gone. */
  guard(action: () => void): void;
}

export class Timer {
  private readonly host: TimerHost;
  private readonly action: () => void;
  private handle: EventHandle | null = null;
  private dueAt = 0;

  constructor(host: TimerHost, action: () => void) {
    this.host = host;
    this.action = action;
  }

  get isArmed(): boolean {
    return this.handle !== null;
  }

  /** Fires at this time; an earlier setting is taken back. */
  set(at: number): void {
    if (this.handle !== null && this.dueAt === at) return;
    this.clear();
    this.dueAt = at;
    this.handle = this.host.engine.at(Math.max(at, this.host.engine.now) as Tick, () => this.fire());
  }

  /** Fires at this time unless it is to fire earlier. */
  setBy(at: number): void {
    if (this.handle === null || at < this.dueAt) this.set(at);
  }

  clear(): void {
    if (this.handle !== null) this.host.engine.cancel(this.handle);
    this.handle = null;
  }

  private fire(): void {
    this.handle = null;
    this.host.guard(this.action);
  }
}

/** The first moment after `now` of a ticker that has fired every `interval` since `base`. */
export function nextOf(base: number, interval: number, now: number): number {
  return base + (Math.floor((now - base) / interval) + 1) * interval;
}
