// Runs what has to be run for a comparison, as one batch over the same seeds, and compares pair by pair.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordsOf } from "../../reports/columns/batch-tables.ts";
import { compareTable } from "../../reports/columns/compare-table.ts";
import { renderRecords } from "../../reports/csv.ts";
import { type Comparison, compareRuns, type RunSet } from "../analysis/compare/compare.ts";
import { fits, KEY_METRICS } from "../analysis/compare/direction.ts";
import { parseTolerances, type Tolerance, unknownMetric } from "../analysis/compare/tolerance.ts";
import { ResampleSource } from "../analysis/statistics/resamples.ts";
import type { RunLimits } from "../batch/limits.ts";
import { nameOf } from "../batch/manifest.ts";
import type { RunFacts } from "../batch/outcome-file.ts";
import { asWritten } from "../batch/read-summaries.ts";
import { SUMMARY_COLUMNS } from "../metrics/summary.ts";
import type { Plan } from "../scenario/plan.ts";
import type { Entry, Pair } from "./compare-sides.ts";
import { executeBatch } from "./execute-batch.ts";
import { InputError } from "./failure.ts";
import { writeMore } from "./file-formats.ts";
import { OutputDirectory } from "./output-directory.ts";

export interface ExecuteCompareOptions {
  readonly pairs: readonly Pair[];
  /** undefined = those of the finished runs, or 1 to 20. */
  readonly seeds: readonly string[] | undefined;
  readonly tolerances: readonly string[];
  /** undefined = the scenario's, or the usual ones. */
  readonly metrics: readonly string[] | undefined;
  readonly workers: number;
  readonly limits: RunLimits;
  readonly restart: boolean;
  /** Where tables go; undefined: nowhere. */
  readonly out: string | undefined;
  /** Also as a page. */
  readonly html?: boolean;
  readonly progress: boolean | undefined;
}

export interface CompareExecution {
  readonly comparisons: readonly Comparison[];
  /** Why runs mean nothing, once each, with how many. */
  readonly invalid: readonly string[];
  /** What to know about the comparison. */
  readonly remarks: readonly string[];
}

const DEFAULT_SEEDS = Array.from({ length: 20 }, (_, i) => String(i + 1));
const NAMES = SUMMARY_COLUMNS.map(({ name }) => name);

/** @throws InputError, and what a run throws */
export async function executeCompare(options: ExecuteCompareOptions): Promise<CompareExecution> {
  const { pairs, out } = options;
  const settings = pairs.map((pair) => settingsOf(pair, options));
  const sets = await runSets(options);
  const source = new ResampleSource();
  const remarks: string[] = [];
  const comparisons = pairs.map(([a, b], i) => {
    const [baseline, candidate] = [sets.of(a), sets.of(b)];
    const compared = compareRuns(baseline, candidate, { ...settings[i]!, source });
    const count = compared.seeds.length;
    if (count === 0) throw new InputError(`${baseline.scenario} and ${candidate.scenario} have no seed in common`);
    const left = baseline.bySeed.size + candidate.bySeed.size - 2 * count;
    if (left > 0) remarks.push(`${left} runs are left out: their seeds stand on one side only`);
    if ("plan" in a && "plan" in b && a.plan.sha256 === b.plan.sha256)
      remarks.push("baseline and candidate are the same: nothing can differ");
    if (count === 1) remarks.push("one seed decides nothing: there is no interval");
    return compared;
  });
  if (out !== undefined) {
    const output = new OutputDirectory(out);
    const rows = comparisons.flatMap((comparison) => comparison.rows);
    output.append("compare.csv", await renderRecords(recordsOf(compareTable, rows)));
    output.commit();
    if (options.html === true) await writeMore(output.path, [], ["html"]);
  }
  return { comparisons, invalid: sets.invalid(), remarks: [...new Set([...sets.remarks, ...remarks])] };
}

/** The scenarios' own words, the candidate's last, and then those of the command line. @throws InputError */
function settingsOf(pair: Pair, { tolerances, metrics }: ExecuteCompareOptions) {
  const own = pair.flatMap((entry) =>
    "plan" in entry && entry.plan.compare !== undefined ? [entry.plan.compare] : [],
  );
  const found: Tolerance[] = [];
  for (const text of [...own.flatMap((compare) => compare.tolerances), ...tolerances]) {
    const parsed = parseTolerances(text, NAMES);
    if ("problem" in parsed) throw new InputError(`tolerance ${text}: ${parsed.problem}`);
    found.push(...parsed);
  }
  const patterns = metrics ?? own.findLast((compare) => compare.metrics !== undefined)?.metrics;
  const unknown = patterns?.find((pattern) => pattern !== "all" && !NAMES.some((name) => fits(pattern, name)));
  if (unknown !== undefined) throw new InputError(`metric ${unknown}: ${unknownMetric(unknown, NAMES)}`);
  // who names a tolerance wants to see the number
  const asked = found.map(({ pattern }) => pattern).filter((pattern) => pattern !== "*");
  const chosen = [...(patterns ?? KEY_METRICS), ...asked];
  const isChosen = (name: string) => chosen.some((pattern) => pattern === "all" || fits(pattern, name));
  return { metrics: NAMES.filter(isChosen), tolerances: found };
}

class RunSets {
  readonly remarks: string[] = [];
  private readonly sets = new Map<Entry, RunSet & { readonly bySeed: Map<string, RunFacts["summary"]> }>();
  private readonly reasons = new Map<string, number>();

  add(entry: Entry, scenario: string, scenarioSha256: string, seed: string, summary: RunFacts["summary"]): void {
    const set = this.sets.get(entry) ?? { scenario, scenarioSha256, bySeed: new Map() };
    this.sets.set(entry, set);
    set.bySeed.set(seed, summary);
  }

  isInvalid(scenario: string, reason: string): void {
    const text = `${scenario}: ${reason}`;
    this.reasons.set(text, (this.reasons.get(text) ?? 0) + 1);
  }

  of(entry: Entry): RunSet {
    const set = this.sets.get(entry);
    if (set === undefined) throw new InputError(`there are no runs of ${entry.name}`);
    return set;
  }

  invalid(): readonly string[] {
    return [...this.reasons].map(([reason, count]) => `${reason} (${count} runs)`);
  }
}

async function runSets(options: ExecuteCompareOptions): Promise<RunSets> {
  const sets = new RunSets();
  const entries = [...new Set(options.pairs.flat())];
  const versions = new Set<string>();
  for (const entry of entries) {
    if (!("runs" in entry)) continue;
    for (const run of entry.runs) {
      versions.add(run.toolVersion);
      sets.add(entry, run.scenario, run.scenarioSha256, run.seed, run.summary);
      if (!run.isValid) sets.isInvalid(run.scenario, run.warnings);
    }
  }
  if (versions.size > 1)
    sets.remarks.push(`the runs are of several versions of kubedrill: ${[...versions].join(", ")}`);
  const planned = entries.filter((entry) => "plan" in entry);
  if (planned.length > 0) await run(planned, seedsOf(entries, options.seeds), sets, options);
  return sets;
}

async function run(
  entries: readonly (Entry & { readonly plan: Plan })[],
  seeds: readonly string[],
  sets: RunSets,
  options: ExecuteCompareOptions,
): Promise<void> {
  const byKey = new Map(entries.map((entry) => [keyOf(entry.plan), entry]));
  const { workers, limits, restart, progress } = options;
  const temporary = options.out === undefined ? mkdtempSync(join(tmpdir(), "kubedrill-compare-")) : undefined;
  const removeTemporary = () => {
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
  };
  process.once("exit", removeTemporary);
  try {
    await executeBatch({
      plans: [...byKey.values()].map(({ plan }) => plan),
      seeds,
      workers,
      limits,
      restart,
      progress,
      out: options.out ?? temporary!,
      isTemporary: temporary !== undefined,
      until: undefined,
      keepGoing: false,
      shard: undefined,
      queue: undefined,
      shuffleTies: undefined,
      onFacts: ({ identity, summary }) => {
        const { scenario, scenarioSha256, seed, invalidReasons } = identity;
        sets.add(byKey.get(keyOf(identity))!, scenario, scenarioSha256, seed, asWritten(summary));
        if (invalidReasons.length > 0) sets.isInvalid(scenario, invalidReasons.join("; "));
      },
    });
  } finally {
    removeTemporary();
    process.off("exit", removeTemporary);
  }
}

function keyOf(plan: Plan | RunFacts["identity"]): string {
  const [scenario, sha256] = "name" in plan ? [nameOf(plan), plan.sha256] : [plan.scenario, plan.scenarioSha256];
  return `${scenario}\n${sha256}`;
}

function seedsOf(entries: readonly Entry[], given: readonly string[] | undefined): readonly string[] {
  if (given !== undefined) return given;
  const there = entries.find((entry) => "runs" in entry);
  return there !== undefined && "runs" in there ? there.runs.map(({ seed }) => seed) : DEFAULT_SEEDS;
}
