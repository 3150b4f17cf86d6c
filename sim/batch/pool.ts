// Runs many simulations over worker threads and hands their outcomes over in the order of the tasks, however they finish.
// A worker that cannot load or dies fails the batch with a message; nothing hangs and nothing is retried.
import { Piscina } from "piscina";
import type { RunOutcome, RunTask, TaskAnswer, WorkerSetup } from "./task.ts";

export interface BatchOptions {
  readonly workers: number;
  /** Called once per task, in the order of the tasks. */
  readonly onOutcome: (task: RunTask, outcome: RunOutcome) => void;
  /** Called whenever a run has finished, in any order. */
  readonly onFinished?: () => void;
}

/** A run that failed, in one line. */
export class BatchError extends Error {
  override readonly name = "BatchError";
  /** The name of the error in the run: whose fault it is. */
  readonly errorName: string;

  constructor(message: string, errorName = "") {
    super(message);
    this.errorName = errorName;
  }
}

/** @throws BatchError when a run or a worker fails; outcomes before it have been handed over */
export async function runBatch(setup: WorkerSetup, tasks: readonly RunTask[], options: BatchOptions): Promise<void> {
  const workers = Math.min(options.workers, Math.max(1, tasks.length));
  // finished runs wait for slower ones before them: no more of them than this are ever held
  const ahead = 2 * workers;
  const pool = openPool(setup, workers, ahead);
  // a worker file that fails to load shows as an error of the pool, and its tasks would wait for ever
  const poolFailed = new Promise<never>((_resolve, reject) => {
    pool.on("error", (error: unknown) => reject(new BatchError(`a worker failed: ${messageOf(error)}`)));
  });
  poolFailed.catch(() => undefined);
  try {
    const running: Promise<TaskAnswer>[] = [];
    let submitted = 0;
    for (const [index, task] of tasks.entries()) {
      for (; submitted < tasks.length && submitted < index + ahead; submitted++) {
        const answer = pool.run(tasks[submitted]!);
        answer.then(() => options.onFinished?.()).catch(() => undefined);
        running[submitted] = answer;
      }
      const answer = await Promise.race([running[index]!, poolFailed]).catch((error: unknown) => {
        throw error instanceof BatchError ? error : new BatchError(`${describe(setup, task)}: ${messageOf(error)}`);
      });
      delete running[index];
      if (!answer.ok) throw new BatchError(`${describe(setup, task)}: ${answer.message}`, answer.errorName);
      options.onOutcome(task, answer.outcome);
    }
  } finally {
    await pool.destroy();
  }
}

function openPool(setup: WorkerSetup, workers: number, maxQueue: number): Piscina<RunTask, TaskAnswer> {
  try {
    return new Piscina<RunTask, TaskAnswer>({
      filename: new URL("./worker.js", import.meta.url).href,
      name: "runTask",
      workerData: setup,
      minThreads: workers,
      maxThreads: workers,
      maxQueue,
      atomics: "disabled",
    });
  } catch (error) {
    throw new BatchError(`the workers could not be started: ${messageOf(error)}`);
  }
}

function describe(setup: WorkerSetup, task: RunTask): string {
  const plan = setup.plans[task.planIndex];
  const variant = plan === undefined || plan.variant === "" ? "" : `[${plan.variant}]`;
  return `${plan?.name ?? "plan"}${variant}, seed ${task.seed}`;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as { code?: unknown }).code;
  return code === "ERR_WORKER_OUT_OF_MEMORY" ? "out of memory (try fewer workers)" : error.message;
}
