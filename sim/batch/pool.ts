// Worker threads that run tasks one by one. A run that fails by itself would fail again and is not repeated; one whose worker dies is, in a
// new worker; one that takes too long is ended with its worker. Nothing hangs, and no more runs are held than there are workers.
import { Piscina } from "piscina";
import { NO_LIMITS, type RunLimits, RunTimeoutError } from "./limits.ts";
import type { RunTask, TaskAnswer, WorkerSetup, WorkerTask } from "./task.ts";

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

/** The threads of one batch. */
export class WorkerPool {
  readonly workers: number;
  private readonly limits: RunLimits;
  private readonly pool: Piscina<WorkerTask, TaskAnswer>;
  // a worker file that fails to load shows as an error of the pool, and its tasks would wait for ever
  private readonly failed: Promise<never>;

  /** @throws BatchError when threads cannot be started */
  constructor(setup: WorkerSetup, workers: number, limits: RunLimits = NO_LIMITS) {
    this.workers = workers;
    this.limits = limits;
    this.pool = openPool(setup, workers, limits);
    this.failed = new Promise<never>((_resolve, reject) => {
      this.pool.on("error", (error: unknown) => reject(new BatchError(`a worker failed: ${messageOf(error)}`)));
    });
    this.failed.catch(() => undefined);
  }

  /**
   * Runs a task, at once if a worker is free.
   *
   * @param store where the worker writes what came out; null: it comes back
   * @throws BatchError when the worker died too often, or the pool cannot work at all
   */
  async run({ planIndex, seed }: RunTask, store: WorkerTask["store"] = null): Promise<TaskAnswer> {
    const task: WorkerTask = { planIndex, seed, store, memoryBytes: this.limits.memoryBytes };
    for (let attempt = 0; ; attempt++) {
      try {
        return await Promise.race([this.attempt(task), this.failed]);
      } catch (error) {
        if (error instanceof BatchError) throw error;
        if (error instanceof RunTimeoutError) return { ok: false, message: error.message, errorName: error.name };
        // what cannot be sent to a worker cannot be sent to another
        const isHopeless = error instanceof Error && error.name === "DataCloneError";
        if (isHopeless || attempt >= this.limits.retries) throw new BatchError(diedText(error, attempt), nameOf(error));
      }
    }
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }

  private async attempt(task: WorkerTask): Promise<TaskAnswer> {
    const { timeoutMillis } = this.limits;
    if (timeoutMillis === null) return await this.pool.run(task);
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), timeoutMillis);
    try {
      return await this.pool.run(task, { signal: controller.signal });
    } catch (error) {
      if (!controller.signal.aborted) throw error;
      throw new RunTimeoutError(`took longer than --run-timeout allows (${timeoutMillis / 1000} s)`);
    } finally {
      clearTimeout(timer);
    }
  }
}

function openPool(setup: WorkerSetup, workers: number, limits: RunLimits): Piscina<WorkerTask, TaskAnswer> {
  const memoryMebibytes = limits.memoryBytes === null ? undefined : Math.floor(limits.memoryBytes / 1_048_576);
  try {
    return new Piscina<WorkerTask, TaskAnswer>({
      filename: new URL("./worker.js", import.meta.url).href,
      name: "runTask",
      workerData: setup,
      minThreads: workers,
      maxThreads: workers,
      atomics: "disabled",
      ...(memoryMebibytes === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: memoryMebibytes } }),
    });
  } catch (error) {
    throw new BatchError(`the workers could not be started: ${messageOf(error)}`);
  }
}

function diedText(error: unknown, attempts: number): string {
  return attempts === 0 ? messageOf(error) : `${messageOf(error)}, ${attempts + 1} times in a row`;
}

function nameOf(error: unknown): string {
  if (error instanceof BatchError) return error.errorName;
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return code === "ERR_WORKER_OUT_OF_MEMORY" ? "RunMemoryError" : "";
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as { code?: unknown }).code;
  return code === "ERR_WORKER_OUT_OF_MEMORY"
    ? "out of memory (try fewer workers, or a higher --run-memory)"
    : error.message;
}
