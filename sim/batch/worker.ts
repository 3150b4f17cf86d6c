// The file that a worker thread runs. The plans come once, with the thread; each task names one of them and a seed.
import { move, transferableSymbol, valueSymbol, workerData } from "piscina";
import { loadCustomPlugins } from "./custom-plugins.ts";
import { runPlan } from "./run-task.ts";
import type { RunTask, TaskAnswer, WorkerSetup } from "./task.ts";

/** Answers every task; a failure is an answer too. */
export async function runTask(task: RunTask): Promise<TaskAnswer> {
  try {
    const { plans, shuffleTies } = workerData as WorkerSetup;
    const plan = plans[task.planIndex];
    if (plan === undefined) throw new Error(`the batch has no plan number ${task.planIndex}`);
    const outcome = await runPlan(plan, task.seed, { customPlugins: await loadCustomPlugins(plan), shuffleTies });
    const buffers = outcome.parts.map((part) => part.bytes.buffer as ArrayBuffer);
    return handOver({ ok: true, outcome: { ...outcome, timeline: null } }, buffers);
  } catch (error) {
    const { message, name } = error instanceof Error ? error : { message: String(error), name: "" };
    return { ok: false, message, errorName: name };
  }
}

/** The answer, with its buffers moved to the other thread instead of copied. */
function handOver(answer: TaskAnswer, buffers: readonly ArrayBuffer[]): TaskAnswer {
  return move({ [transferableSymbol]: buffers, [valueSymbol]: answer } as never) as unknown as TaskAnswer;
}
