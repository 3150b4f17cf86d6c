// Runs a stored batch by workers behind a queue: puts tasks into it, fetches what came out, and keeps it as if a thread had done it. May
// die and be started again like any batch: what workers have done meanwhile waits in Redis.
import { randomUUID } from "node:crypto";
import type { Job, Queue } from "bullmq";
import { customPluginsOf } from "../custom-plugins.ts";
import type { RunLimits } from "../limits.ts";
import { batchId } from "../manifest.ts";
import type { StoredBatch } from "../stored-batch.ts";
import type { WorkerSetup } from "../task.ts";
import { openQueue, type QueueConnection, QueueError } from "./connection.ts";
import { jobIdOf, PREFIX, QueuedBatch, type QueuedOutcome, type QueuedRun, queueName } from "./queued-batch.ts";

export interface QueueOptions {
  readonly url: string;
  readonly limits: RunLimits;
  /** Things that the user should know while it runs. */
  readonly onNotice: (text: string) => void;
}

/** Tasks in the queue at once: enough for many workers, little enough for Redis to hold their outcomes. */
const WINDOW = 512;
const OWNED_SECONDS = 10;
const POLL_MILLIS = 50;
const FAILED_MILLIS = 1_000;
const WORKERLESS_MILLIS = 10_000;
const RETRY_MILLIS = 500;

/** @throws QueueError, BatchError; what has finished stays in the batch's folder */
export async function runQueued(batch: StoredBatch, setup: WorkerSetup, options: QueueOptions): Promise<void> {
  if (batch.schedule.isComplete()) return;
  if (setup.plans.some((plan) => customPluginsOf(plan.scheduler.configuration).length > 0)) {
    throw new QueueError(
      "scheduler plugins of your own are files of this machine: use --shard, where each machine loads its own copy",
    );
  }
  const connection = await openQueue(options.url);
  const queue = new connection.bullmq.Queue<QueuedRun>(queueName(batch.manifest.build), {
    connection: connection.redis,
    prefix: PREFIX,
  });
  // told by the commands that fail
  queue.on("error", () => undefined);
  try {
    await new Coordinator(batch, queue, connection, options).run(setup);
  } finally {
    await queue.close();
    connection.redis.disconnect();
  }
}

class Coordinator {
  private readonly batch: StoredBatch;
  private readonly queue: Queue<QueuedRun>;
  private readonly connection: QueueConnection;
  private readonly options: QueueOptions;
  private readonly stored: QueuedBatch;
  private readonly name = randomUUID();
  /** In the queue or with a worker. */
  private readonly outstanding = new Set<number>();
  private readonly arrived = new Set<number>();
  private lookedForFailed = 0;
  private lastArrival = Date.now();
  private hasComplained = false;

  constructor(batch: StoredBatch, queue: Queue<QueuedRun>, connection: QueueConnection, options: QueueOptions) {
    this.batch = batch;
    this.queue = queue;
    this.connection = connection;
    this.options = options;
    this.stored = new QueuedBatch(connection.redis, batchId(batch.manifest));
  }

  async run(setup: WorkerSetup): Promise<void> {
    const { batch, stored } = this;
    await this.takeOver();
    const heartbeat = setInterval(() => void this.stored.own(this.name, OWNED_SECONDS).catch(() => undefined), 2_000);
    try {
      await stored.publish({ manifest: batch.manifest, setup, limits: this.options.limits });
      // what failed for an earlier process may be tried again
      for (const job of await this.failedJobs()) await job.remove();
      while ((await this.fetch()) > 0);
      while (!batch.schedule.isComplete()) {
        await this.fill();
        if ((await this.fetch()) > 0) continue;
        await this.lookAround();
        await sleep(POLL_MILLIS);
      }
      await this.clear();
    } catch (error) {
      // a batch that failed does not go on behind the user's back; of a lost connection nothing more can be said
      await this.clear().catch(() => undefined);
      throw error;
    } finally {
      clearInterval(heartbeat);
    }
  }

  /** Waits for an earlier process to be gone for good. */
  private async takeOver(): Promise<void> {
    const patience = Date.now() + 1.5 * OWNED_SECONDS * 1000;
    while (!(await this.stored.own(this.name, OWNED_SECONDS))) {
      if (Date.now() > patience)
        throw new QueueError(`another kubedrill batch with the same inputs uses ${this.connection.shown}`);
      await sleep(200);
    }
  }

  private async fill(): Promise<void> {
    const runs: QueuedRun[] = [];
    while (this.outstanding.size < WINDOW) {
      const index = this.batch.schedule.next();
      if (index === undefined) break;
      this.outstanding.add(index);
      runs.push({ batch: this.stored.id, index });
    }
    if (runs.length === 0) return;
    await this.queue.addBulk(
      runs.map((run) => ({
        name: "run",
        data: run,
        opts: {
          // one that is there already stays as it is
          jobId: jobIdOf(run),
          attempts: this.options.limits.retries + 1,
          backoff: { type: "fixed", delay: RETRY_MILLIS },
          removeOnComplete: true,
          removeOnFail: false,
        },
      })),
    );
  }

  private async fetch(): Promise<number> {
    const fetched = await this.stored.fetch((index, outcome) => this.accept(index, outcome));
    if (fetched > 0) this.lastArrival = Date.now();
    return fetched;
  }

  private accept(index: number, outcome: QueuedOutcome): void {
    this.outstanding.delete(index);
    // a worker that was thought dead may deliver as well: the same bytes once more
    if (this.arrived.has(index)) return;
    this.arrived.add(index);
    if (outcome.ok) this.batch.finish(index, this.batch.folder.put(index, outcome.record).summary);
    else this.batch.fail(index, outcome.message, outcome.errorName);
  }

  private async lookAround(): Promise<void> {
    const now = Date.now();
    if (now - this.lookedForFailed < FAILED_MILLIS) return;
    this.lookedForFailed = now;
    for (const job of await this.failedJobs()) {
      const { index } = job.data;
      await job.remove();
      if (this.arrived.has(index)) continue;
      this.arrived.add(index);
      this.outstanding.delete(index);
      this.batch.fail(index, `its workers failed: ${job.failedReason}`, "");
    }
    if (this.hasComplained || now - this.lastArrival < WORKERLESS_MILLIS || (await this.queue.getWorkersCount()) > 0)
      return;
    this.hasComplained = true;
    this.options.onNotice(
      `no worker of this build listens at ${this.connection.shown}; start some: kubedrill worker --queue ${this.connection.shown}`,
    );
  }

  private async failedJobs(): Promise<readonly Job<QueuedRun>[]> {
    const jobs = (await this.queue.getFailed(0, 1000)) as Job<QueuedRun>[];
    return jobs.filter((job) => job?.data.batch === this.stored.id);
  }

  private async clear(): Promise<void> {
    await this.stored.remove();
    // those that a worker has in its hands end by themselves
    for (const index of this.outstanding) {
      await this.queue.remove(jobIdOf({ batch: this.stored.id, index })).catch(() => undefined);
    }
  }
}

function sleep(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis));
}
