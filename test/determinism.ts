// Runs the same scenarios again and again and compares every byte of every table: with 1, 2 and 4 workers, twice in a row,
// and on other versions of Node, fetched by npx. Usage: node dist/test/determinism.js [--nodes 22,24,26] [scenario…]
// Exit code 1 when anything differs, or when a version of Node could not be had.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const outDir = dirname(dirname(fileURLToPath(import.meta.url)));
const cli = join(outDir, "sim/cli/main.js");
const root = dirname(outDir);
const DEFAULT_SCENARIOS = [
  "scenarios/capacity/first-run.yaml",
  "scenarios/capacity/own-shop.yaml",
  "scenarios/scheduling/preemption.yaml",
  "scenarios/scheduling/gpu-binpacking.yaml",
  "scenarios/failures/etcd-bad-day.yaml",
  "scenarios/failures/etcd-space-quota.yaml",
];
const SEEDS = "1..2";
const WORKERS = [1, 2, 4];
const MINUTES = 10;

interface Run {
  readonly label: string;
  readonly command: string;
  readonly args: readonly string[];
}

interface Outcome {
  readonly files: ReadonlyMap<string, string>;
  readonly digests: string;
  readonly bytes: number;
}

function batch(scenarios: readonly string[], workers: number, node: string | undefined): Run {
  const args = [cli, "batch", ...scenarios, "--seeds", SEEDS, "--workers", String(workers)];
  if (node === undefined)
    return { label: `Node ${process.version}, ${workers} workers`, command: process.execPath, args };
  return {
    label: `Node ${node}, ${workers} workers`,
    command: "npx",
    args: ["-y", "-p", `node@${node}`, "node", ...args],
  };
}

/** The hash of each table, or why there is none. */
function outcomeOf(run: Run, out: string): Outcome | string {
  const done = spawnSync(run.command, [...run.args, "--out", out], {
    cwd: root,
    encoding: "utf8",
    timeout: MINUTES * 60_000,
  });
  // 1: an expectation does not hold for one of the seeds; the tables are written all the same
  if (done.status !== 0 && done.status !== 1)
    return (done.stderr || String(done.error ?? done.signal)).trim().slice(0, 300);
  const files = new Map<string, string>();
  let bytes = 0;
  for (const name of readdirSync(out).sort()) {
    const content = readFileSync(join(out, name));
    bytes += content.length;
    files.set(name, createHash("sha256").update(content).digest("hex"));
  }
  const [head, ...rows] = readFileSync(join(out, "summary.csv"), "utf8").trimEnd().split("\n");
  const at = (head ?? "").split(",").indexOf("digest");
  return { files, bytes, digests: rows.map((row) => row.split(",")[at]).join(" ") };
}

function differences(reference: Outcome, outcome: Outcome): string[] {
  const names = new Set([...reference.files.keys(), ...outcome.files.keys()]);
  const different = [...names].filter((name) => reference.files.get(name) !== outcome.files.get(name));
  return reference.digests === outcome.digests ? different : ["digests", ...different];
}

function main(args: readonly string[]): number {
  const at = args.indexOf("--nodes");
  const versions = at < 0 ? ["22", "24", "26"] : (args[at + 1] ?? "").split(",").filter((v) => v !== "");
  const named = args.filter((_, i) => at < 0 || (i !== at && i !== at + 1));
  const scenarios = named.length > 0 ? named : DEFAULT_SCENARIOS;
  const runs = [...WORKERS, ...WORKERS].map((workers) => batch(scenarios, workers, undefined));
  for (const version of versions) runs.push(batch(scenarios, 1, version), batch(scenarios, 2, version));
  const folder = mkdtempSync(join(tmpdir(), "kubedrill-determinism-"));
  let reference: Outcome | undefined;
  let failed = 0;
  for (const [index, run] of runs.entries()) {
    const outcome = outcomeOf(run, join(folder, String(index)));
    if (typeof outcome === "string") {
      failed++;
      console.log(`FAIL ${run.label}: ${outcome}`);
      continue;
    }
    reference ??= outcome;
    const different = differences(reference, outcome);
    if (different.length > 0) failed++;
    const verdict = different.length === 0 ? "equal" : `DIFFERENT: ${different.join(", ")}`;
    const hash = createHash("sha256")
      .update([...outcome.files].join("\n"))
      .digest("hex")
      .slice(0, 16);
    console.log(
      `${different.length === 0 ? "ok  " : "FAIL"} ${run.label}: ${outcome.files.size} files, ${outcome.bytes} bytes, ${hash}, ${verdict}`,
    );
  }
  rmSync(folder, { recursive: true });
  console.log(`digests: ${reference?.digests ?? "none"}`);
  console.log(`${runs.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
