// kubedrill fit from outside: its three forms, its exit codes, and reference cases decision by decision.
// test-timeout: 240s
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { repositoryRoot } from "../checks/source-tree.ts";
import { fromShared } from "../shared.ts";
import { kubedrill } from "./command.ts";
import { assertRefused } from "./refused.ts";

const folder = mkdtempSync(join(tmpdir(), "kubedrill-fit-"));
test.after(() => rmSync(folder, { recursive: true }));

const fixtures = join(repositoryRoot, "test/fixtures/scheduler");
const NODES = ["--nodes", "2", "--machine", "cpu=4,memory=8Gi"];

const podText = (name: string, cpu: string, spec = "") => `---
apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: shop }
spec: { ${spec} containers: [ { name: c, image: x, resources: { requests: { cpu: ${cpu}, memory: 1Gi } } } ] }
`;
const files: Record<string, string> = {
  "small.yaml": podText("web-0", "500m"),
  "mixed.yaml":
    podText("web-0", "500m") +
    podText("huge", "9") +
    podText("gated", "1", "schedulingGates: [ { name: quota } ],") +
    podText("stranger", "1", "schedulerName: mine,"),
};
for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
for (const name of readdirSync(fixtures)) copyFileSync(join(fixtures, name), join(folder, name));

const fit = (...args: string[]) => kubedrill(["fit", ...args], folder);

test("exit code 0 when all pods fit, 1 when some do not", () => {
  for (const form of ["table", "csv", "json"]) {
    assert.is(fit("small.yaml", ...NODES, "-o", form).code, 0, form);
    assert.is(fit("mixed.yaml", ...NODES, "-o", form).code, 1, form);
  }
});

test("the table: a line per pod, why not, and the sum", () => {
  const { out, err } = fit("mixed.yaml", ...NODES);
  assert.is(err, "");
  const lines = out.split("\n");
  assert.match(lines[0]!, /^POD\s+OUTCOME\s+NODE\s+SCORE\s+FEASIBLE\s+PREEMPTION$/);
  assert.match(lines[1]!, /^shop\/web-0\s+fits\s+node-0\s+\d+\s+2\/2$/);
  assert.match(lines[2]!, /^shop\/huge\s+unschedulable\s+0\/2$/);
  assert.match(out, /\nshop\/huge: 0\/2 nodes are available: 2 Insufficient cpu\./);
  assert.match(out, /\nNodeResourcesFit\s+Insufficient cpu\s+2\s+node-0, node-1\n/);
  assert.match(out, /\nshop\/gated: waiting for scheduling gates: \[quota\]\n/);
  assert.match(out, /\nshop\/stranger: no profile has the scheduler name "mine"\n/);
  assert.match(out, /\nwarning: no scheduler profile is named mine/);
  assert.match(out, /\n1 of 4 pending pods fit on 2 nodes \(0 pods were there before\)\n$/);
});

test("--per-node lists every node's verdict", () => {
  const { out } = fit("mixed.yaml", ...NODES, "--per-node");
  for (const name of ["node-0", "node-1"])
    assert.match(
      out,
      new RegExp(`\\n${name}\\s+NodeResourcesFit\\s+UnschedulableAndUnresolvable\\s+Insufficient cpu\\n`),
    );
});

test("CSV: one line per pod that fits, one per rejecting node for the others", () => {
  const [head, ...rows] = fit("mixed.yaml", ...NODES, "-o", "csv")
    .out.trimEnd()
    .split("\n");
  assert.is(head, "pod,outcome,node,score,feasible_nodes,victims,message,rejecting_node,plugin,code,reasons");
  assert.is(rows.length, 5);
  assert.match(rows[0]!, /^shop\/web-0,fits,node-0,\d+,2,,,,,,$/);
  assert.match(
    rows[1]!,
    /^shop\/huge,unschedulable,,,0,,".*",node-0,NodeResourcesFit,UnschedulableAndUnresolvable,Insufficient cpu$/,
  );
  assert.match(rows[3]!, /^shop\/gated,gated,,,0,,waiting for scheduling gates: \[quota\],,,,$/);
});

test("JSON: every decision in full", () => {
  const decisions = JSON.parse(fit("mixed.yaml", ...NODES, "-o", "json").out) as Record<string, unknown>[];
  assert.equal(
    decisions.map((d) => [d["pod"], d["chosen"], d["error"] ?? null, d["gated"] !== undefined]),
    [
      ["shop/web-0", "node-0", null, false],
      ["shop/huge", null, null, false],
      ["shop/gated", null, null, true],
      ["shop/stranger", null, 'no profile has the scheduler name "mine"', false],
    ],
  );
  assert.equal(decisions[0]!["feasible"], ["node-0", "node-1"]);
});

test("nothing pending", () => {
  writeFileSync(
    join(folder, "running.yaml"),
    `apiVersion: v1
kind: Node
metadata: { name: n }
status: { allocatable: { cpu: 1, memory: 1Gi, pods: 5 } }
---
apiVersion: v1
kind: Pod
metadata: { name: p }
spec: { nodeName: n, containers: [ { name: c, image: x } ] }
status: { phase: Running }
`,
  );
  const { code, out } = fit("running.yaml");
  assert.is(code, 0);
  assert.match(out, /0 of 0 pending pods fit on 1 nodes \(1 pods were there before\)[\s\S]*nothing was asked/);
});

test("a seeded tie-break says the same in all forms", () => {
  writeFileSync(
    join(folder, "seeded.yaml"),
    `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: seeded }
spec:
  until: idle
  seed: 5
  cluster:
    nodePools: [ { name: n, count: 9, machine: { cpu: "4", memory: 8Gi } } ]
    controlPlane: { scheduler: { tieBreak: seeded } }
    manifests: [small.yaml]
`,
  );
  const table = fit("seeded.yaml");
  assert.is(table.code, 0, table.err);
  const chosen = /shop\/web-0\s+fits\s+(\S+)/.exec(table.out)?.[1];
  const [decision] = JSON.parse(fit("seeded.yaml", "-o", "json").out) as { chosen: string }[];
  assert.is(decision?.chosen, chosen);
});

for (const name of ["gates", "topology-spread", "preemption", "batching"]) {
  test(`reference case ${name}: decision by decision as expected`, () => {
    const { code, out } = fit(`${name}.json`, "-o", "json");
    assert.is(code, 0);
    const { expected } = JSON.parse(readFileSync(join(fixtures, `${name}.json`), "utf8")) as { expected: unknown[] };
    const decisions = JSON.parse(out) as unknown[];
    assert.is(decisions.length, expected.length);
    for (const [i, decision] of decisions.entries()) assert.equal(decision, expected[i], `attempt ${i}`);
  });
}

test("several cases in one file: one array per line; also gzipped", () => {
  const cases = ["gates", "topology-spread"].map((name) =>
    JSON.parse(readFileSync(join(fixtures, `${name}.json`), "utf8")),
  );
  const lines = `${cases.map((c) => JSON.stringify(c)).join("\n")}\n`;
  writeFileSync(join(folder, "two.jsonl"), lines);
  writeFileSync(join(folder, "two.jsonl.gz"), gzipSync(lines));
  for (const name of ["two.jsonl", "two.jsonl.gz"]) {
    const answers = fit(name, "-o", "json")
      .out.trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    assert.equal(
      answers,
      cases.map((c: { expected: unknown }) => c.expected),
    );
  }
});

test("an altered expectation is not repeated", () => {
  const text = readFileSync(join(fixtures, "gates.json"), "utf8");
  const document = JSON.parse(text) as { expected: { chosen: string | null }[] };
  const at = document.expected.findIndex((e) => e.chosen !== null);
  document.expected[at]!.chosen = "elsewhere";
  writeFileSync(join(folder, "altered.json"), JSON.stringify(document));
  assert.not.match(fit("altered.json", "-o", "json").out, /elsewhere/);
});

const shared = fromShared("reference/scheduler/cases");
if (existsSync(shared)) {
  test("a case of every family of the reference data, as it lies there", () => {
    const families = readdirSync(shared).filter((name) => name.endsWith(".jsonl.gz"));
    assert.ok(families.length >= 15, `${families.length} families`);
    for (const family of families) {
      const lines = gunzipSync(readFileSync(join(shared, family)))
        .toString("utf8")
        .split("\n")
        .filter(Boolean);
      const shortest = lines.reduce((a, b) => (b.length < a.length ? b : a));
      writeFileSync(join(folder, "case.json"), shortest);
      const answer = fit("case.json", "-o", "json");
      assert.is(answer.code, 0, `${family}: ${answer.err}`);
      assert.equal(JSON.parse(answer.out), (JSON.parse(shortest) as { expected: unknown }).expected, family);
    }
  });
} else console.log("skipped: 1 (no ../shared/reference/scheduler)");

test("a reference case as a table", () => {
  const { code, out } = fit("preemption.json");
  assert.is(code, 0);
  assert.match(out, /evicts \S+\/\S+/);
  assert.match(out, /\d+ of 13 pending pods fit on 4 nodes/);
});

test("bad input", () => {
  const refused = (args: readonly string[], message: RegExp) => assertRefused(["fit", ...args], folder, message);
  refused([], /what to work on is missing/);
  refused(["none.yaml"], /expected a file, folder or pattern that exists, found "none\.yaml"/);
  refused(["small.yaml"], /expected nodes/);
  refused(["small.yaml", ...NODES, "-o", "xml"], /Choices: "table", "csv", "json"/);
  refused(["small.yaml", ...NODES, "--arivals", "3"], /unknown option --arivals: did you mean --arrivals\?/);
  for (const count of ["-1", "1.5", "many"])
    refused(["small.yaml", ...NODES, `--arrivals=${count}`], /--arrivals: expected a (whole )?number/);
  refused(["fits", "small.yaml"], /expected a file/);
  refused(
    ["gates.json", "--nodes", "3", "--zones", "a"],
    /a reference case says itself .*: --nodes, --zones cannot go/,
  );
  const bad: Record<string, [object, RegExp]> = {
    "no-name.json": [{ name: undefined }, /no-name\.json:1:1: name: expected text/],
    "twins.json": [
      { objects: { nodes: [{ metadata: { name: "a" } }, { metadata: { name: "a" } }] } },
      /nodes\[1\]\.metadata\.name/,
    ],
    "no-spec.json": [{ pending: [{ metadata: { name: "p" } }] }, /pending\[0\]\.spec: /],
    "quantity.json": [
      { objects: { nodes: [{ metadata: { name: "a" }, status: { allocatable: { cpu: "4 cores" } } }] } },
      /allocatable\.cpu: expected a quantity/,
    ],
  };
  const good = { name: "c", tieBreak: "heap", objects: { nodes: [] }, pending: [] };
  for (const [name, [parts, message]] of Object.entries(bad)) {
    writeFileSync(join(folder, name), JSON.stringify({ ...good, ...parts }));
    refused([name], message);
  }
  writeFileSync(join(folder, "cut.json"), readFileSync(join(fixtures, "gates.json"), "utf8").slice(0, 5000));
  refused(["cut.json"], /cut\.json:\d+:\d+/);
});

test.run();
