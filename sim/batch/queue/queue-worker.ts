// A worker of the queue: takes runs of whatever batch, does them in threads of its own, and puts what came out back, keyed by task. It may
// be killed at any moment: its runs go to others when its locks have run out.
import type { Worker } from "bullmq";
import { buildHash } from "../build-hash.ts";
import { type BatchManifest, runKey, tasksOf } from "../manifest.ts";
import { encodeOutcome } from "../outcome-file.ts";
import { BatchError, WorkerPool } from "../pool.ts";
import type { RunTask } from "../task.ts";
import { openQueue, type QueueConnection } from "./connection.ts";
import { PREFIX, QueuedBatch, type QueuedOutcome, type QueuedRun, queueName } from "./queued-batch.ts";

export interface QueueWorkerOptions {
  readonly url: string;
  /** Runs at once. */
  readonly concurrency: number;
  /** After so long without a sign of life a worker counts as dead. */
  readonly stalledMillis: number;
  readonly onNotice: (text: string) => void;
}

/** How often the process of a worker may die of a run before the run counts as failed. */
const STALLS_ALLOWED = 3;
/** Batches whose threads are kept; another one's are ended when they have nothing to do. */
const POOLS_KEPT = 2;

interface OpenBatch {
  readonly stored: QueuedBatch;
  readonly manifest: BatchManifest;
  readonly tasks: readonly RunTask[];
  readonly pool: WorkerPool;
  running: number;
}

export class QueueWorker {
  readonly shown: string;
  private readonly connection: QueueConnection;
  private readonly options: QueueWorkerOptions;
  private readonly worker: Worker<QueuedRun>;
  /** In the order of their last use. */
  private readonly batches = new Map<string, Promise<OpenBatch | undefined>>();
  private done = 0;
  private busyUntil = Date.now();
  private running = 0;

  private constructor(connection: QueueConnection, options: QueueWorkerOptions) {
    this.connection = connection;
    this.options = options;
    this.shown = connection.shown;
    const { bullmq, redis } = connection;
    this.worker = new bullmq.Worker<QueuedRun>(queueName(buildHash()), (job) => this.process(job.data), {
      connection: redis,
      prefix: PREFIX,
      concurrency: options.concurrency,
      lockDuration: options.stalledMillis,
      stalledInterval: Math.ceil(options.stalledMillis / 2),
      maxStalledCount: STALLS_ALLOWED,
    });
    let isLost = false;
    this.worker.on("error", (error) => {
      if (!isLost) options.onNotice(`queue: ${error.message}`);
      isLost = true;
    });
    this.worker.on("ready", () => {
      isLost = false;
    });
    this.worker.on("stalled", (id) =>
      options.onNotice(`run ${id} was lost by another worker and goes back into the queue`),
    );
  }

  /** @throws QueueError */
  static async start(options: QueueWorkerOptions): Promise<QueueWorker> {
    return new QueueWorker(await openQueue(options.url), options);
  }

  /** Runs that it has delivered. */
  get delivered(): number {
    return this.done;
  }

  /** For how long there has been nothing to do. */
  get idleMillis(): number {
    return this.running > 0 ? 0 : Date.now() - this.busyUntil;
  }

  /** Finishes what it has begun, and takes nothing more. */
  async close(): Promise<void> {
    await this.worker.close();
    for (const batch of this.batches.values()) await (await batch)?.pool.close();
    this.connection.redis.disconnect();
  }

  private async process({ batch: id, index }: QueuedRun): Promise<void> {
    this.running++;
    try {
      const batch = await this.open(id);
      // over, or done by another that was thought dead
      if (batch === undefined || (await batch.stored.has(index))) return;
      batch.running++;
      try {
        await batch.stored.put(index, await outcomeOf(batch, index));
        this.done++;
      } finally {
        batch.running--;
      }
    } finally {
      this.running--;
      this.busyUntil = Date.now();
    }
  }

  private open(id: string): Promise<OpenBatch | undefined> {
    const known = this.batches.get(id) ?? this.load(id);
    this.batches.delete(id);
    this.batches.set(id, known);
    return known;
  }

  private async load(id: string): Promise<OpenBatch | undefined> {
    const stored = new QueuedBatch(this.connection.redis, id);
    const published = await stored.setup().catch((error: unknown) => {
      this.batches.delete(id);
      throw error;
    });
    await this.closeIdle();
    if (published === undefined) {
      this.batches.delete(id);
      return undefined;
    }
    const { manifest, setup, limits } = published;
    const pool = new WorkerPool(setup, this.options.concurrency, limits);
    return { stored, manifest, tasks: tasksOf(manifest), pool, running: 0 };
  }

  private async closeIdle(): Promise<void> {
    for (const [id, opened] of [...this.batches].slice(0, -POOLS_KEPT)) {
      const batch = await opened;
      if (batch !== undefined && batch.running > 0) continue;
      this.batches.delete(id);
      await batch?.pool.close();
    }
  }
}

async function outcomeOf({ manifest, tasks, pool }: OpenBatch, index: number): Promise<QueuedOutcome> {
  const task = tasks[index];
  if (task === undefined) return { ok: false, message: `the batch has no run number ${index}`, errorName: "" };
  try {
    const answer = await pool.run(task);
    if (!answer.ok) return answer;
    return { ok: true, record: encodeOutcome(runKey(manifest, index, task), answer.outcome) };
  } catch (error) {
    if (!(error instanceof BatchError)) throw error;
    return { ok: false, message: error.message, errorName: error.errorName };
  }
}
