// The file that a worker thread runs. The plans come once, with the thread; each task names one of them and a seed.
import { move, transferableSymbol, valueSymbol, workerData } from "piscina";
import { loadCustomPlugins } from "./custom-plugins.ts";
import { RunMemoryError } from "./limits.ts";
import { encodeOutcome } from "./outcome-file.ts";
import { runPlan } from "./run-task.ts";
import type { TaskAnswer, WorkerSetup, WorkerTask } from "./task.ts";
import { writeWhole } from "./write-whole.ts";

/** Answers every task; a failure is an answer too. */
export async function runTask({ planIndex, seed, store, memoryBytes }: WorkerTask): Promise<TaskAnswer> {
  try {
    const { plans, shuffleTies } = workerData as WorkerSetup;
    const plan = plans[planIndex];
    if (plan === undefined) throw new Error(`the batch has no plan number ${planIndex}`);
    const customPlugins = await loadCustomPlugins(plan);
    const onProgress = memoryBytes === null ? undefined : () => refuseAbove(memoryBytes);
    const outcome = await runPlan(plan, seed, { customPlugins, shuffleTies, onProgress });
    if (store !== null) {
      writeWhole(store.file, encodeOutcome(store.key, outcome));
      return { ok: true, outcome: { ...outcome, timeline: null, parts: [] } };
    }
    const buffers = outcome.parts.map((part) => part.bytes.buffer as ArrayBuffer);
    return handOver({ ok: true, outcome: { ...outcome, timeline: null } }, buffers);
  } catch (error) {
    const { message, name } = error instanceof Error ? error : { message: String(error), name: "" };
    return { ok: false, message, errorName: name };
  }
}

// the limit of the thread's heap knows nothing of typed arrays, which is where a large run keeps its tables; the heap itself is not
// looked at here, since what lies in it may be garbage
function refuseAbove(limit: number): void {
  if (process.memoryUsage().external > limit) throw new RunMemoryError("took more memory than --run-memory allows");
}

/** The answer, with its buffers moved to the other thread instead of copied. */
function handOver(answer: TaskAnswer, buffers: readonly ArrayBuffer[]): TaskAnswer {
  return move({ [transferableSymbol]: buffers, [valueSymbol]: answer } as never) as unknown as TaskAnswer;
}
