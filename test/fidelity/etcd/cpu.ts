// The two cores of the recorded machine as clients saturate them: every request takes its share of processor time somewhere on its
// way, at client or members, and requests that wait are served in random order, as goroutines of several processes are.
import type { Engine } from "../../../sim/engine/engine.ts";
import type { RandomStream } from "../../../sim/engine/random.ts";

export class Cpu {
  private readonly engine: Engine;
  private readonly random: RandomStream;
  private readonly doneKind: number;
  private readonly waiting: { readonly micros: number; readonly run: () => void }[] = [];
  private current: (() => void) | null = null;

  constructor(engine: Engine, random: RandomStream) {
    this.engine = engine;
    this.random = random;
    this.doneKind = engine.register("recorder/cpu", () => this.done());
  }

  /** Calls `run` once the request has had its `micros`. */
  spend(micros: number, run: () => void): void {
    this.waiting.push({ micros, run });
    if (this.current === null) this.next();
  }

  private next(): void {
    const { waiting } = this;
    if (waiting.length === 0) return;
    const picked = this.random.int(waiting.length);
    const { micros, run } = waiting[picked]!;
    waiting[picked] = waiting[waiting.length - 1]!;
    waiting.pop();
    this.current = run;
    this.engine.after(micros, this.doneKind);
  }

  private done(): void {
    const run = this.current;
    this.current = null;
    run?.();
    if (this.current === null) this.next();
  }
}
