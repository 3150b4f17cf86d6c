// Checks many seeds over worker threads and hands their outcomes over in the order of seeds, however they finish.
import { Piscina } from "piscina";
import type { SeedOptions, SeedOutcome } from "../check.ts";
import type { CheckTask } from "./check-worker.ts";
import { BatchError } from "./pool.ts";

export interface CheckPoolOptions {
  readonly workers: number;
  readonly seedOptions: SeedOptions;
  /** In the order of seeds. @returns false when no more seeds are wanted */
  readonly onOutcome: (outcome: SeedOutcome) => boolean;
}

// enough that handing over costs nothing, few enough that a stop comes soon
const SEEDS_PER_TASK = 16;

/** @throws BatchError when a worker fails */
export async function checkSeeds(first: number, count: number, options: CheckPoolOptions): Promise<void> {
  const tasks = Math.ceil(count / SEEDS_PER_TASK);
  const workers = Math.min(options.workers, tasks);
  const ahead = 3 * workers;
  const pool = new Piscina<CheckTask, readonly SeedOutcome[]>({
    filename: new URL("./check-worker.js", import.meta.url).href,
    name: "runSeeds",
    minThreads: workers,
    maxThreads: workers,
    maxQueue: ahead,
    atomics: "disabled",
  });
  const poolFailed = new Promise<never>((_resolve, reject) => {
    pool.on("error", (error: unknown) => reject(error));
  });
  poolFailed.catch(() => undefined);
  const running: Promise<readonly SeedOutcome[]>[] = [];
  const submit = (task: number) => {
    const from = task * SEEDS_PER_TASK;
    const length = Math.min(SEEDS_PER_TASK, count - from);
    const seeds = Array.from({ length }, (_, i) => first + from + i);
    const answer = pool.run({ seeds, options: options.seedOptions });
    answer.catch(() => undefined);
    running[task] = answer;
  };
  try {
    let submitted = 0;
    for (let task = 0; task < tasks; task++) {
      while (submitted < tasks && submitted < task + ahead) submit(submitted++);
      const outcomes = await Promise.race([running[task]!, poolFailed]);
      delete running[task];
      for (const outcome of outcomes) if (!options.onOutcome(outcome)) return;
    }
  } catch (error) {
    throw new BatchError(`a worker failed: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await pool.destroy();
  }
}
