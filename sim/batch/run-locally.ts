// Runs a stored batch on the cores of this machine. Workers write what comes out themselves; this thread only hands out the tasks.
import type { RunLimits } from "./limits.ts";
import { BatchError, WorkerPool } from "./pool.ts";
import type { StoredBatch } from "./stored-batch.ts";
import type { WorkerSetup } from "./task.ts";

/** @throws BatchError when a run or a worker fails; what has finished stays in the batch's folder */
export async function runLocally(
  batch: StoredBatch,
  setup: WorkerSetup,
  { workers, limits }: { readonly workers: number; readonly limits: RunLimits },
): Promise<void> {
  if (batch.schedule.isComplete()) return;
  const { done, of } = batch.schedule.progress();
  const pool = new WorkerPool(setup, Math.min(workers, Math.max(1, of - done)), limits);
  try {
    await Promise.all(Array.from({ length: pool.workers }, () => lane(batch, pool)));
  } finally {
    await pool.close();
  }
}

// as many of these as there are workers: a task is given out when somebody is free for it, so that its time limit starts then
async function lane(batch: StoredBatch, pool: WorkerPool): Promise<void> {
  const { schedule, folder } = batch;
  while (!schedule.isComplete()) {
    const index = schedule.next();
    if (index === undefined) {
      await batch.changed();
      continue;
    }
    const running = pool.run(batch.tasks[index]!, folder.storeOf(index)).catch((error: unknown) => {
      // a worker that died too often is this run's failure
      if (!(error instanceof BatchError)) throw error;
      return { ok: false as const, message: error.message, errorName: error.errorName };
    });
    // what is still running when enough is known is not waited for
    const answer = await Promise.race([running, batch.completed]);
    if (answer === undefined) return;
    if (answer.ok) batch.finish(index, answer.outcome.summary);
    else batch.fail(index, answer.message, answer.errorName);
  }
}
