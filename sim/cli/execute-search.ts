// Carries out a search: reads the scenario, sees that it holds when nothing happens, searches over worker threads, writes what was found, and
// runs each written scenario once more.
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { recordsOf } from "../../reports/columns/batch-tables.ts";
import { type FindingRow, findingsTable } from "../../reports/columns/findings-table.ts";
import { renderRecords } from "../../reports/csv.ts";
import { textOf } from "../analysis/search/disturbance.ts";
import { findingScenario } from "../analysis/search/finding-scenario.ts";
import { inventoryAt } from "../analysis/search/inventory.ts";
import { roomOf } from "../analysis/search/room.ts";
import { runSchedule, type SearchedScenario } from "../analysis/search/run-schedule.ts";
import type { Finding, SearchResult } from "../analysis/search/search.ts";
import { loadCustomPlugins } from "../batch/custom-plugins.ts";
import { SearchPool } from "../batch/search-pool.ts";
import { simulate } from "../cluster.ts";
import { formatDuration } from "../engine/tick.ts";
import { loadScenario } from "../scenario/load.ts";
import { InputFiles, isFault } from "../scenario/load-files.ts";
import type { Plan } from "../scenario/plan.ts";
import { scenarioValues } from "../scenario/scenario-value.ts";
import { InputError } from "./failure.ts";
import { isScenario, loadPlans, overridesOf } from "./load-plans.ts";
import { OutputDirectory } from "./output-directory.ts";
import { startProgress } from "./progress.ts";
import type { SearchRequest } from "./search-options.ts";

export interface SearchExecution {
  readonly plan: Plan;
  readonly result: SearchResult;
  readonly rows: readonly FindingRow[];
  /** Kinds that could happen. */
  readonly choices: number;
  readonly seconds: number;
  readonly folder: string;
  /** Somebody stopped it. */
  readonly isInterrupted: boolean;
}

/**
 * @param isEnough asked about each finding: whether the search ends with it
 * @throws InputError, BatchError
 */
export async function executeSearch(
  request: SearchRequest,
  isEnough: (finding: Finding, scenario: SearchedScenario) => boolean = () => false,
): Promise<SearchExecution> {
  const start = process.hrtime.bigint();
  const seconds = () => Number(process.hrtime.bigint() - start) / 1e9;
  const { plan, scenario } = chosen(request);
  const customPlugins = await loadCustomPlugins(plan);
  if (plan.expectations.length === 0)
    throw new InputError(`${request.file} expects nothing: there is nothing that could be violated (spec.expect)`);
  new OutputDirectory(request.out).discard();
  const calm = runSchedule(plan, [], { customPlugins });
  if (calm.violations.length > 0 || calm.voidReason !== "") throw new InputError(notCalm(plan, calm));
  const room = roomOf(plan, request, (atMicros) => inventoryAt(plan, atMicros, { customPlugins }));
  if ("problem" in room) throw new InputError(room.problem);
  const progress = startProgress(request.progress);
  const pool = new SearchPool(scenario, request.workers);
  let result: SearchResult;
  let [isInterrupted, hasEnough] = [false, false];
  // what has been found by then is written; a second Ctrl-C ends it at once
  const interrupted = () => {
    isInterrupted = true;
  };
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  try {
    result = await pool.search(calm, {
      room,
      seed: request.seed,
      runs: request.runs,
      maxFindings: request.findings,
      shrinkRuns: request.shrinkRuns,
      isOver: () => isInterrupted || hasEnough || seconds() * 1e6 >= request.budgetMicros,
      onFinding: (finding) => {
        hasEnough ||= isEnough(finding, scenario);
      },
      onRun: ({ findings, runs }) => {
        const done = Math.max(runs / request.runs, (seconds() * 1e6) / request.budgetMicros);
        progress.set(Math.min(1, done), `${runs} runs, ${findings} findings`);
      },
    });
  } finally {
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
    progress.stop();
    await pool.close();
  }
  const rows = await write(request, plan, scenario, result);
  return {
    plan,
    result,
    rows,
    choices: room.choices.length,
    seconds: seconds(),
    folder: resolve(request.out),
    isInterrupted,
  };
}

function chosen({ file, set, variant }: SearchRequest): { readonly plan: Plan; readonly scenario: SearchedScenario } {
  const plans = loadPlans({ files: [file], set });
  // read as the loader reads it: it may be gzipped
  const read = new InputFiles(".").text(file);
  if (isFault(read) || !isScenario(file)) throw new InputError(`${file}: expected a scenario with expectations`);
  const values = scenarioValues(read.text, overridesOf(set));
  const index = variant === undefined ? 0 : plans.findIndex((plan) => plan.variant === variant);
  const [plan, value] = [plans[index], values[index]];
  if (plan === undefined || value === undefined || (variant === undefined && plans.length > 1)) {
    const names = plans.map((one) => one.variant).filter((name) => name !== "");
    throw new InputError(
      names.length === 0
        ? `--variant ${variant}: the scenario has no variants`
        : `expected one variant of ${names.slice(0, 20).join(", ")}: choose it with --variant`,
    );
  }
  return { plan, scenario: { value: value.value, name: file, folder: dirname(resolve(file)) } };
}

function notCalm({ expectations }: Plan, { violations, voidReason }: ReturnType<typeof runSchedule>): string {
  if (voidReason !== "") return `the scenario means nothing as it is: ${voidReason}`;
  const lines = violations.map(({ atMicros, expectation, note }) => {
    const when = atMicros === null ? "" : ` at ${formatDuration(atMicros)}`;
    return `  ${expectations[expectation]!.text}${when}${note === "" ? "" : ` (${note})`}`;
  });
  return `an expectation fails although nothing happens, so a search would show nothing:\n${lines.join("\n")}`;
}

async function write(
  request: SearchRequest,
  plan: Plan,
  scenario: SearchedScenario,
  { findings }: SearchResult,
): Promise<readonly FindingRow[]> {
  const output = new OutputDirectory(request.out);
  const rename = (name: string) =>
    isAbsolute(name) ? name : relative(resolve(request.out), join(scenario.folder, name));
  const files = findings.map((_, i) => `${plan.name}-finding-${i + 1}.yaml`);
  findings.forEach((finding, i) => {
    const text = findingScenario(plan, scenario, finding, { number: i + 1, seed: request.seed, rename });
    output.append(files[i]!, new TextEncoder().encode(text));
  });
  output.commit();
  const rows: FindingRow[] = [];
  for (const [i, finding] of findings.entries()) {
    const isReplayed = await replays(join(request.out, files[i]!), finding);
    rows.push(rowOf(request, plan, finding, i, files[i]!, isReplayed));
  }
  const table = new OutputDirectory(request.out);
  table.append("findings.csv", await renderRecords(recordsOf(findingsTable, rows)));
  table.commit();
  return rows;
}

/** Has the scenario, as `kubedrill run` loads it, the same first violation at the same time? */
async function replays(path: string, { outcome }: Finding): Promise<boolean> {
  const [plan] = loadScenario(path).plans;
  if (plan === undefined) return false;
  const { identity, verdicts } = simulate(plan, plan.seed, { customPlugins: await loadCustomPlugins(plan) });
  const [first] = outcome.violations;
  return (
    identity.digest === outcome.digest &&
    first !== undefined &&
    verdicts[first.expectation]?.holds === false &&
    (verdicts[first.expectation]?.violatedMicros ?? null) === first.atMicros
  );
}

function rowOf(
  { seed: searchSeed }: SearchRequest,
  plan: Plan,
  finding: Finding,
  index: number,
  file: string,
  isReplayed: boolean,
): FindingRow {
  const violation = finding.outcome.violations.find(({ expectation }) => expectation === finding.expectation);
  return {
    scenario: plan.variant === "" ? plan.name : `${plan.name}[${plan.variant}]`,
    scenarioSha256: plan.sha256,
    seed: plan.seed,
    searchSeed,
    finding: index + 1,
    expectation: plan.expectations[finding.expectation]!.text,
    kinds: finding.kinds,
    schedule: finding.schedule.map(textOf),
    violatedMicros: violation?.atMicros ?? Number.NaN,
    note: violation?.note ?? "",
    foundRun: finding.run,
    shrinkRuns: finding.shrinkRuns,
    isMinimal: finding.isMinimal,
    file,
    isReplayed,
  };
}
