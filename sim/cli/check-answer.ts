// Runs `kubedrill check` and says what came out. What goes to stdout is the same for any number of workers; the time that it took
// is on stderr.
import { checkSeeds } from "../batch/check-pool.ts";
import {
  type CheckResult,
  CheckSummary,
  checkSeed,
  describeSetup,
  FULL_RUN_SEEDS,
  type SeedOptions,
  type SeedOutcome,
  type Shrunk,
  SOMETIMES,
  type Style,
  shrinkSeed,
} from "../check.ts";
import { startProgress } from "./progress.ts";
import { bold, green, red, renderTable } from "./table.ts";

export interface CheckRequest {
  /** First seed, and how many. */
  readonly range: readonly [first: number, count: number];
  readonly isSingle: boolean;
  readonly style: Style | undefined;
  readonly workers: number;
  readonly timeLimitSeconds: number;
  readonly json: boolean;
  readonly shrink: boolean;
  readonly stopAtFirst: boolean;
  readonly faults: readonly number[] | undefined;
  readonly operations: number | undefined;
  readonly progress: boolean | undefined;
}

/** A violation, and the smallest schedule found for it. */
interface Finding {
  readonly outcome: SeedOutcome;
  readonly replay: string;
  readonly shrunk: Shrunk | null;
}

// enough to see what is wrong; the rest is counted
const SHRUNK_FINDINGS = 3;
const SHRINK_TRIALS = 300;

/** @returns whether all is well */
export async function answerCheck(request: CheckRequest): Promise<boolean> {
  const start = process.hrtime.bigint();
  const seconds = () => Number(process.hrtime.bigint() - start) / 1e9;
  const seedOptions: SeedOptions = { style: request.style, faults: request.faults, operations: request.operations };
  const summary = new CheckSummary();
  const [first, count] = request.range;
  const progress = startProgress(request.isSingle ? false : request.progress);
  let done = 0;
  const take = (outcome: SeedOutcome): boolean => {
    summary.add(outcome);
    progress.set(++done / count, `${done} of ${count} seeds`);
    return !(request.stopAtFirst && outcome.violation !== null) && seconds() < request.timeLimitSeconds;
  };
  try {
    if (count === 1) take(checkSeed(first, seedOptions));
    else await checkSeeds(first, count, { workers: request.workers, seedOptions, onOutcome: take });
  } finally {
    progress.stop();
  }
  const wall = seconds();
  const result = summary.result();
  const findings = result.violations.map((outcome, i) =>
    finding(outcome, seedOptions, request.shrink && i < SHRUNK_FINDINGS),
  );
  const needsAll = result.seeds >= FULL_RUN_SEEDS && request.style === undefined;
  const isOk = result.violationCount === 0 && !(needsAll && result.empty.length > 0);
  if (request.json) process.stdout.write(`${asJson(result, findings, isOk)}\n`);
  else process.stdout.write(asText(request, result, findings, needsAll));
  const ratio = result.simulatedMicros / 1e6 / wall;
  process.stderr.write(
    `${wall.toFixed(1)} s for ${Math.round(result.simulatedMicros / 1e6)} simulated seconds: ${Math.round(ratio)} times faster than real time\n`,
  );
  return isOk;
}

function finding(outcome: SeedOutcome, options: SeedOptions, shrinks: boolean): Finding {
  const shrunk = shrinks ? shrinkSeed(outcome, options, SHRINK_TRIALS) : null;
  return { outcome, replay: commandOf(outcome.seed, options), shrunk };
}

function commandOf(seed: number, { style, faults, operations }: SeedOptions): string {
  const parts = [`kubedrill check --seed ${seed}`];
  if (style !== undefined) parts.push(`--style ${style}`);
  if (faults !== undefined) parts.push(`--faults ${faults.length === 0 ? "none" : faults.join(",")}`);
  if (operations !== undefined) parts.push(`--operations ${operations}`);
  return parts.join(" ");
}

function asJson(result: CheckResult, findings: readonly Finding[], isOk: boolean): string {
  const { violations: _, reached, ...rest } = result;
  return JSON.stringify(
    {
      ok: isOk,
      ...rest,
      violations: findings.map(({ outcome, replay, shrunk }) => ({
        seed: outcome.seed,
        ...outcome.violation,
        replay,
        ...(shrunk !== null && {
          shrunk: {
            faults: shrunk.faults,
            operations: shrunk.operations,
            replay: commandOf(outcome.seed, shrunk.options),
          },
        }),
      })),
      reached: Object.fromEntries(SOMETIMES.map((name, i) => [name, reached[i]])),
    },
    undefined,
    2,
  );
}

function asText(request: CheckRequest, result: CheckResult, findings: readonly Finding[], needsAll: boolean): string {
  const lines: string[] = [];
  if (request.isSingle) {
    lines.push(
      ...describeSetup(request.range[0], {
        style: request.style,
        faults: request.faults,
        operations: request.operations,
      }),
    );
  }
  const rows: (readonly string[])[] = [
    ["seeds", String(result.seeds)],
    [
      "  by style",
      Object.entries(result.seedsByStyle)
        .map(([style, seeds]) => `${style} ${seeds}`)
        .join(", "),
    ],
    ["simulated", `${Math.round(result.simulatedMicros / 1e6)} s, ${result.events} events`],
    ["client operations", String(result.operations)],
    ["faults", String(result.faults)],
    ["reached at least once", `${SOMETIMES.length - result.empty.length} of ${SOMETIMES.length}`],
    ["violations", result.violationCount === 0 ? green("none") : red(String(result.violationCount))],
    ["digest", result.digest],
  ];
  lines.push(renderTable(rows, { head: ["what", "how much"], align: ["left", "left"] }));
  for (const one of findings) lines.push("", ...describeFinding(one));
  if (result.violationCount > findings.length)
    lines.push("", `${result.violationCount - findings.length} more violations`);
  if (!request.isSingle && result.empty.length > 0) {
    const what = needsAll ? red("never reached") : "not reached by these seeds";
    lines.push("", `${what}: ${result.empty.join(", ")}`);
  }
  return `${lines.join("\n")}\n`;
}

function describeFinding({ outcome, replay, shrunk }: Finding): string[] {
  const { invariant, detail, atMicros } = outcome.violation!;
  const lines = [
    `${red(bold(invariant))}: ${detail}`,
    `  seed ${outcome.seed}, ${outcome.style}, ${outcome.members} members, at ${(atMicros / 1e6).toFixed(6)} s`,
    `  replay: ${replay}`,
  ];
  if (shrunk === null) return lines;
  lines.push(
    `  smallest found: ${shrunk.faults.length} faults, ${shrunk.operations} operations, after ${shrunk.trials} trials`,
  );
  for (const fault of shrunk.faults) lines.push(`    ${fault}`);
  lines.push(`  replay: ${commandOf(outcome.seed, shrunk.options)}`);
  if (shrunk.violation.detail !== detail)
    lines.push(`  there: ${shrunk.violation.invariant}: ${shrunk.violation.detail}`);
  if (shrunk.story.length > 0) lines.push("  how it goes:", ...shrunk.story.map((line) => `    ${line}`));
  return lines;
}
