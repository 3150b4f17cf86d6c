// Runs a batch and writes its reports, so that it can be stopped at any moment: what is done is kept beside the tables until they are all
// written. Where the runs are executed (threads here, workers behind a queue) makes no difference to a byte.
import { join, resolve } from "node:path";
import type { StatisticsRow } from "../../reports/columns/batch-tables.ts";
import { assemble, type BatchRecords } from "../batch/assemble.ts";
import type { RunLimits } from "../batch/limits.ts";
import { type BatchManifest, manifestOf } from "../batch/manifest.ts";
import type { RunFacts } from "../batch/outcome-file.ts";
import { partName, writePart } from "../batch/part-file.ts";
import { runLocally } from "../batch/run-locally.ts";
import { type RunFailure, type Shard, StoredBatch } from "../batch/stored-batch.ts";
import { DEFAULT_METRICS, type UntilRule } from "../batch/until-rule.ts";
import { stagingOf, WorkFolder } from "../batch/work-folder.ts";
import type { Plan } from "../scenario/plan.ts";
import type { Execution, FinishedRun } from "./execute.ts";
import { EXIT_INTERRUPTED } from "./failure.ts";
import { type FileFormat, ResultsDocument, writeMore } from "./file-formats.ts";
import { writeFailure } from "./make-folder.ts";
import { OutputDirectory } from "./output-directory.ts";
import { startProgress } from "./progress.ts";

export interface ExecuteBatchOptions {
  readonly plans: readonly Plan[];
  /** undefined = each plan's own. */
  readonly seeds: readonly string[] | undefined;
  readonly until: UntilRule | undefined;
  readonly workers: number;
  readonly limits: RunLimits;
  readonly keepGoing: boolean;
  readonly shard: Shard | undefined;
  /** Address of a Redis whose workers do the runs. */
  readonly queue: string | undefined;
  readonly restart: boolean;
  readonly out: string;
  readonly progress: boolean | undefined;
  readonly shuffleTies: string | undefined;
  /** Besides the CSV tables. */
  readonly formats?: readonly FileFormat[];
  /** Nobody can go on with it: the folder goes when this process does. */
  readonly isTemporary?: boolean;
  /** Told of every run, in the order of the reports. */
  readonly onFacts?: (facts: RunFacts) => void;
}

export interface BatchExecution extends Execution {
  readonly statistics: readonly StatisticsRow[];
  readonly failures: readonly RunFailure[];
  readonly manifest: BatchManifest;
}

/** What a shard has written instead of tables. */
export interface PartExecution {
  readonly part: string;
  readonly runs: number;
  readonly failures: readonly RunFailure[];
}

/** @throws what a run throws; then no report was written, and the same call goes on from there */
export async function executeBatch(options: ExecuteBatchOptions): Promise<BatchExecution | PartExecution> {
  const manifest = manifestOf(options);
  const { shard } = options;
  const name = shard === undefined ? ".kubedrill-batch" : `.kubedrill-batch-${shard.index}-of-${shard.count}`;
  const work = join(resolve(options.out), name);
  const output = new OutputDirectory(options.out, stagingOf(work));
  let folder: WorkFolder;
  try {
    folder = new WorkFolder(work, manifest, options.restart);
  } catch (error) {
    output.discard();
    throw writeFailure(work, error);
  }
  const progress = startProgress(options.progress);
  const leave = () => {
    progress.stop();
    const kept = folder.leave();
    output.discard();
    if (kept > 0 && options.isTemporary !== true) process.stderr.write(`${keptText(kept, folder.path)}\n`);
  };
  const interrupted = () => {
    leave();
    process.exit(EXIT_INTERRUPTED);
  };
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  try {
    const batch = new StoredBatch(manifest, folder, {
      shard,
      keepGoing: options.keepGoing,
      onProgress: (done, of) => progress.set(of === 0 ? 1 : done / of, `${done} of ${of} runs`),
    });
    if (batch.resumed > 0) process.stderr.write(`goes on where it stopped: ${batch.resumed} runs are there already\n`);
    await runAll(batch, options);
    if (shard !== undefined) {
      const part = join(output.path, partName(shard));
      writePart(part, batch, shard);
      folder.remove();
      return { part, runs: batch.schedule.wanted().length, failures: batch.failures };
    }
    const records: BatchRecords = {
      manifest,
      wanted: batch.schedule.wanted(),
      failures: batch.failures,
      read: (index) => folder.read(index),
    };
    folder.emptyStaging();
    const execution = await writeTables(records, output, options);
    folder.remove();
    return execution;
  } catch (error) {
    leave();
    throw error;
  } finally {
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
    progress.stop();
  }
}

/** Puts records together to tables that appear all at once. */
export async function writeTables(
  records: BatchRecords,
  output: OutputDirectory,
  { formats = [], onFacts }: Pick<ExecuteBatchOptions, "formats" | "onFacts"> = {},
): Promise<BatchExecution> {
  const runs: FinishedRun[] = [];
  const append = (name: string, bytes: Uint8Array) => output.append(name, bytes);
  const document = formats.includes("json") ? new ResultsDocument(output) : undefined;
  const { files, ...together } = await assemble(records, append, (facts) => {
    onFacts?.(facts);
    document?.run(facts);
    runs.push(essentials(facts));
  });
  document?.end(together);
  output.commit();
  const more = await writeMore(output.path, files, formats);
  const { statistics } = together;
  const { failures, manifest } = records;
  return { runs, folder: output.path, files: [...files, ...more], statistics, failures, manifest };
}

async function runAll(batch: StoredBatch, options: ExecuteBatchOptions): Promise<void> {
  const { plans, shuffleTies, queue, limits } = options;
  const setup = { plans, shuffleTies };
  if (queue === undefined) return runLocally(batch, setup, options);
  // loaded only here: its packages are optional
  const { runQueued } = await import("../batch/queue/run-queued.ts");
  await runQueued(batch, setup, { url: queue, limits, onNotice: (text) => void process.stderr.write(`${text}\n`) });
}

// of thousands of runs only what is shown of them stays in memory
function essentials({ identity, summary, verdicts }: RunFacts): FinishedRun {
  const shown = Object.fromEntries(DEFAULT_METRICS.map((metric) => [metric, summary[metric] ?? Number.NaN]));
  return { identity, summary: shown, verdicts, timeline: null };
}

function keptText(kept: number, path: string): string {
  return `${kept} finished runs are kept in ${path}: the same command goes on from there, with --restart it begins anew.`;
}
