// kubedrill explain from outside: pods that wait, pods that run, moments of a run, and names that are not quite right.
// test-timeout: 240s
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { repositoryRoot } from "../checks/source-tree.ts";
import { kubedrill } from "./command.ts";
import { assertRefused } from "./refused.ts";

const folder = mkdtempSync(join(tmpdir(), "kubedrill-explain-"));
test.after(() => rmSync(folder, { recursive: true }));

const podText = (name: string, namespace: string, cpu: string, spec = "") => `---
apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: ${namespace} }
spec: { ${spec} containers: [ { name: c, image: x, resources: { requests: { cpu: "${cpu}", memory: 1Gi } } } ] }
`;
writeFileSync(
  join(folder, "app.yaml"),
  podText("web-0", "shop", "500m") +
    podText("web-0", "other", "1") +
    podText("huge", "shop", "9") +
    podText("gated", "shop", "1", "schedulingGates: [ { name: quota } ],") +
    podText("stranger", "shop", "1", "schedulerName: mine,"),
);
writeFileSync(
  join(folder, "scenario.yaml"),
  `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: arrivals }
spec:
  duration: 10m
  cluster:
    nodePools: [ { name: n, count: 2, machine: { cpu: "4", memory: 8Gi } } ]
  workload:
    - arrivals: { name: web, shape: ./shape.yaml, every: 30s }
`,
);
writeFileSync(join(folder, "shape.yaml"), podText("web", "default", "1"));
copyFileSync(join(repositoryRoot, "test/fixtures/scheduler/preemption.json"), join(folder, "case.json"));
copyFileSync(join(repositoryRoot, "test/fixtures/scheduler/gates.json"), join(folder, "other-case.json"));

const NODES = ["--nodes", "2", "--machine", "cpu=4,memory=8Gi"];
const explain = (...args: string[]) => kubedrill(["explain", ...args], folder);

test("a pod that runs: where, and the scores of the nodes", () => {
  const { code, out, err } = explain("shop/web-0", "app.yaml", ...NODES);
  assert.is(code, 0, err);
  assert.match(out, /^shop\/web-0 is on node-\d \(Running\) at /);
  assert.match(out, /2 of 2 nodes are feasible/);
  assert.match(out, /\nNODE\s+TOTAL\s+TaintToleration\s+NodeResourcesFit/);
});

test("a pod that waits: why, and what would change that", () => {
  const { code, out } = explain("huge", "app.yaml", ...NODES);
  assert.is(code, 0);
  assert.match(out, /^shop\/huge has no node \(Pending\)/);
  assert.match(out, /\nNo node would take it now: 0\/2 nodes are available: 2 Insufficient cpu\.\n/);
  assert.match(out, /\nNodeResourcesFit\s+Insufficient cpu\s+2\s+node-0, node-1\n/);
  assert.match(out, /\n- ask for \d+m of 9000m cpu less \(then node-\d takes it\)\n/);
});

test("gates and schedulers that are not there", () => {
  assert.match(
    explain("gated", "app.yaml", ...NODES).out,
    /may not be scheduled yet: waiting for scheduling gates: \[quota\]/,
  );
  const { code, out } = explain("stranger", "app.yaml", ...NODES);
  assert.is(code, 0);
  assert.match(out, /No node would take it now: no profile has the scheduler name "mine"/);
  assert.match(out, /- set schedulerName to default-scheduler/);
});

test("a moment of a run", () => {
  const at = (time: string) => explain("web-1", "scenario.yaml", "--at", time);
  assertRefused(
    ["explain", "web-1", "scenario.yaml", "--at", "10s"],
    folder,
    /no pod web-1 at 10s.*\(0 pods are there\)/,
  );
  assert.match(at("70s").out, /^default\/web-1 is on n-\d .* at 1m10s\.\n/);
  const { code, out } = explain("web-12", "scenario.yaml", "--at", "9m", "-o", "json");
  assert.is(code, 0);
  const answer = JSON.parse(out) as { at_us: number; pod: string; node: string | null; rejections: unknown[] };
  assert.equal([answer.at_us, answer.pod, answer.node], [540_000_000, "default/web-12", null]);
  assert.ok(answer.rejections.length > 0);
});

test("the length of the lists", () => {
  const { out } = explain("shop/web-0", "app.yaml", ...NODES, "--top", "1", "-o", "json");
  assert.is((JSON.parse(out) as { ranking: unknown[] }).ranking.length, 1);
});

test("a reference case, after all its pods were tried", () => {
  const waiting = kubedrill(["fit", "case.json", "-o", "csv"], folder)
    .out.split("\n")
    .map((line) => line.split(","))
    .find(([, outcome]) => outcome === "unschedulable")?.[0] as string;
  const { code, out } = explain(waiting, "case.json");
  assert.is(code, 0);
  assert.match(out, new RegExp(`^${waiting} has no node \\(Pending\\)\\.\\nNo node would take it now: 0/4 nodes`));
  const placed = kubedrill(["fit", "case.json", "-o", "csv"], folder)
    .out.split("\n")
    .map((line) => line.split(","))
    .find(([, outcome]) => outcome === "fits") as string[];
  assert.match(explain(placed[0]!, "case.json").out, new RegExp(`^${placed[0]} is on ${placed[2]} `));
});

test("a reference case with a pod of a scheduler that is not there", () => {
  const stranger = { metadata: { name: "p" }, spec: { schedulerName: "mine", containers: [{ name: "c" }] } };
  const objects = { nodes: [{ metadata: { name: "n" }, status: { allocatable: { pods: "5" } } }] };
  const document = { name: "c", tieBreak: "heap", objects, pending: [stranger] };
  writeFileSync(join(folder, "stranger.json"), JSON.stringify(document));
  const { code, out, err } = explain("p", "stranger.json");
  assert.is(code, 0, err);
  assert.match(out, /no profile has the scheduler name "mine"/);
});

test("bad input", () => {
  const refused = (args: readonly string[], message: RegExp) => assertRefused(["explain", ...args], folder, message);
  refused(["web-0", "app.yaml", ...NODES], /2 pods are named web-0: say which, such as shop\/web-0 or other\/web-0/);
  refused(["hug", "app.yaml", ...NODES], /no pod hug at .*: did you mean (shop\/)?huge\? \(5 pods are there\)/);
  refused(["shop/web-1", "app.yaml", ...NODES], /did you mean shop\/web-0\?/);
  refused(["shop/huge", "app.yaml", ...NODES, "--at", "tomorrow"], /--at tomorrow: expected a time such as 90s/);
  refused(["shop/huge", "app.yaml", ...NODES, "--at=-5s"], /--at -5s: expected a time/);
  refused(["web-1", "scenario.yaml", "--at", "11m"], /--at 11m: the run ends after 10m/);
  for (const top of ["0", "-1", "1.5", "all"])
    refused(["shop/huge", "app.yaml", ...NODES, `--top=${top}`], /--top: expected a (whole )?number/);
  refused(["huge"], /kubedrill: \S/);
  refused(["huge", "none.yaml"], /expected a file, folder or pattern that exists/);
  refused(["huge", "app.yaml", ...NODES, "-o", "csv"], /Choices: "text", "json"/);
  refused(["huge", "app.yaml", ...NODES, "--tpo", "1"], /unknown option --tpo: did you mean --top\?/);
  refused(["nobody", "case.json"], /no pod nobody/);
  refused(["nobody", "case.json", "--at", "5s"], /--at: no time passes in a reference case/);
  refused(["nobody", "case.json", "--nodes", "5"], /a reference case says itself/);
  refused(["nobody", "case.json", "other-case.json"], /./);
});

test.run();
