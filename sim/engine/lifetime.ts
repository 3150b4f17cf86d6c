// The life of a simulated process: its timers and callbacks end with it. A process that dies and is started again gets a new one,
// so that nothing from its former life reaches it.
import type { ClosureOwner, Engine, EventHandle } from "./engine.ts";
import type { Tick } from "./tick.ts";

export class Lifetime implements ClosureOwner {
  readonly engine: Engine;
  waiting = 0;
  firstSlot = -1;
  lastSlot = -1;
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
    return this.waiting;
  }

  /** Calls `then` so long from now, unless this life has ended by then. */
  after(delayMicros: number, then: () => void): EventHandle {
    const { engine } = this;
    const handle = engine.atFor(this, (engine.now + delayMicros) as Tick, then);
    // a process that is dead sets no timers
    if (this.over) engine.cancel(handle);
    return handle;
  }

  cancel(handle: EventHandle): void {
    this.engine.cancel(handle);
  }

  /** The function as long as this life lasts, nothing afterwards: for callbacks of at most three parameters that others hold. */
  guard<A = void, B = void, C = void>(then: (a: A, b: B, c: C) => void): (a: A, b: B, c: C) => void {
    // parameters by name: an array for each call would cost more than the rest
    return (a, b, c) => {
      if (this.over) return;
      if (this.backlog === null) then(a, b, c);
      else this.backlog.push(() => then(a, b, c));
    };
  }

  /** For the engine: the time of a timer has come. */
  fire(then: () => void): void {
    if (this.backlog === null) then();
    else this.backlog.push(then);
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
    this.engine.cancelAll(this);
  }
}
