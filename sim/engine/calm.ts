// Is anything out of the ordinary going on? While all is calm, what comes again and again and changes nothing (renewals of leases,
// heartbeats) need not be executed: whoever does it goes to sleep, and is woken before anything happens that could make a difference.
// Then it must be as if everything had been executed. Calm comes back some time after the last disturbance.
import type { Engine, EventHandle } from "./engine.ts";
import type { Tick } from "./tick.ts";

export class Calm {
  private readonly engine: Engine;
  private readonly settleMicros: number;
  private readonly sleepers = new Set<() => void>();
  private disturbances: number;
  private timer: EventHandle | null = null;
  private isSettling = false;

  /**
   * @param settleMicros from the end of the last disturbance until it is calm again
   * @param isEnabled false: it is never calm
   */
  constructor(engine: Engine, settleMicros: number, isEnabled = true) {
    this.engine = engine;
    this.settleMicros = settleMicros;
    this.disturbances = isEnabled ? 0 : 1;
  }

  get isCalm(): boolean {
    return this.disturbances === 0 && !this.isSettling;
  }

  /** Pending events of the engine that are its own. */
  get ownTimers(): number {
    return this.timer === null ? 0 : 1;
  }

  /**
   * Sleeps until it is disturbed.
   *
   * @param wake called once, before whatever disturbs has any effect
   * @returns wakes up by itself: `wake` is not called
   */
  sleep(wake: () => void): () => void {
    this.sleepers.add(wake);
    return () => this.sleepers.delete(wake);
  }

  /** Something is about to happen. @returns to be called when it is over; a second call does nothing */
  disturb(): () => void {
    this.disturbances++;
    if (this.timer !== null) this.engine.cancel(this.timer);
    this.timer = null;
    const sleepers = [...this.sleepers];
    this.sleepers.clear();
    for (const wake of sleepers) wake();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      if (--this.disturbances === 0) this.settle();
    };
  }

  private settle(): void {
    this.isSettling = true;
    this.timer = this.engine.at((this.engine.now + this.settleMicros) as Tick, () => {
      this.timer = null;
      this.isSettling = false;
    });
  }
}
