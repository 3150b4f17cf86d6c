// Runs the same scenarios again and again and compares every byte: all tables, with 1, 2 and 4 workers, twice in a row, with simultaneous
// events in a shuffled order, and on other versions of Node, fetched by npx; what get, describe and timeline print of whole clusters,
// once per version. Usage: node dist/test/determinism.js [--nodes 22,24,26] [scenario…]
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
  "scenarios/capacity/own-shop.yaml",
  "scenarios/scheduling/preemption.yaml",
  "scenarios/scheduling/gpu-binpacking.yaml",
  "test/fixtures/determinism/etcd-faults.yaml",
  "scenarios/failures/etcd-space-quota.yaml",
  "test/fixtures/whole-cluster/fresh.yaml",
  "test/fixtures/whole-cluster/settled.yaml",
  "scenarios/failures/zone-outage.yaml",
];
const FRESH = "test/fixtures/whole-cluster/fresh.yaml";
const SETTLED = "test/fixtures/whole-cluster/settled.yaml";
/** What the commands that look at one moment print of a cluster with controllers, kubelets and several API servers. */
const LOOKS: readonly (readonly string[])[] = [
  ["get", "pods,deployments,replicasets,statefulsets,daemonsets,jobs", "-A", "-o", "wide", FRESH, "--at", "4m"],
  ["get", "nodes,events,leases,endpointslices", "-A", "-o", "yaml", SETTLED, "--at", "5m"],
  ["describe", "node", "n-0", FRESH, "--at", "5m"],
  ["describe", "deployment", "web", SETTLED, "--at", "end"],
  ["timeline", FRESH, "--out", "TRACE"],
  ["timeline", SETTLED, "--out", "TRACE"],
];
const SEEDS = "1..2";
const WORKERS = [1, 2, 4, 1];
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

function onNode(node: string | undefined, what: string, args: readonly string[]): Run {
  if (node === undefined)
    return { label: `Node ${process.version}, ${what}`, command: process.execPath, args: [cli, ...args] };
  return { label: `Node ${node}, ${what}`, command: "npx", args: ["-y", "-p", `node@${node}`, "node", cli, ...args] };
}

function batch(scenarios: readonly string[], workers: number, node: string | undefined, shuffle?: string): Run {
  const shuffled = shuffle === undefined ? [] : ["--shuffle-ties", shuffle];
  const what = `${workers} workers${shuffle === undefined ? "" : ", shuffled ties"}`;
  return onNode(node, what, ["batch", ...scenarios, "--seeds", SEEDS, "--workers", String(workers), ...shuffled]);
}

function start({ command, args }: Run, more: readonly string[] = []) {
  return spawnSync(command, [...args, ...more], {
    cwd: root,
    encoding: "utf8",
    timeout: MINUTES * 60_000,
    maxBuffer: 1 << 30,
  });
}

/** The hash of what each look prints, and of the trace files; or why there is none. */
function looksOf(looks: typeof LOOKS, node: string | undefined, folder: string): ReadonlyMap<string, string> | string {
  const hashes = new Map<string, string>();
  for (const look of looks) {
    const trace = join(folder, "trace.json");
    const done = start(
      onNode(
        node,
        "looks",
        look.map((word) => (word === "TRACE" ? trace : word)),
      ),
    );
    if (done.status !== 0) return `${look.join(" ")}: ${(done.stderr || String(done.error ?? done.signal)).trim()}`;
    const printed = look.includes("TRACE") ? readFileSync(trace) : done.stdout;
    if (printed.length < 200) return `${look.join(" ")}: printed only ${printed.length} bytes`;
    hashes.set(look.join(" "), createHash("sha256").update(printed).digest("hex"));
  }
  return hashes;
}

/** The hash of each table, or why there is none. */
function outcomeOf(run: Run, out: string): Outcome | string {
  const done = start(run, ["--out", out]);
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

/** @returns how many differ from the first, or failed */
function compareRuns(runs: readonly Run[], folder: string): number {
  let reference: Outcome | undefined;
  let failed = 0;
  for (const run of runs) {
    const out = mkdtempSync(join(folder, "run-"));
    const outcome = outcomeOf(run, join(out, "tables"));
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
  console.log(`digests: ${reference?.digests ?? "none"}`);
  return failed;
}

/** @returns for how many versions of Node something is printed otherwise than for the first, or nothing at all */
function compareLooks(looks: typeof LOOKS, versions: readonly (string | undefined)[], folder: string): number {
  let reference: ReadonlyMap<string, string> | undefined;
  let failed = 0;
  for (const version of versions) {
    const label = `Node ${version ?? process.version}, get, describe and timeline`;
    const hashes = looksOf(looks, version, folder);
    if (typeof hashes === "string") {
      failed++;
      console.log(`FAIL ${label}: ${hashes}`);
      continue;
    }
    reference ??= hashes;
    const first = reference;
    const different = [...hashes].filter(([look, hash]) => first.get(look) !== hash).map(([look]) => look);
    if (different.length > 0) failed++;
    const verdict = different.length === 0 ? "equal" : `DIFFERENT: ${different.join("; ")}`;
    console.log(`${different.length === 0 ? "ok  " : "FAIL"} ${label}: ${hashes.size} outputs, ${verdict}`);
  }
  return failed;
}

function main(args: readonly string[]): number {
  const at = args.indexOf("--nodes");
  const versions = at < 0 ? ["22", "24", "26"] : (args[at + 1] ?? "").split(",").filter((v) => v !== "");
  const named = args.filter((_, i) => at < 0 || (i !== at && i !== at + 1));
  const scenarios = named.length > 0 ? named : DEFAULT_SCENARIOS;
  const runs = WORKERS.map((workers) => batch(scenarios, workers, undefined));
  for (const version of versions) runs.push(batch(scenarios, 2, version));
  // a shuffled order is an order of its own, and the same everywhere as well
  const shuffled = [batch(scenarios, 1, undefined, "7")];
  for (const version of versions) shuffled.push(batch(scenarios, 2, version, "7"));
  const folder = mkdtempSync(join(tmpdir(), "kubedrill-determinism-"));
  let failed = compareRuns(runs, folder) + compareRuns(shuffled, folder);
  let passed = runs.length + shuffled.length - failed;
  const looks = LOOKS.filter((look) => look.some((word) => scenarios.includes(word)));
  if (looks.length > 0) {
    const different = compareLooks(looks, [undefined, ...versions], folder);
    failed += different;
    passed += 1 + versions.length - different;
  }
  rmSync(folder, { recursive: true });
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
