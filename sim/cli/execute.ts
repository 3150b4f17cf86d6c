// Runs plans one by one in this thread and writes their reports: what `run` does. `batch` does the same with worker threads
// (execute-batch.ts); the files are the same bytes.

import { REPORTS } from "../../reports/columns/registry.ts";
import { renderHeader } from "../../reports/csv.ts";
import { loadCustomPlugins } from "../batch/custom-plugins.ts";
import { runPlan } from "../batch/run-task.ts";
import type { RunOutcome, RunTask } from "../batch/task.ts";
import type { SeenEvent } from "../metrics/recorder.ts";
import type { Plan } from "../scenario/plan.ts";
import { EXIT_INTERRUPTED } from "./failure.ts";
import { type FileFormat, ResultsDocument, writeMore } from "./file-formats.ts";
import { OutputDirectory } from "./output-directory.ts";
import { type Progress, startProgress } from "./progress.ts";

export interface ExecuteOptions {
  readonly plans: readonly Plan[];
  /** undefined = each plan's own. */
  readonly seeds: readonly string[] | undefined;
  readonly out: string;
  readonly progress: boolean | undefined;
  /** Seed of the order of simultaneous events; undefined = the order in which they were scheduled. */
  readonly shuffleTies?: string | undefined;
  /** Besides the CSV tables. */
  readonly formats?: readonly FileFormat[];
  /** Told of the events of each run in this thread as they happen. */
  readonly onEvent?: (event: SeenEvent) => void;
  /** A run in this thread begins. */
  readonly onRun?: (plan: Plan, seed: string) => void;
}

/** A run without its tables, which are on the disk by now. */
export type FinishedRun = Omit<RunOutcome, "parts">;

export interface Execution {
  readonly runs: readonly FinishedRun[];
  readonly folder: string;
  readonly files: readonly string[];
}

/** @throws what a run throws; then no report was written */
export async function execute(options: ExecuteOptions): Promise<Execution> {
  const tasks: RunTask[] = options.plans.flatMap((plan, planIndex) =>
    (options.seeds ?? [plan.seed]).map((seed) => ({ planIndex, seed })),
  );
  // says before the work whether there is a place for its result
  new OutputDirectory(options.out).discard();
  const headers: (readonly [string, Uint8Array])[] = [];
  for (const report of REPORTS) headers.push([`${report.name}.csv`, await renderHeader(report)]);
  let output: OutputDirectory | undefined;
  const progress = startProgress(options.progress);
  // Ctrl-C leaves no half of anything behind
  const interrupted = () => {
    output?.discard();
    process.exit(EXIT_INTERRUPTED);
  };
  // not before there is something to leave behind: a run in this thread lets no handler in, and Ctrl-C would have to wait for it
  const opened = (): OutputDirectory => {
    if (output !== undefined) return output;
    output = new OutputDirectory(options.out);
    process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
    for (const [name, bytes] of headers) output.append(name, bytes);
    return output;
  };
  const runs: FinishedRun[] = [];
  let document: ResultsDocument | undefined;
  try {
    const take = ({ parts, ...run }: RunOutcome) => {
      for (const { report, bytes } of parts) opened().append(`${report}.csv`, bytes);
      if (options.formats?.includes("json")) {
        document ??= new ResultsDocument(opened());
        document.run(run);
      }
      runs.push(run);
    };
    await runHere(options, tasks, progress, take);
    document?.end();
    opened().commit();
  } catch (error) {
    output?.discard();
    throw error;
  } finally {
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
    progress.stop();
  }
  const files = REPORTS.map(({ name }) => `${name}.csv`);
  const more = await writeMore(opened().path, files, options.formats ?? []);
  return { runs, folder: opened().path, files: [...files, ...more] };
}

async function runHere(
  { plans, onEvent, onRun, shuffleTies }: ExecuteOptions,
  tasks: readonly RunTask[],
  progress: Progress,
  take: (outcome: RunOutcome) => void,
): Promise<void> {
  for (const [index, { planIndex, seed }] of tasks.entries()) {
    const plan = plans[planIndex]!;
    const label = `${plan.name} ${plan.variant}`.trim();
    const onProgress = (share: number) => progress.set((index + share) / tasks.length, label);
    onRun?.(plan, seed);
    const customPlugins = await loadCustomPlugins(plan);
    take(await runPlan(plan, seed, { customPlugins, onProgress, onEvent, shuffleTies }));
  }
}
