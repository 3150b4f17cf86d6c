// The doze of whoever does the same thing over and over: as long as all is calm its moments pass without being executed, and are counted
// when somebody asks. Woken, it goes on at the moment that would have come next, as if nothing had been left out.
import type { Calm } from "./calm.ts";
import { LeftOutWrites } from "./left-out-writes.ts";
import type { Lifetime } from "./lifetime.ts";
import type { Rhythm } from "./rhythm.ts";

/** Those of a run who doze, so that what they left out is counted before it ends. */
export class Dozers {
  /** What they do not write meanwhile. */
  readonly writes = new LeftOutWrites();
  private readonly accounts = new Set<() => void>();

  /** @returns gets up */
  add(account: () => void): () => void {
    this.accounts.add(account);
    return () => this.accounts.delete(account);
  }

  /** Counts what those have left out who still doze. */
  finish(): void {
    for (const account of this.accounts) account();
  }
}

export interface DozeOptions {
  readonly life: Lifetime;
  readonly calm: Calm;
  readonly dozers: Dozers;
  /** The moments that are left out. */
  readonly rhythm: Rhythm;
  /** What is written at the moments, as far as it is: the kind, and the mean distance of two writes. */
  readonly writes?: { readonly kind: string; readonly meanMicros: number };
  /** It was woken, and the next moment has come. */
  readonly resume: () => void;
  /** @param count of moments that were left out in between */
  readonly account: (count: number, fromMicros: number, toMicros: number) => void;
  /** It dozes no more, for whatever reason. Called once. */
  readonly ended?: () => void;
}

export class Doze {
  /** The last moment that was left out; NaN when there was none. */
  lastMicros = Number.NaN;
  private readonly options: DozeOptions;
  private readonly leaves: readonly (() => void)[];
  private count = 0;
  private accountedMicros: number;
  private isOver = false;

  constructor(options: DozeOptions) {
    const { calm, dozers, life } = options;
    this.options = options;
    this.accountedMicros = life.engine.now;
    const leaves = [calm.sleep(() => this.wake()), dozers.add(() => this.account())];
    const { writes } = options;
    if (writes !== undefined) {
      const end = dozers.writes.begin(writes.kind, writes.meanMicros, life.engine.now);
      leaves.push(() => end(life.engine.now));
    }
    this.leaves = leaves;
  }

  /** Moves on past what is left out until then, without accounting for it yet. */
  advance(untilMicros: number): void {
    const { count, lastMicros } = this.options.rhythm.advance(untilMicros);
    if (count === 0) return;
    this.count += count;
    this.lastMicros = lastMicros;
  }

  wake(): void {
    if (!this.stop()) return;
    const { life, resume, rhythm } = this.options;
    life.after(rhythm.nextMicros - life.engine.now, resume);
  }

  /** The process ends, or stands still. @returns false when it dozed no more */
  stop(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    for (const leave of this.leaves) leave();
    this.account();
    this.options.ended?.();
    return true;
  }

  private account(): void {
    const { now } = this.options.life.engine;
    this.advance(now);
    const { accountedMicros, count } = this;
    this.count = 0;
    this.accountedMicros = now;
    this.options.account(count, accountedMicros, now);
  }
}
