// A batch at work: its schedule, the folder that keeps what is done, and what went wrong. Executors (threads here, or workers behind a
// queue) ask it for tasks and hand over what came out; everything else is the same for both.
import { type BatchManifest, nameOf, tasksOf } from "./manifest.ts";
import { BatchError } from "./pool.ts";
import { type Schedule, scheduleOf } from "./schedule.ts";
import type { RunTask } from "./task.ts";
import type { WorkFolder } from "./work-folder.ts";

/** A run that has no outcome, though the batch went on. */
export interface RunFailure {
  readonly index: number;
  readonly message: string;
}

/** Which part of a batch a machine does: number `index` of `count`, counted from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

export interface StoredBatchOptions {
  readonly shard?: Shard | undefined;
  /** Go on past runs that fail, and list them. */
  readonly keepGoing: boolean;
  readonly onProgress: (done: number, of: number) => void;
}

export class StoredBatch {
  readonly manifest: BatchManifest;
  readonly folder: WorkFolder;
  readonly tasks: readonly RunTask[];
  readonly schedule: Schedule;
  /** Runs that were done before this process began. */
  readonly resumed: number;
  private readonly options: StoredBatchOptions;
  private readonly failed = new Map<number, string>();
  /** Resolves when everything is there that the reports need. */
  readonly completed: Promise<void>;
  private complete: () => void = () => undefined;
  private waiting: (() => void)[] = [];

  constructor(manifest: BatchManifest, folder: WorkFolder, options: StoredBatchOptions) {
    this.manifest = manifest;
    this.folder = folder;
    this.options = options;
    this.tasks = tasksOf(manifest);
    const { shard } = options;
    // one here, one there: runs of one scenario take about equally long
    this.schedule = scheduleOf(manifest, (index) => shard === undefined || index % shard.count === shard.index - 1);
    let resumed = 0;
    for (const { index, facts } of folder.finishedRuns()) {
      this.schedule.finished(index, facts.summary);
      resumed++;
    }
    this.resumed = resumed;
    this.completed = new Promise((resolve) => {
      this.complete = resolve;
    });
    this.tellProgress();
  }

  get failures(): readonly RunFailure[] {
    return [...this.failed].map(([index, message]) => ({ index, message })).sort((a, b) => a.index - b.index);
  }

  isFailed(index: number): boolean {
    return this.failed.has(index);
  }

  /** The outcome of a task is in the folder. */
  finish(index: number, summary: Readonly<Record<string, number>>): void {
    this.schedule.finished(index, summary);
    this.wake();
  }

  /** A task has no outcome, and would have none the next time. @throws BatchError unless the batch keeps going */
  fail(index: number, message: string, errorName: string): void {
    const task = this.tasks[index]!;
    if (!this.options.keepGoing) {
      throw new BatchError(`${nameOf(this.manifest.plans[task.planIndex]!)}, seed ${task.seed}: ${message}`, errorName);
    }
    this.failed.set(index, message);
    this.schedule.finished(index, {});
    this.wake();
  }

  /** Resolves when a task has come out: then there may be others to do, or nothing more. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private wake(): void {
    this.tellProgress();
    if (this.schedule.isComplete()) this.complete();
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }

  private tellProgress(): void {
    const { done, of } = this.schedule.progress();
    this.options.onProgress(done, of);
  }
}
