// What a user gets wrong on the command line: one message that names the option or the place, exit code 2, nothing written.
// test-timeout: 120s
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { repositoryRoot } from "../checks/source-tree.ts";
import { kubedrill, mainFile } from "./command.ts";

const folder = mkdtempSync(join(tmpdir(), "kubedrill-refusals-"));
test.after(() => rmSync(folder, { recursive: true }));

const POD = "apiVersion: v1\nkind: Pod\nmetadata: { name: one }\nspec: { containers: [{ name: m }] }\n";
writeFileSync(join(folder, "pod.yaml"), POD);
writeFileSync(join(folder, "file"), "");
const ON_NODES = ["pod.yaml", "--nodes", "2", "--machine", "cpu=1,memory=1Gi"];

function refused(args: readonly string[], message: string): void {
  const { code, out, err } = kubedrill(args, folder);
  assert.is(code, 2, `${args.join(" ")}: ${err}`);
  assert.ok(err.includes(message), `${args.join(" ")}: ${err}`);
  assert.is(out, "");
}

test("options without a value, twice, or with text for a number", () => {
  refused(["run", ...ON_NODES, "--seed"], "--seed needs a value");
  refused(["run", ...ON_NODES, "--out", ""], "--out needs a value");
  refused(["run", ...ON_NODES, "--out", "a", "--out", "b"], "--out is given twice");
  refused(["run", ...ON_NODES, "--seed", "1", "--seed", "2"], "--seed is given twice");
  refused(["run", "pod.yaml", "--nodes", "abc", "--machine", "cpu=1,memory=1Gi"], "--nodes: expected a number");
  refused(["bench", "--config"], "Not enough arguments following: config");
  refused(["fit", ...ON_NODES, "--arrivals", "-1"], "--arrivals: expected a whole number");
  assert.is(existsSync(join(folder, "out")), false);
});

test("what is to happen in name only has to be there", () => {
  const scenario = join(repositoryRoot, "scenarios/stories/s03-grafana-priorities.yaml");
  refused(["run", scenario, "--without", "rol-out"], "no fault or action rol-out; did you mean roll-out?");
});

test("options that make the nodes are named", () => {
  refused(["run", "pod.yaml", "--nodes", "-1", "--machine", "cpu=1,memory=1Gi"], "--nodes: expected a whole number");
  refused(["run", "pod.yaml", "--nodes", "1", "--machine", "cpu=1"], "--machine memory: expected a quantity");
  refused(["run", "pod.yaml", "--nodes", "1", "--machine", "cpu=1,memory=1Gi,a/b=-1"], "--machine a/b: expected");
  refused(["run", ...ON_NODES, "--zones", "A B"], "--zones: expected a name");
});

test("standard input and pipes are refused, not read as nothing", () => {
  refused(["run", "-", "--nodes", "1", "--machine", "cpu=1,memory=1Gi"], "standard input is not read");
  refused(["run", "/dev/null"], "a pipe or device");
});

test("folders that cannot be written to", () => {
  refused(["run", ...ON_NODES, "--out", "file"], "file is not a folder");
  refused(["run", ...ON_NODES, "--out", "file/below"], "cannot write to");
  refused(["init", "file"], "file is not a folder");
  // here Node's recursive mkdir does not come back
  if (process.platform === "linux") refused(["run", ...ON_NODES, "--out", "/proc/nothing/here"], "cannot write to");
  // all tables or none: a folder in the place of one of them
  mkdirSync(join(folder, "taken/pods.csv"), { recursive: true });
  refused(["run", ...ON_NODES, "--out", "taken"], "a folder is in the place of the file");
  assert.equal(readdirSync(join(folder, "taken")), ["pods.csv"]);
});

test("what goes wrong in a plugin of the user's is the plugin's fault, and leaves no folder", () => {
  /** A plugin file, and a configuration that names it. */
  const plugin = (name: string, source: string): readonly string[] => {
    writeFileSync(join(folder, `${name}.js`), source);
    const multiPoint = { enabled: [{ name: `./${name}.js` }] };
    const configuration = {
      apiVersion: "kubescheduler.config.k8s.io/v1",
      kind: "KubeSchedulerConfiguration",
      profiles: [{ schedulerName: "default-scheduler", plugins: { multiPoint } }],
    };
    writeFileSync(join(folder, `${name}.yaml`), JSON.stringify(configuration));
    return ["--config", `${name}.yaml`];
  };
  const unlicensed = plugin("unlicensed", 'export default () => { throw new Error("no licence"); };\n');
  refused(["fit", ...ON_NODES, ...unlicensed], "unlicensed.js: the factory failed: no licence");
  const broken = plugin("broken", 'export default () => ({ name: "B", filter() { throw new Error("boo"); } });\n');
  refused(["fit", ...ON_NODES, ...broken], "broken.js: filter failed: boo");
  refused(["run", ...ON_NODES, ...broken, "--out", "deep/er"], "broken.js: filter failed: boo");
  refused(
    ["batch", ...ON_NODES, ...broken, "--seeds", "1..2", "--workers", "1", "--out", "deep/er"],
    "seed 1: scheduler plugin",
  );
  assert.is(existsSync(join(folder, "deep")), false);
});

test("pods on nodes that are not there are left out, with a warning", () => {
  writeFileSync(
    join(folder, "ghost.yaml"),
    `${POD}---\n${POD.replace("one", "ghost").replace("{ c", "{ nodeName: gone, c")}`,
  );
  const args = ["run", "ghost.yaml", ...ON_NODES.slice(1), "--out", "ghosts"];
  const { code, out, err } = kubedrill(args, folder);
  assert.is(code, 0, err);
  assert.match(out + err, /1 pod is left out, bound to nodes that are not there; the first: default\/ghost on gone/);
  assert.match(out, /pods created +1\n/);
  assert.is(readFileSync(join(folder, "ghosts/pods.csv"), "utf8").trimEnd().split("\n").length, 2);
});

test("Ctrl-C ends a long run at once and leaves nothing behind", async () => {
  const scenario = `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: long }
spec:
  duration: 2000h
  cluster: { nodePools: [{ name: n, count: 9, machine: { cpu: 4, memory: 8Gi } }] }
  workload: [{ arrivals: { shape: ./pod.yaml, every: { exponential: 2s }, lifetime: 1m } }]
`;
  writeFileSync(join(folder, "long.yaml"), scenario);
  const child = spawn(process.execPath, [mainFile, "run", "long.yaml", "--out", "long"], { cwd: folder });
  await new Promise((done) => setTimeout(done, 2500));
  assert.is(child.exitCode, null, "it is still running");
  const ended = new Promise((done) => child.once("exit", () => done("ended")));
  child.kill("SIGINT");
  const late = new Promise((done) => setTimeout(() => done("late"), 5000).unref());
  const outcome = await Promise.race([ended, late]);
  child.kill("SIGKILL");
  assert.is(outcome, "ended");
  assert.is(existsSync(join(folder, "long")), false);
});

test("explain proposes pods whose names begin like it", () => {
  refused(["explain", "on", ...ON_NODES], "did you mean");
});

test.run();
