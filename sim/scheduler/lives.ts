// The engine's events of all schedulers of a run: kinds are registered once, and the second argument says which life of which scheduler
// an event belongs to. Those of a dead one reach nobody.
import type { Engine } from "../engine/engine.ts";
import type { Lifetime } from "../engine/lifetime.ts";

/** What events call. */
export interface SchedulerLife {
  readonly life: Lifetime;
  startCycle(): void;
  endCycle(): void;
  bind(slot: number): void;
  flushBackoff(): void;
  flushUnschedulable(): void;
}

export class SchedulerLives {
  readonly startKind: number;
  readonly endKind: number;
  readonly bindKind: number;
  readonly flushBackoffKind: number;
  readonly flushUnschedulableKind: number;
  private readonly lives: (SchedulerLife | undefined)[] = [];

  /** Registers kinds of events: at set-up. */
  constructor(engine: Engine) {
    const register = (name: string, handle: (scheduler: SchedulerLife, argument: number) => void) =>
      engine.register(`scheduler/${name}`, (argument, number) => {
        const scheduler = this.lives[number];
        if (scheduler === undefined) return;
        if (scheduler.life.isPaused) scheduler.life.guard(() => handle(scheduler, argument))();
        else handle(scheduler, argument);
      });
    this.startKind = register("cycle-start", (scheduler) => scheduler.startCycle());
    this.endKind = register("cycle-end", (scheduler) => scheduler.endCycle());
    this.bindKind = register("bind", (scheduler, slot) => scheduler.bind(slot));
    this.flushBackoffKind = register("flush-backoff", (scheduler) => scheduler.flushBackoff());
    this.flushUnschedulableKind = register("flush-unschedulable", (scheduler) => scheduler.flushUnschedulable());
  }

  /** @returns the number of the new life */
  add(scheduler: SchedulerLife): number {
    return this.lives.push(scheduler) - 1;
  }

  remove(number: number): void {
    this.lives[number] = undefined;
  }
}
