// Runs every bundled scenario against its own expectations, several processes at a time, one line for each.
// Usage: node dist/test/run-scenarios.js [--needed] [part of a path…]. Exit code 1 when an expectation is not met, a result is not valid,
// or a scenario cannot be loaded. One that needs ../shared is left out without it. A comment line `# exit: 1` says that one is meant to fail.
// With --needed each fault and action is left out in turn (it happens in name only): a scenario that still does what it says does not show
// what that one does. A comment line `# not needed: ID, why` says that one may be left out.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { simulate } from "../sim/cluster.ts";
import { problemText } from "../sim/model/problem.ts";
import { loadScenario } from "../sim/scenario/load.ts";
import { causesOf, withPlacebos } from "../sim/scenario/placebo.ts";
import type { Plan } from "../sim/scenario/plan.ts";
import { repositoryRoot } from "./checks/source-tree.ts";
import { fromShared } from "./shared.ts";

const folder = join(repositoryRoot, "scenarios");
const TIMEOUT_MILLIS = 300_000;

/** What is wrong with one scenario; empty when it does what it says. */
function run(name: string): string[] {
  const path = join(folder, name);
  const { plans, problems } = loadScenario(path);
  if (problems.length > 0) return problems.map(problemText);
  const found: string[] = [];
  for (const plan of plans) found.push(...violations(plan));
  const isMeantToFail = /^# exit: 1$/m.test(readFileSync(path, "utf8"));
  if (!isMeantToFail) return found;
  return found.length > 0 ? [] : ["it is meant to fail, and does not"];
}

function violations(plan: Plan): string[] {
  const { identity, verdicts } = simulate(plan);
  const prefix = plan.variant === "" ? "" : `${plan.variant}: `;
  const found = identity.invalidReasons.map((reason) => `${prefix}not valid: ${reason}`);
  for (const { actual, holds, text } of verdicts) if (!holds) found.push(`${prefix}${text}: ${actual}`);
  return found;
}

/** Faults and actions without which all plans of a scenario do just as well. */
function unneeded(name: string): string[] {
  const path = join(folder, name);
  const { plans } = loadScenario(path);
  const excused = [...readFileSync(path, "utf8").matchAll(/^# not needed: ([^,]+), /gm)].map((match) => match[1]!);
  const ids = [...new Set(plans.flatMap(causesOf))];
  const isNeeded = (id: string) =>
    plans.some((plan) => causesOf(plan).includes(id) && violations(withPlacebos(plan, [id])).length > 0);
  return [
    ...excused.filter((id) => !ids.includes(id)).map((id) => `there is no ${id} to be left out`),
    ...ids
      .filter((id) => isNeeded(id) === excused.includes(id))
      .map((id) => (excused.includes(id) ? `${id} is needed` : `nothing changes without ${id}`)),
  ];
}

interface Outcome {
  readonly code: number | null;
  readonly output: string;
  readonly seconds: string;
}

// a process for each: one that never ends is killed, and the others are not slowed down by its memory
function inProcess(mode: string, name: string): Promise<Outcome> {
  return new Promise((done) => {
    const start = process.hrtime.bigint();
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), mode, name], {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: TIMEOUT_MILLIS,
      killSignal: "SIGKILL",
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        output += chunk;
      });
    child.on("close", (code) => {
      done({ code, output, seconds: (Number(process.hrtime.bigint() - start) / 1e9).toFixed(1) });
    });
  });
}

function scenarios(names: readonly string[]): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => name.endsWith(".yaml") && (names.length === 0 || names.some((part) => name.includes(part))))
    .filter((name) => /^kind: *Scenario$/m.test(readFileSync(join(folder, name), "utf8")))
    .sort();
}

async function main(mode: string, args: readonly string[]): Promise<void> {
  const queue = scenarios(args);
  let [passed, failed, skipped] = [0, 0, 0];
  const worker = async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      if (readFileSync(join(folder, name), "utf8").includes("../shared/") && !existsSync(fromShared("data"))) {
        skipped++;
        continue;
      }
      const { code, output, seconds } = await inProcess(mode, name);
      if (code === 0) passed++;
      else failed++;
      console.log(`${code === 0 ? "ok  " : "FAIL"} ${name}, ${seconds} s`);
      if (code !== 0) console.log(code === null ? `killed after ${seconds} s` : output.trimEnd());
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker));
  console.log(`${passed} scenarios passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped: no ../shared` : ""}`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}

const ONE = "--one";
const ONE_NEEDED = "--one-needed";

const [first, ...rest] = process.argv.slice(2);
if (first === ONE || first === ONE_NEEDED) {
  const found = first === ONE ? run(rest[0]!) : unneeded(rest[0]!);
  for (const line of found) console.log(`  ${line}`);
  process.exitCode = found.length > 0 ? 1 : 0;
} else if (first === "--needed") await main(ONE_NEEDED, rest);
else await main(ONE, process.argv.slice(2));
