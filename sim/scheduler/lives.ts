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
    const register = (name: string, handle: (process: SchedulerLife, argument: number) => void) =>
      engine.register(`scheduler/${name}`, (argument, number) => {
        const process = this.lives[number];
        if (process === undefined) return;
        if (process.life.isPaused) process.life.guard(() => handle(process, argument))();
        else handle(process, argument);
      });
    this.startKind = register("cycle-start", (process) => process.startCycle());
    this.endKind = register("cycle-end", (process) => process.endCycle());
    this.bindKind = register("bind", (process, slot) => process.bind(slot));
    this.flushBackoffKind = register("flush-backoff", (process) => process.flushBackoff());
    this.flushUnschedulableKind = register("flush-unschedulable", (process) => process.flushUnschedulable());
  }

  /** @returns the number of the new life */
  add(process: SchedulerLife): number {
    return this.lives.push(process) - 1;
  }

  remove(number: number): void {
    this.lives[number] = undefined;
  }
}
