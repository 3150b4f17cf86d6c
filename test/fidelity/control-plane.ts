// Measures how faithful the simulated cluster is to recordings of a real control plane: builds each recording's scenario from its meta.json,
// runs it with several seeds, and compares everything that both show. Exit code 1 when a recording contradicts itself, when less than 90 % of a
// family's comparisons hold, and (with 20 seeds or more) when one that does not hold is not on the list of known differences.
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { compareFacts } from "./control-plane/compare.ts";
import { isFamily } from "./control-plane/derive.ts";
import type { Facts } from "./control-plane/fact.ts";
import { factsOf } from "./control-plane/facts.ts";
import { type KnownDifference, knownDifference } from "./control-plane/known-differences.ts";
import { type Recording, readRecording, recordingNames } from "./control-plane/recordings.ts";
import { familyRows, isUnlisted, type Result, renderFamilies, renderResult, share } from "./control-plane/report.ts";
import { contradictions } from "./control-plane/self-check.ts";
import type { SeedAnswer, SeedTask } from "./control-plane/worker.ts";
import { inOrder } from "./worker-pool.ts";

const USAGE =
  "usage: fidelity control-plane --recordings DIR [--seeds N] [--family NAME]… [--case NAME]… [--workers N] [--verbose]";
/** With as many all that does not hold has to be on the list. */
export const DEFAULT_SEEDS = 20;
const WANTED_SHARE = 0.9;
/** The load class is that of the mean; a recording can be quiet for long and saturated while it matters. */
const STRAINED_SHARE = 0.25;
const SATURATED_SHARE = 0.6;
/** Families whose instants follow from grace periods, tolerations, leases and periods of syncs. */
const TIMER_DRIVEN: ReadonlySet<string> = new Set([
  "03-node-failure",
  "04-zone-outage",
  "10-ha-leader-election",
  "11-etcd-failure",
  "12-apiserver-restart",
  "13-hpa",
]);
/** Recordings whose seeds are under way at once. */
const AHEAD = 2;

/** Runs the command with its arguments; returns the exit code. */
export async function fidelityOfControlPlane(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      recordings: { type: "string" },
      seeds: { type: "string", default: String(DEFAULT_SEEDS) },
      family: { type: "string", multiple: true, default: [] },
      case: { type: "string", multiple: true, default: [] },
      workers: { type: "string", default: String(availableParallelism()) },
      verbose: { type: "boolean", default: false },
    },
  });
  const seeds = Number(values.seeds);
  const workers = Number(values.workers);
  if (values.recordings === undefined || !isCount(seeds) || !isCount(workers)) {
    console.error(USAGE);
    return 2;
  }
  const all = recordingNames(values.recordings);
  const names = all.filter((name) => isWanted(name, values.family, values.case));
  for (const name of names.filter((each) => !isFamily(familyOf(each)))) console.log(`not compared: ${name}`);
  const compared = names.filter((name) => isFamily(familyOf(name)));
  if (compared.length === 0) {
    console.log(`no such recordings in ${values.recordings}`);
    return 1;
  }
  const results = await compareAll(values.recordings, all, compared, seeds, workers, values.verbose);
  const rows = familyRows(results);
  console.log(`\n${renderFamilies(rows)}\n`);
  const low = rows.filter((row) => share(row) < WANTED_SHARE);
  for (const { family } of low) console.log(`${family}: less than ${WANTED_SHARE * 100} % hold`);
  const isBroken = results.some((result) => result.contradictions.length > 0 || result.failures.length > 0);
  // few seeds span less than what can happen
  const unlisted = seeds < DEFAULT_SEEDS ? 0 : results.reduce((sum, result) => sum + unlistedOf(result), 0);
  const excessive = seeds < DEFAULT_SEEDS ? [] : excessiveReasons(results);
  for (const text of excessive) console.log(text);
  if (unlisted > 0) console.log(`${unlisted} differences are not on the list of known ones`);
  return low.length > 0 || isBroken || unlisted > 0 || excessive.length > 0 ? 1 : 0;
}

/** Reasons that more differences are put down to than they explain. */
function excessiveReasons(results: readonly Result[]): string[] {
  const counts = new Map<KnownDifference, number>();
  for (const result of results) {
    for (const comparison of result.comparisons) {
      const known = comparison.isHeld ? undefined : result.reasonOf(comparison);
      if (known !== undefined) counts.set(known, (counts.get(known) ?? 0) + 1);
    }
  }
  return [...counts]
    .filter(([{ atMost }, count]) => count > atMost)
    .map(([{ atMost, reason, where }, count]) => `${where}: ${count} differences, at most ${atMost} known: ${reason}`);
}

function unlistedOf(result: Result): number {
  return result.comparisons.filter((comparison) => isUnlisted(result, comparison)).length;
}

function isWanted(name: string, families: readonly string[], cases: readonly string[]): boolean {
  const own = name.slice(name.indexOf("/") + 1);
  return (
    (families.length === 0 || families.includes(familyOf(name))) &&
    (cases.length === 0 || cases.includes(own) || cases.includes(name))
  );
}

function familyOf(name: string): string {
  return name.slice(0, name.indexOf("/"));
}

async function compareAll(
  folder: string,
  all: readonly string[],
  names: readonly string[],
  seeds: number,
  workers: number,
  isVerbose: boolean,
): Promise<Result[]> {
  const file = new URL("./control-plane/worker.js", import.meta.url);
  const results: Result[] = [];
  await inOrder<string, SeedTask, SeedAnswer>(
    { file, name: "runSeed", folder, workers, ahead: AHEAD },
    names,
    (recording) => Array.from({ length: seeds }, (_, i) => ({ recording, seed: i + 1 })),
    (name, answers) => {
      const result = resultOf(folder, all, name, answers);
      results.push(result);
      for (const line of renderResult(result, isVerbose)) console.log(line);
    },
  );
  return results;
}

function resultOf(folder: string, all: readonly string[], name: string, answers: readonly SeedAnswer[]): Result {
  const recording = readRecording(folder, name);
  const simulated: Facts[] = [];
  const failures: string[] = [];
  let milliseconds = 0;
  for (const answer of answers) {
    if ("failure" in answer) failures.push(answer.failure);
    else {
      simulated.push(new Map(answer.facts));
      milliseconds += answer.milliseconds;
    }
  }
  const others = repetitionsOf(folder, all, recording, name);
  const { load } = recording;
  const options = {
    isSaturated: recording.summary.machineLoadClass === "saturated" || load.saturatedShare >= SATURATED_SHARE,
    isStrained: (at: number | undefined) =>
      at === undefined ? load.saturatedShare >= STRAINED_SHARE : load.wasSaturatedAt(at),
    isTimerDriven: TIMER_DRIVEN.has(familyOf(name)),
  };
  return {
    name,
    family: familyOf(name),
    contradictions: contradictions(recording),
    comparisons: simulated.length === 0 ? [] : compareFacts(factsOf(recording.timeline), others, simulated, options),
    reasonOf: ({ path }) => knownDifference(name, path),
    failures: [...new Set(failures)],
    seconds: milliseconds / 1000,
  };
}

/** Facts of the other recordings of the same parameters. */
function repetitionsOf(folder: string, all: readonly string[], recording: Recording, name: string): Facts[] {
  const params = JSON.stringify(recording.meta.params);
  const base = name.replace(/-rep\d+$/, "");
  return all
    .filter((other) => other !== name && other.replace(/-rep\d+$/, "") === base)
    .map((other) => readRecording(folder, other))
    .filter(({ meta }) => JSON.stringify(meta.params) === params)
    .map(({ timeline }) => factsOf(timeline));
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}
