// Fuzzing of bad input: files that are right are spoiled in many ways, and each result must either be refused with exit
// code 2 and messages that carry file:line:column, or be a valid run; never a stack trace, a hang or a partial report.
// Usage: node dist/test/fuzz/bad-input.js [--count N] [--seed S] [--cli N] [--keep FOLDER]
// A failure prints the mutation and the command that repeats it.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { simulate } from "../../sim/cluster.ts";
import { createStream, type RandomStream } from "../../sim/engine/random.ts";
import { problemText } from "../../sim/model/problem.ts";
import { loadScenario } from "../../sim/scenario/load.ts";
import type { Plan } from "../../sim/scenario/plan.ts";
import { type CommandOutcome, kubedrill } from "../cli/command.ts";
import { ENTRY, type Files, SEEDS } from "./corpus.ts";
import { MUTATIONS } from "./mutations.ts";

export interface FuzzOptions {
  readonly count: number;
  readonly seed: string;
  /** So many of the cases go through the command line as well. */
  readonly cli: number;
  /** Run only this case. */
  readonly only?: number;
  readonly log?: (line: string) => void;
}

export interface FuzzReport {
  readonly refused: number;
  readonly ran: number;
  /** Valid, but larger than a fuzzer should run. */
  readonly tooLarge: number;
  readonly throughCli: number;
  readonly failures: readonly string[];
  readonly slowestMillis: number;
  /** Cases by mutation that were refused and that were valid. */
  readonly byMutation: ReadonlyMap<string, { refused: number; valid: number }>;
}

const CASE_LIMIT_MILLIS = 10_000;
const MAX_NODES = 500;
const MAX_PODS = 3000;
const MAX_STEPS = 20_000;
const MAX_REPLICAS = 300;
const MAX_CONTROLLED_MICROS = 3_600_000_000;

/** Spoils, loads, runs, and reports what was not as it must be. */
export function fuzz(options: FuzzOptions): FuzzReport {
  const folder = mkdtempSync(join(tmpdir(), "kubedrill-fuzz-"));
  const failures: string[] = [];
  const byMutation = new Map<string, { refused: number; valid: number }>();
  const sum = { refused: 0, ran: 0, tooLarge: 0, throughCli: 0, slowestMillis: 0 };
  const every = options.cli === 0 ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(options.count / options.cli));
  try {
    for (let index = 0; index < options.count; index++) {
      if (options.only !== undefined && options.only !== index) continue;
      const { files, name } = spoiled(options.seed, index);
      const at = join(folder, String(index));
      write(at, files);
      // of the processor: a machine with other work to do is no hang
      const began = process.cpuUsage();
      const outcome = inProcess(join(at, ENTRY), at);
      const { system, user } = process.cpuUsage(began);
      const millis = (system + user) / 1000;
      sum.slowestMillis = Math.max(sum.slowestMillis, millis);
      const fail = (what: string) =>
        failures.push(
          `case ${index} (${name}): ${what}\n  repeat: --seed ${options.seed} --count ${index + 1} --only ${index}`,
        );
      if (outcome.failure !== null) fail(outcome.failure);
      if (millis > CASE_LIMIT_MILLIS) fail(`took ${Math.round(millis)} ms`);
      sum[outcome.kind]++;
      const tally = byMutation.get(name) ?? { refused: 0, valid: 0 };
      tally[outcome.kind === "refused" ? "refused" : "valid"]++;
      byMutation.set(name, tally);
      if (options.cli > 0 && (index % every === 0 || options.only === index) && outcome.kind !== "tooLarge") {
        sum.throughCli++;
        const wrong = commandLine(at, outcome.kind === "refused");
        if (wrong !== null) fail(`command line: ${wrong}`);
      }
      options.log?.(`${index} ${name}: ${outcome.kind} ${Math.round(millis)} ms${outcome.shown}`);
      rmSync(at, { recursive: true, force: true });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { ...sum, failures, byMutation };
}

// every mutation in turn, on each seed, one to three of them
function spoiled(seed: string, index: number): { files: Files; name: string } {
  const random = createStream(seed, `fuzz/${index}`);
  const start = SEEDS[[0, 0, 0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 3, 3][random.int(14)]!]!;
  const first = MUTATIONS[index % MUTATIONS.length]!;
  let files = first.apply(start.files, random);
  const more = random.int(4) === 0 ? 1 + random.int(2) : 0;
  for (let i = 0; i < more; i++) files = MUTATIONS[random.int(MUTATIONS.length)]!.apply(files, random as RandomStream);
  return { files, name: first.name };
}

function write(folder: string, files: Files): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of files) writeFileSync(join(folder, name), content);
}

interface Outcome {
  readonly kind: "refused" | "ran" | "tooLarge";
  readonly failure: string | null;
  readonly shown: string;
}

function inProcess(entry: string, folder: string): Outcome {
  try {
    const { plans, problems } = loadScenario(entry);
    if (problems.length > 0) {
      const texts = problems.map(problemText);
      return {
        kind: "refused",
        failure: plans.length > 0 ? "plans beside problems" : wrongMessage(texts, folder),
        shown: `\n    ${texts.slice(0, 3).join("\n    ")}`,
      };
    }
    if (plans.length === 0) return { kind: "refused", failure: "neither plans nor problems", shown: "" };
    if (plans.some(isLarge)) return { kind: "tooLarge", failure: null, shown: "" };
    for (const plan of plans.slice(0, 3)) {
      if (JSON.stringify(structuredClone(plan)) !== JSON.stringify(plan))
        return { kind: "ran", failure: "a plan does not survive being sent to a worker", shown: "" };
      const result = simulate(plan);
      if (!/^[0-9a-f]{16,}$/.test(result.identity.digest))
        return { kind: "ran", failure: "a run without a digest", shown: "" };
    }
    return { kind: "ran", failure: null, shown: "" };
  } catch (error) {
    return {
      kind: "refused",
      failure: `thrown: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      shown: "",
    };
  }
}

// each message has a place in one of the files, says what was expected, and is one line
function wrongMessage(texts: readonly string[], folder: string): string | null {
  for (const text of texts) {
    if (!/^\S.*?:\d+:\d+: (\S.*: )?expected \S/.test(text))
      return `message without a place or an expectation: ${JSON.stringify(text)}`;
    if (/[\n\r]/.test(text)) return `message of several lines: ${JSON.stringify(text)}`;
    if (text.length > 1500) return `message of ${text.length} characters: ${text.slice(0, 200)}`;
    if (/\bundefined\b|\[object | {4}at |node:internal|\.js:\d+/.test(text.replaceAll(folder, "")))
      return `message with insides: ${JSON.stringify(text)}`;
    const [, line, column] = /:(\d+):(\d+): /.exec(text) ?? [];
    if (Number(line) < 1 || Number(column) < 1) return `place that does not exist: ${JSON.stringify(text)}`;
  }
  return null;
}

function isLarge(plan: Plan): boolean {
  const nodes = plan.objects.nodes.length + plan.lateNodes.reduce((sum, late) => sum + late.nodes.length, 0);
  const end = plan.durationMicros ?? 0;
  const arriving = plan.workload.reduce(
    (sum, source) => sum + (source.kind === "trace" ? source.podNames.length : (source.count ?? MAX_PODS + 1)),
    0,
  );
  return (
    nodes > MAX_NODES ||
    arriving + plan.objects.pods.length > MAX_PODS ||
    end / plan.reports.timeseriesStepMicros > MAX_STEPS ||
    (plan.controllerManagers !== null && end > MAX_CONTROLLED_MICROS) ||
    asksForMany([plan.objects, plan.declared, plan.actions])
  );
}

// controllers would make as many pods as that
function asksForMany(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, part]) =>
    /^(replicas|parallelism|completions|minReplicas|maxReplicas|active)$/.test(key) && typeof part === "number"
      ? part > MAX_REPLICAS
      : asksForMany(part),
  );
}

// the same files through the command line: exit code, messages, and tables that are whole or not there
function commandLine(folder: string, refused: boolean): string | null {
  const out = join(folder, "out");
  let run: CommandOutcome;
  try {
    run = kubedrill(["run", join(folder, ENTRY), "--out", out, "--no-progress"]);
  } catch (error) {
    return `ended by ${error instanceof Error ? error.message : String(error)}`;
  }
  const stderr = run.err;
  if (/^\s+at .*[:(]|node:internal|internal error/m.test(stderr))
    return `stack trace or internal error:\n${stderr.slice(0, 500)}`;
  const tables = existsSync(out) ? readdirSync(out) : [];
  if (refused) {
    if (run.code !== 2) return `exit code ${run.code} instead of 2`;
    if (!/:\d+:\d+: |^command line: /m.test(stderr)) return `no place in: ${stderr.slice(0, 300)}`;
    return tables.length > 0 ? `tables after a refusal: ${tables.join(", ")}` : null;
  }
  if (run.code !== 0 && run.code !== 1) return `exit code ${run.code} of a valid run: ${stderr.slice(0, 300)}`;
  if (!tables.includes("summary.csv")) return `no summary.csv among ${tables.join(", ")}`;
  const cut = tables.filter((name) => !readFileSync(join(out, name), "utf8").endsWith("\n"));
  return cut.length > 0 ? `cut off: ${cut.join(", ")}` : null;
}

function main(args: readonly string[]): number {
  const value = (name: string) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
  const only = value("--only");
  const options: FuzzOptions = {
    count: Number(value("--count") ?? 1000),
    seed: value("--seed") ?? "1",
    cli: Number(value("--cli") ?? 40),
    ...(only === undefined ? {} : { only: Number(only), cli: 1 }),
    ...(args.includes("--verbose") || only !== undefined ? { log: (line: string) => console.log(line) } : {}),
  };
  const report = fuzz(options);
  for (const failure of report.failures) console.log(failure);
  if (args.includes("--table"))
    for (const [name, { refused, valid }] of report.byMutation)
      console.log(`${name}: ${refused} refused, ${valid} valid`);
  console.log(
    `fuzz: ${report.refused} refused, ${report.ran} ran, ${report.tooLarge} valid but too large to run; ${report.throughCli} also through the command line; ` +
      `slowest ${Math.round(report.slowestMillis)} ms; ${report.failures.length} failures`,
  );
  return report.failures.length === 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) process.exitCode = main(process.argv.slice(2));
