// Measures how faithful sim/etcd is to recordings of a real etcd under faults: `--recordings DIR` simulates `--trials N` of each
// recorded kind and setting (or of one `--kind`), and compares. Exit code 1 when something is out that is not on the list of
// exceptions, when an exception is no longer needed, and when there was nothing to compare.
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { compareApi } from "./etcd/api-errors.ts";
import { compareSetting, type Row, unneededExceptions } from "./etcd/compare.ts";
import { compareLoad } from "./etcd/compare-loads.ts";
import { EXCEPTIONS } from "./etcd/exceptions.ts";
import type { LoadRun } from "./etcd/load-trial.ts";
import { type RecordedSetting, readRecordings } from "./etcd/recordings.ts";
import { renderKinds, renderOutside, renderSetting, renderSum, renderUnneeded } from "./etcd/report.ts";
import { API_KIND, isLoad, isLong, isSimulated } from "./etcd/simulate.ts";
import { fromPlain, type PlainTally, Tally } from "./etcd/tally.ts";
import type { TrialTask } from "./etcd/worker.ts";
import { inOrder } from "./worker-pool.ts";

const USAGE = "usage: fidelity etcd --recordings DIR [--trials N] [--kind KIND] [--workers N]";
const DEFAULT_TRIALS = 2000;
/** Trials in one task: small enough to share out evenly, large enough not to count. */
const TASK_TRIALS = 25;
/** A run of a load has thousands of requests: this many times fewer of them, but never very few. */
const TRIALS_PER_RUN = 150;
const LEAST_RUNS = 10;
/** Settings whose tasks wait for the workers. */
const AHEAD = 3;

type Answer = PlainTally | LoadRun[];

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
  const all = readRecordings(values.recordings);
  const settings = all.filter((setting) => values.kind === undefined || setting.kind === values.kind);
  for (const setting of settings.filter((entry) => !isSimulated(entry.kind)))
    console.log(`not compared: ${setting.name}`);
  const compared = settings.filter((entry) => isSimulated(entry.kind));
  if (compared.length === 0) {
    console.log(`no recordings${values.kind === undefined ? "" : ` of ${values.kind}`} in ${values.recordings}`);
    return 1;
  }
  const rows = await compareAll(values.recordings, compared, trials, workers);
  for (const line of renderOutside(rows)) console.log(line);
  console.log(`\n${renderKinds(rows)}\n`);
  const unneeded = unneededExceptions(rows, EXCEPTIONS);
  // fewer trials are compared less strictly: what is out with enough of them may be in
  if (trials >= DEFAULT_TRIALS) for (const line of renderUnneeded(unneeded)) console.log(line);
  console.log(renderSum(rows));
  return (trials >= DEFAULT_TRIALS && unneeded.length > 0) || rows.some((row) => row.verdict === "out") ? 1 : 0;
}

async function compareAll(
  folder: string,
  settings: readonly RecordedSetting[],
  trials: number,
  workers: number,
): Promise<Row[]> {
  const file = new URL("./etcd/worker.js", import.meta.url);
  const rows: Row[] = [];
  await inOrder<RecordedSetting, TrialTask, Answer>(
    { file, name: "runTrials", folder, workers, ahead: AHEAD },
    settings,
    (setting) => tasksOf(setting, trials),
    (setting, answers) => {
      const { title, compared } = compareOne(setting, answers, trials);
      rows.push(...compared);
      console.log(`${title}\n${renderSetting(compared)}\n`);
    },
  );
  return rows;
}

/** What the workers are to do for a setting: parts of its trials, or runs of each of its rows. */
function tasksOf(setting: RecordedSetting, trials: number): TrialTask[] {
  if (setting.kind === API_KIND) return [];
  if (isLoad(setting.kind)) {
    return setting.rows.map((_, row) => ({ setting: setting.name, row, from: 0, to: runsOf(trials) }));
  }
  const tasks: TrialTask[] = [];
  const count = isLong(setting.kind) ? runsOf(trials) : trials;
  const size = isLong(setting.kind) ? 1 : TASK_TRIALS;
  for (let from = 0; from < count; from += size) {
    tasks.push({ setting: setting.name, from, to: Math.min(count, from + size) });
  }
  return tasks;
}

function compareOne(setting: RecordedSetting, answers: readonly Answer[], trials: number) {
  if (setting.kind === API_KIND) {
    return { title: `${setting.name}: ${setting.rows.length} requests`, compared: compareApi(setting, EXCEPTIONS) };
  }
  if (isLoad(setting.kind)) {
    const compared = setting.rows.flatMap((row, i) => compareLoad(setting, row, answers[i] as LoadRun[], EXCEPTIONS));
    const events = (answers as LoadRun[][]).flat().reduce((sum, run) => sum + run.events, 0);
    const title = `${setting.name}: ${setting.rows.length} recorded runs, ${runsOf(trials)} simulated runs of each, ${events} events`;
    return { title, compared };
  }
  const tally = new Tally();
  for (const answer of answers) tally.add(fromPlain(answer as PlainTally));
  const errors = new Map(
    [...tally.errors].map(([text, { count }]) => [text, { count, durationP50Ms: tally.durationP50Ms(text) }]),
  );
  const simulated = { trials: tally.trials, columns: tally.columns, errors, facts: [...tally.facts.values()] };
  const title = `${setting.name}: ${setting.rows.length} recorded trials, ${tally.trials} simulated, ${tally.events} events`;
  return { title, compared: compareSetting(setting, simulated, EXCEPTIONS) };
}

function runsOf(trials: number): number {
  return Math.max(LEAST_RUNS, Math.ceil(trials / TRIALS_PER_RUN));
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}
