// The life of a simulated process: its timers and callbacks end with it. A process that dies and is started again gets a new one,
// so that nothing from its former life reaches it.
import type { Engine, EventHandle } from "./engine.ts";
import type { Tick } from "./tick.ts";

export class Lifetime {
  readonly engine: Engine;
  private readonly timers = new Set<EventHandle>();
  private over = false;
  // what came while the process stood still, in order
  private backlog: (() => void)[] | null = null;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  get isOver(): boolean {
    return this.over;
  }

  /** Timers that wait. */
  get pending(): number {
    return this.timers.size;
  }

  /** Calls `then` so long from now, unless this life has ended by then. */
  after(delayMicros: number, then: () => void): EventHandle {
    const handle: EventHandle = this.engine.at((this.engine.now + delayMicros) as Tick, () => {
      this.timers.delete(handle);
      if (this.backlog === null) then();
      else this.backlog.push(then);
    });
    // a process that is dead sets no timers
    if (this.over) this.engine.cancel(handle);
    else this.timers.add(handle);
    return handle;
  }

  cancel(handle: EventHandle): void {
    if (this.timers.delete(handle)) this.engine.cancel(handle);
  }

  /** The function as long as this life lasts, nothing afterwards: for callbacks that others hold. */
  guard<P extends readonly unknown[]>(then: (...parameters: P) => void): (...parameters: P) => void {
    return (...parameters) => {
      if (this.over) return;
      if (this.backlog === null) then(...parameters);
      else this.backlog.push(() => then(...parameters));
    };
  }

  get isPaused(): boolean {
    return this.backlog !== null;
  }

  /** The process stands still, as one that was stopped by a signal or whose machine stalls: timers and callbacks wait. */
  pause(): void {
    this.backlog ??= [];
  }

  /** All that has waited happens now, in the order in which it came. */
  resume(): void {
    const backlog = this.backlog ?? [];
    this.backlog = null;
    for (let i = 0; i < backlog.length; i++) {
      if (this.over) return;
      // paused again by what it did: the rest goes on waiting, before whatever comes now
      if (this.backlog !== null) {
        (this.backlog as (() => void)[]).unshift(...backlog.slice(i));
        return;
      }
      backlog[i]!();
    }
  }

  end(): void {
    this.over = true;
    this.backlog = null;
    for (const handle of this.timers) this.engine.cancel(handle);
    this.timers.clear();
  }
}
