// Measures how faithful sim/etcd is to recordings of a real etcd under faults: `--recordings DIR` simulates `--trials N` of each
// recorded kind and setting (or of one `--kind`), and compares. Exit code 1 when something is out that is not on the list of
// exceptions, when an exception is no longer needed, and when there was nothing to compare.
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Piscina } from "piscina";
import { compareSetting, type Row, unneededExceptions } from "./etcd/compare.ts";
import { EXCEPTIONS } from "./etcd/exceptions.ts";
import { type RecordedSetting, readRecordings } from "./etcd/recordings.ts";
import { renderOutside, renderSetting, renderSum, renderUnneeded } from "./etcd/report.ts";
import { isSimulated } from "./etcd/simulate.ts";
import { fromPlain, type PlainTally, Tally } from "./etcd/tally.ts";
import type { TrialTask } from "./etcd/worker.ts";

const USAGE = "usage: fidelity etcd --recordings DIR [--trials N] [--kind KIND] [--workers N]";
const DEFAULT_TRIALS = 2000;
/** Trials in one task: small enough to share out evenly, large enough not to count. */
const TASK_TRIALS = 25;

/** Runs the command with its arguments; returns the exit code. */
export async function fidelityOfEtcd(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      recordings: { type: "string" },
      trials: { type: "string", default: String(DEFAULT_TRIALS) },
      kind: { type: "string" },
      workers: { type: "string", default: String(availableParallelism()) },
    },
  });
  const trials = Number(values.trials);
  const workers = Number(values.workers);
  if (values.recordings === undefined || !isCount(trials) || !isCount(workers)) {
    console.error(USAGE);
    return 2;
  }
  const all = readRecordings(values.recordings).filter((setting) => isSimulated(setting.kind));
  const settings = all.filter((setting) => values.kind === undefined || setting.kind === values.kind);
  if (settings.length === 0) {
    console.log(`no recordings${values.kind === undefined ? "" : ` of ${values.kind}`} in ${values.recordings}`);
    return 1;
  }
  const rows = await compareAll(values.recordings, settings, trials, workers);
  for (const line of renderOutside(rows)) console.log(line);
  const unneeded = unneededExceptions(rows, EXCEPTIONS);
  for (const line of renderUnneeded(unneeded)) console.log(line);
  console.log(renderSum(rows));
  return unneeded.length > 0 || rows.some((row) => row.verdict === "out") ? 1 : 0;
}

async function compareAll(
  folder: string,
  settings: readonly RecordedSetting[],
  trials: number,
  workers: number,
): Promise<Row[]> {
  const pool = new Piscina<TrialTask, PlainTally>({
    filename: new URL("./etcd/worker.js", import.meta.url).href,
    name: "runTrials",
    workerData: { folder },
    minThreads: workers,
    maxThreads: workers,
    atomics: "disabled",
  });
  // a worker file that fails to load shows as an error of the pool, and its tasks would wait for ever
  const poolFailed = new Promise<never>((_resolve, reject) => pool.on("error", reject));
  poolFailed.catch(() => undefined);
  try {
    const running = settings.map((setting) => {
      const parts: Promise<PlainTally>[] = [];
      for (let from = 0; from < trials; from += TASK_TRIALS) {
        parts.push(pool.run({ setting: setting.name, from, to: Math.min(trials, from + TASK_TRIALS) }));
      }
      for (const part of parts) part.catch(() => undefined);
      return parts;
    });
    const rows: Row[] = [];
    for (const [i, setting] of settings.entries()) {
      const began = performance.now();
      const parts = await Promise.race([Promise.all(running[i]!), poolFailed]);
      const tally = new Tally();
      for (const part of parts) tally.add(fromPlain(part));
      const compared = compareSetting(setting, simulatedOf(tally), EXCEPTIONS);
      rows.push(...compared);
      const seconds = (performance.now() - began) / 1000;
      console.log(
        `${setting.name}: ${setting.rows.length} recorded, ${tally.trials} simulated trials, ${tally.events} events`,
      );
      console.error(`${seconds.toFixed(1)} s`);
      console.log(`${renderSetting(compared)}\n`);
    }
    return rows;
  } finally {
    await pool.destroy();
  }
}

function simulatedOf(tally: Tally) {
  const errors = new Map(
    [...tally.errors].map(([text, { count }]) => [text, { count, durationP50Ms: tally.durationP50Ms(text) }]),
  );
  return { trials: tally.trials, columns: tally.columns, errors, facts: [] };
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}
