// The command line from outside: what it prints, what it writes, and how it ends.
// test-timeout: 240s
import { execSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { TOOL_VERSION } from "../../sim/metrics/result.ts";
import { repositoryRoot } from "../checks/source-tree.ts";
import { kubedrill, kubedrillProcess, shellCommand } from "./command.ts";

const folder = mkdtempSync(join(tmpdir(), "kubedrill-cli-"));
test.after(() => rmSync(folder, { recursive: true }));

const TABLES = [
  "actions.csv",
  "api.csv",
  "controllers.csv",
  "cost.csv",
  "etcd.csv",
  "events.csv",
  "evictions.csv",
  "expectations.csv",
  "faults.csv",
  "gpu.csv",
  "latencies.csv",
  "leaders.csv",
  "nodes.csv",
  "not_modelled.csv",
  "pods.csv",
  "report.html",
  "resources.csv",
  "rollouts.csv",
  "scaling.csv",
  "scheduling.csv",
  "service_timeseries.csv",
  "services.csv",
  "slo.csv",
  "summary.csv",
  "timeseries.csv",
  "unschedulable.csv",
  "workloads.csv",
];

// a minute and a half with controllers, arrivals, traffic, an action and a fault: what the half hour of the starter has, run dozens of times
const SMALL = `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: small }
spec:
  seed: 42
  duration: 90s
  cluster:
    start: settled
    nodePools:
      - { name: general, count: 6, zones: [a, b, c], machine: { cpu: 4, memory: 16Gi } }
      - { name: late, count: 2, machine: { cpu: 8, memory: 32Gi }, boot: { uniform: { min: 20s, max: 40s } } }
    manifests: [./shop.yaml]
  workload:
    - arrivals: { shape: ./job-pod.yaml, every: { exponential: 10s }, lifetime: { lognormal: { median: 30s, p90: 60s } } }
  traffic: { services: [{ service: web, rate: 20/s, minAvailable: 4 }] }
  actions:
    - { id: v2, at: 20s, setImage: { object: deployment/web, images: { web: "registry.example/web:2.0" } } }
  faults:
    - { id: crash, at: 40s, nodeCrash: { node: general-2, for: 30s } }
  expect: ["created >= 6", "after v2: eventually rolledOut(deployment/web) within 2m"]
`;

function column(file: string, name: string): string[] {
  const [head, ...rows] = readFileSync(file, "utf8").trimEnd().split("\n");
  const at = head!.split(",").indexOf(name);
  assert.ok(at >= 0, `${file} has a column ${name}`);
  return rows.map((row) => row.split(",")[at]!);
}

/** One message, the right code, no stack trace. */
function refused(args: readonly string[], message: RegExp): void {
  const { code, out, err } = kubedrill(args, folder);
  assert.is(code, 2, `${args.join(" ")}: ${err}`);
  assert.match(err, message);
  assert.not.match(err, /\n\s+at /);
  assert.is(out, "");
}

test("init, validate, run: a new user's first minute", () => {
  assert.is(kubedrill(["init", "demo"], folder).code, 0);
  writeFileSync(join(folder, "demo/small.yaml"), SMALL);
  const validated = kubedrill(["validate", "demo/scenario.yaml"], folder);
  assert.is(validated.code, 0, validated.err);
  assert.match(validated.out, /^first-drill: valid \(8 nodes, 9 pods at the start, 1 workload sources\)/);
  const run = kubedrill(["run", "demo/scenario.yaml", "--out", "demo/out"], folder);
  assert.is(run.code, 0, run.err);
  assert.match(run.out, /ok: pending == 0 \(0\)/);
  assert.match(run.out, /ok: after v2: eventually rolledOut\(deployment\/web\) within 2m/);
  assert.match(run.out, /ok: during crash: eventually ready\(deployment\/web\) == 6 within 7m/);
  assert.match(run.out, /^1 +crash \(nodeCrash\) +8m +general-2 +lasted 10m +noticed after \d+(\.\d+)?s/m);
  assert.is(column(join(folder, "demo/out/services.csv"), "below_min_available_s")[0], "0.000000");
  assert.equal(readdirSync(join(folder, "demo/out")).sort(), TABLES);
  assert.is(column(join(folder, "demo/out/summary.csv"), "pods_never_scheduled")[0], "0");
  refused(["init", "demo"], /demo\/scenario\.yaml is there already; --force overwrites it/);
  assert.is(kubedrill(["init", "demo", "--force"], folder).code, 0);
});

test("seed and --set change the run, and its identity", () => {
  const digest = (...args: string[]) => {
    const { code, err } = kubedrill(["run", "demo/small.yaml", "-o", "changed", ...args], folder);
    assert.is(code, 0, err);
    return ["digest", "run_id", "scenario_sha256"].map((name) => column(join(folder, "changed/summary.csv"), name)[0]);
  };
  const base = digest();
  assert.equal(digest(), base);
  const seeded = digest("--seed", "7");
  assert.is.not(seeded[0], base[0]);
  assert.is.not(seeded[1], base[1]);
  assert.is(seeded[2], base[2]);
  const set = digest("--set", "cluster.nodePools[0].count=7");
  assert.is.not(set[0], base[0]);
  assert.is.not(set[2], base[2]);
});

test("manifests on nodes given by options; exit code 1 when nothing could be scheduled", () => {
  const args = [
    "run",
    "demo/shop.yaml",
    "--nodes",
    "3",
    "--machine",
    "cpu=4,memory=8Gi,example.com/dongle=1",
    "--zones",
    "a,b,c",
  ];
  const run = kubedrill([...args, "-o", "shop"], folder);
  assert.is(run.code, 0, run.err);
  assert.equal(column(join(folder, "shop/nodes.csv"), "zone"), ["a", "b", "c"]);
  assert.is(column(join(folder, "shop/summary.csv"), "pods_scheduled")[0], "9");
  const tiny = kubedrill(
    ["run", "demo/shop.yaml", "--nodes", "1", "--machine", "cpu=100m,memory=1Gi", "-o", "tiny"],
    folder,
  );
  assert.is(tiny.code, 1);
  assert.match(tiny.out, /result is not valid: no pod was scheduled/);
  assert.is(column(join(folder, "tiny/summary.csv"), "result_valid")[0], "false");
});

test("exit code 1 when an expectation fails", () => {
  const args = ["run", "demo/small.yaml", "--set", 'expect=["created == 1"]', "-o", "failed"];
  const run = kubedrillProcess(args, folder);
  assert.is(run.code, 1);
  assert.match(run.out, /FAILED: created == 1 \(\d+\)/);
  assert.equal(kubedrill(args, folder), run, "as in the thread of the other tests");
});

test("batch: files × seeds, equal bytes for any number of workers", () => {
  const bytes = (workers: string) => {
    const out = `batch-${workers}`;
    const { code, err } = kubedrill(
      ["batch", "demo/small.yaml", "--seeds", "1,2,x", "--workers", workers, "--out", out],
      folder,
    );
    assert.is(code, 0, err);
    return TABLES.map((name) => readFileSync(join(folder, out, name), "utf8"));
  };
  const one = bytes("1");
  assert.equal(column(join(folder, "batch-1/summary.csv"), "seed"), ["1", "2", "x"]);
  // 4 in `npm run determinism`: each worker has all modules to load
  assert.equal(bytes("2"), one);
});

test("run in this process and batch in a worker write the same bytes", () => {
  kubedrill(["run", "demo/small.yaml", "--seed", "3", "-o", "here"], folder);
  kubedrill(["batch", "demo/small.yaml", "--seeds", "3", "-w", "1", "-o", "there"], folder);
  for (const name of TABLES)
    assert.is(readFileSync(join(folder, "here", name), "utf8"), readFileSync(join(folder, "there", name), "utf8"));
});

test("bad input: exit code 2 and one clear message", () => {
  writeFileSync(
    join(folder, "bad.yaml"),
    "apiVersion: kubedrill/v1alpha1\nkind: Scenario\nmetadata: { name: bad }\nspec:\n  durration: 5m\n",
  );
  refused(["run", "bad.yaml"], /bad\.yaml:5:3: .*did you mean duration/);
  refused(["run", "missing.yaml"], /expected a file, folder or pattern that exists, found "missing\.yaml"/);
  refused(["run", "demo/small.yaml", "--sead", "3"], /unknown option --sead: did you mean --seed\?/);
  refused(["rum", "demo/small.yaml"], /did you mean run\?/);
  refused(["run"], /what to work on is missing: a file or folder/);
  refused([], /Which command\?/);
  refused(["run", "demo/small.yaml", "--set", "cluster.nodePools[9].count=1"], /--set: expected a path that exists/);
  refused(["run", "demo/small.yaml", "--set", "novalue"], /expected path=value/);
  refused(["run", "demo/small.yaml", "--nodes", "3"], /--nodes goes with manifests/);
  refused(["run", "demo/small.yaml", "demo/shop.yaml"], /demo\/shop\.yaml is not a scenario/);
  refused(["run", "demo/shop.yaml"], /expected nodes/);
  refused(["run", "demo/shop.yaml", "--nodes", "3"], /--nodes needs --machine/);
  refused(["run", "demo/shop.yaml", "--nodes", "3", "--machine", "cpus=3"], /expected cpu=…,memory=…/);
  refused(["batch", "demo/small.yaml", "--seeds", "5..1"], /expected a range such as 1\.\.20/);
  refused(["batch", "demo/small.yaml", "--workers", "0"], /expected a whole number from 1 to 1024/);
});

test("a process ends with the same exit code and message", () => {
  const args = ["run", "missing.yaml"];
  const ended = kubedrillProcess(args, folder);
  assert.is(ended.code, 2);
  assert.equal(ended, kubedrill(args, folder));
});

test("an error leaves what was there before, and never half a table", () => {
  mkdirSync(join(folder, "kept"));
  writeFileSync(join(folder, "kept/summary.csv"), "before\n");
  writeFileSync(
    join(folder, "broken-plugin.mjs"),
    "export const plugin = () => ({ name: 'Broken', filter() { throw new Error('out of order'); } });\n",
  );
  const configuration = {
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    profiles: [
      { schedulerName: "default-scheduler", plugins: { multiPoint: { enabled: [{ name: "../broken-plugin.mjs" }] } } },
    ],
  };
  for (const command of ["run", "batch"]) {
    const set = `cluster.controlPlane.schedulerConfiguration=${JSON.stringify(configuration)}`;
    const { code, err, out } = kubedrill([command, "demo/small.yaml", "--set", set, "-o", "kept"], folder);
    assert.is.not(code, 0, out);
    assert.match(err, /out of order/);
    assert.not.match(err, /\n\s+at /);
    assert.equal(readdirSync(join(folder, "kept")), ["summary.csv"]);
    assert.is(readFileSync(join(folder, "kept/summary.csv"), "utf8"), "before\n");
  }
  kubedrill(
    ["run", "demo/small.yaml", "--set", "cluster.controlPlane.schedulerConfiguration=./none.yaml", "-o", "fresh"],
    folder,
  );
  assert.not(existsSync(join(folder, "fresh")));
});

test("variants run in order and are named in the tables", () => {
  const sweep = JSON.stringify({ "cluster.nodePools[0].count": [5, 6], seed: 1 });
  refused(["run", "demo/small.yaml", "--set", `sweep=${sweep}`], /./);
  const scenario = readFileSync(join(folder, "demo/small.yaml"), "utf8");
  writeFileSync(join(folder, "demo/sweep.yaml"), `${scenario}\n  sweep: { "cluster.nodePools[0].count": [6, 7] }\n`);
  const { code, err } = kubedrill(["run", "demo/sweep.yaml", "-o", "sweep"], folder);
  assert.is(code, 0, err);
  assert.equal(column(join(folder, "sweep/summary.csv"), "scenario"), ["small[count=6]", "small[count=7]"]);
  assert.equal(column(join(folder, "sweep/summary.csv"), "nodes_end"), ["8", "9"]);
});

test("version, help and schema", () => {
  for (const way of [kubedrill, kubedrillProcess])
    assert.equal(way(["--version"]), { code: 0, out: `${TOOL_VERSION}\n`, err: "" });
  const manifest = JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8")) as { version: string };
  assert.is(manifest.version, TOOL_VERSION);
  for (const command of ["run", "batch", "validate", "schema", "init"]) {
    const help = kubedrill([command, "--help"]);
    assert.is(help.code, 0);
    assert.match(help.out, /Examples:/);
  }
  const schema = JSON.parse(kubedrill(["schema"]).out) as { title: string };
  assert.is(schema.title, "kubedrill scenario");
});

test("a reader that goes away ends it quietly", () => {
  const output = execSync(`${shellCommand} schema | head -n 1`, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  assert.is(output, "{\n");
});

test("progress goes to stderr, and only when asked for or on a terminal", () => {
  const quiet = kubedrill(["run", "demo/small.yaml", "-o", "quiet"], folder);
  assert.is(quiet.err, "");
  const shown = kubedrillProcess(["run", "demo/small.yaml", "-o", "shown", "--progress"], folder);
  assert.match(shown.err, /%/);
  assert.is(shown.out.replace("/shown", "/quiet"), quiet.out);
});

test.run();
