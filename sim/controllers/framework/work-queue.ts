// A controller's work queue: each key waits once, is worked on by one worker at a time, and comes again if it was added meanwhile.
// Failed keys come back after 5 ms, 10 ms … 1000 s, and at most 10 per second (bursts of 100) over all keys.
// Source: behaviour of client-go's util/workqueue with its default controller rate limiter.
import type { EventHandle } from "../../engine/engine.ts";
import type { Lifetime } from "../../engine/lifetime.ts";
import { SECOND } from "../../engine/tick.ts";
import type { QueueStats } from "../../metrics/recorder.ts";

export interface WorkQueueOptions {
  readonly life: Lifetime;
  /** Works on a key; calls `done` when it is through, at once or later. */
  readonly work: (key: string, done: () => void) => void;
  /** How many keys are worked on at a time (`--concurrent-…-syncs`). */
  readonly workers: number;
  readonly baseMicros?: number;
  readonly maxMicros?: number;
  /** Is there the limit over all keys? Default: yes. */
  readonly isBucketed?: boolean;
  /** Counts what happens here. */
  readonly stats?: QueueStats;
}

const BASE_MICROS = 5000;
const MAX_MICROS = 1000 * SECOND;
const BUCKET_PER_SECOND = 10;
const BUCKET_BURST = 100;

export class WorkQueue {
  private readonly options: WorkQueueOptions;
  private readonly waiting: string[] = [];
  // since when each of them waits
  private readonly waitingSince: number[] = [];
  private head = 0;
  // waiting, or to wait again once the worker is through with it
  private readonly dirty = new Set<string>();
  // and since when each is worked on
  private readonly processing = new Map<string, number>();
  private readonly failures = new Map<string, number>();
  private readonly later = new Map<string, { readonly atMicros: number; readonly handle: EventHandle }>();
  private isStarted = false;
  private tokens = BUCKET_BURST;
  private tokensAtMicros = 0;

  constructor(options: WorkQueueOptions) {
    this.options = options;
  }

  /** Keys that wait or are worked on. */
  get length(): number {
    return this.waiting.length - this.head + this.processing.size;
  }

  /** Workers begin; what was added before has waited. */
  start(): void {
    this.isStarted = true;
    this.dispatch();
  }

  add(key: string): void {
    if (this.dirty.has(key)) return;
    this.dirty.add(key);
    if (this.processing.has(key)) return;
    this.enqueue(key);
    // not within the handler that adds it
    if (this.isStarted) this.options.life.after(0, () => this.dispatch());
  }

  /** Adds the key so long from now; of several times for one key the earliest counts. */
  addAfter(key: string, delayMicros: number): void {
    if (delayMicros <= 0) return this.add(key);
    const { life } = this.options;
    const atMicros = life.engine.now + Math.ceil(delayMicros);
    const known = this.later.get(key);
    if (known !== undefined) {
      if (known.atMicros <= atMicros) return;
      life.cancel(known.handle);
    }
    const handle = life.after(atMicros - life.engine.now, () => {
      this.later.delete(key);
      this.add(key);
    });
    this.later.set(key, { atMicros, handle });
  }

  /** Adds a key that failed: later the more often it has. */
  addRateLimited(key: string): void {
    const { baseMicros = BASE_MICROS, isBucketed = true, maxMicros = MAX_MICROS } = this.options;
    const failures = this.failures.get(key) ?? 0;
    this.failures.set(key, failures + 1);
    this.options.stats?.retried();
    // 2^failures without overflow
    let pauseMicros = baseMicros;
    for (let i = 0; i < failures && pauseMicros < maxMicros; i++) pauseMicros *= 2;
    this.addAfter(key, Math.max(Math.min(pauseMicros, maxMicros), isBucketed ? this.bucketMicros() : 0));
  }

  /** The key has succeeded: its pauses begin anew. */
  forget(key: string): void {
    this.failures.delete(key);
  }

  /** How often the key has failed since it was forgotten. */
  failuresOf(key: string): number {
    return this.failures.get(key) ?? 0;
  }

  private dispatch(): void {
    while (this.head < this.waiting.length && this.processing.size < this.options.workers) {
      const { now } = this.options.life.engine;
      const sinceMicros = this.waitingSince[this.head]!;
      const key = this.waiting[this.head++]!;
      if (this.head === this.waiting.length) {
        this.waiting.length = 0;
        this.waitingSince.length = 0;
        this.head = 0;
      }
      this.dirty.delete(key);
      this.processing.set(key, now);
      this.options.stats?.began(now - sinceMicros);
      this.options.work(
        key,
        this.options.life.guard(() => this.finished(key)),
      );
    }
  }

  private enqueue(key: string): void {
    this.waiting.push(key);
    this.waitingSince.push(this.options.life.engine.now);
    this.options.stats?.added(this.waiting.length - this.head);
  }

  private finished(key: string): void {
    this.options.stats?.ended(this.options.life.engine.now - (this.processing.get(key) ?? 0));
    this.processing.delete(key);
    if (this.dirty.has(key)) this.enqueue(key);
    this.options.life.after(0, () => this.dispatch());
  }

  // the overall bucket: a reservation, as of golang.org/x/time/rate
  private bucketMicros(): number {
    const { now } = this.options.life.engine;
    this.tokens = Math.min(BUCKET_BURST, this.tokens + ((now - this.tokensAtMicros) / SECOND) * BUCKET_PER_SECOND);
    this.tokensAtMicros = now;
    this.tokens -= 1;
    return this.tokens >= 0 ? 0 : Math.ceil((-this.tokens / BUCKET_PER_SECOND) * SECOND);
  }
}
