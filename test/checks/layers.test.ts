// Planted violations of the layer table, cycles, and imports in every syntax.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { COMPUTED_IMPORTS, checkLayers, importsOf, LAYERS, moduleOf } from "./layers.ts";
import { tokenize } from "./tokens.ts";

function check(files: Record<string, string>): string[] {
  return checkLayers(Object.entries(files).map(([path, text]) => ({ path, text }))).map(
    ({ path, line, message }) => `${path}:${line}: ${message}`,
  );
}

const FORBIDDEN: readonly (readonly [from: string, to: string])[] = [
  ["sim/engine/engine.ts", "sim/model/objects.ts"],
  ["sim/model/objects.ts", "sim/scheduler/cycle.ts"],
  ["sim/raft/raft.ts", "sim/engine/engine.ts"],
  ["sim/raft/raft.ts", "sim/model/objects.ts"],
  ["sim/network/link.ts", "sim/etcd/member.ts"],
  ["sim/metrics/recorder.ts", "sim/scheduler/cycle.ts"],
  ["sim/etcd/member.ts", "sim/apiserver/server.ts"],
  ["sim/apiserver/server.ts", "sim/etcd/member.ts"],
  ["sim/apiserver/server.ts", "sim/scheduler/cycle.ts"],
  ["sim/scheduler/cycle.ts", "sim/apiserver/storage.ts"],
  ["sim/scheduler/cycle.ts", "sim/node/kubelet.ts"],
  ["sim/scheduler/cycle.ts", "sim/scenario/plan.ts"],
  ["sim/scheduler/cycle.ts", "sim/metrics/result.ts"],
  ["sim/workload/pod.ts", "sim/scheduler/cycle.ts"],
  ["sim/controllers/job.ts", "sim/scheduler/cycle.ts"],
  ["sim/faults/crash.ts", "sim/node/kubelet.ts"],
  ["sim/scenario/load.ts", "sim/cluster.ts"],
  ["sim/scenario/load.ts", "sim/scheduler/cycle.ts"],
  ["sim/batch/pool.ts", "sim/scheduler/cycle.ts"],
  ["sim/cluster.ts", "sim/cli/main.ts"],
  ["sim/cluster.ts", "reports/csv.ts"],
  ["sim/analysis/fit.ts", "sim/index.ts"],
  ["sim/index.ts", "sim/cli/main.ts"],
  ["reports/csv.ts", "sim/scheduler/cycle.ts"],
  ["reports/csv.ts", "sim/cluster.ts"],
  ["sim/engine/engine.ts", "test/run.ts"],
  ["sim/cli/main.ts", "test/run.ts"],
  ["bench/a.bench.ts", "test/run.ts"],
  ["sim/newmodule/x.ts", "sim/engine/tick.ts"],
  ["sim/cli/main.ts", "sim/newmodule/x.ts"],
];

function relativePath(from: string, to: string): string {
  return "../".repeat(from.split("/").length - 1) + to;
}

for (const [from, to] of FORBIDDEN) {
  test(`${from} may not import ${to}`, () => {
    const problems = check({ [from]: `import { x } from "${relativePath(from, to)}";`, [to]: "" });
    assert.is(problems.length, 1, problems.join("\n"));
    assert.ok(problems[0]!.startsWith(`${from}:1:`));
  });
}

const ALLOWED: readonly (readonly [from: string, to: string])[] = [
  ["sim/model/objects.ts", "sim/engine/tick.ts"],
  ["sim/raft/raft.ts", "sim/engine/assert.ts"],
  ["sim/scheduler/cycle.ts", "sim/apiserver/client.ts"],
  ["sim/scheduler/plugins/x.ts", "sim/scheduler/cycle.ts"],
  ["sim/scheduler/cycle.ts", "sim/metrics/recorder.ts"],
  ["sim/faults/crash.ts", "sim/node/fault-points.ts"],
  ["sim/cluster.ts", "sim/scheduler/cycle.ts"],
  ["sim/cli/main.ts", "reports/csv.ts"],
  ["sim/batch/pool.ts", "reports/csv.ts"],
  ["reports/csv.ts", "sim/metrics/result.ts"],
  ["test/a.test.ts", "sim/cli/main.ts"],
];

for (const [from, to] of ALLOWED) {
  test(`${from} may import ${to}`, () => {
    assert.equal(check({ [from]: `import { x } from "${relativePath(from, to)}";`, [to]: "" }), []);
  });
}

const SYNTAX: readonly string[] = [
  'import { x } from "../model/a.ts";',
  "import { x } from '../model/a.ts';",
  'import x from "../model/a.ts";',
  'import * as x from "../model/a.ts";',
  'import "../model/a.ts";',
  'import type { X } from "../model/a.ts";',
  'export { x } from "../model/a.ts";',
  'export * from "../model/a.ts";',
  'export type { X } from "../model/a.ts";',
  'const x = await import("../model/a.ts");',
  'type X = import("../model/a.ts").X;',
  'import\n{ x }\nfrom /* hidden */\n"../model/a.ts";',
  'import { x } from "../\\u006dodel/a.ts";',
  'import { x } from "./../engine/../model/a.ts";',
];

for (const source of SYNTAX) {
  test(`sees ${JSON.stringify(source)}`, () => {
    assert.is(check({ "sim/engine/x.ts": source, "sim/model/a.ts": "" }).length, 1);
  });
}

test("a computed path is refused, but where it is listed", () => {
  assert.match(check({ "sim/cli/x.ts": "await import(name);" })[0]!, "computed path");
  for (const path of COMPUTED_IMPORTS) assert.equal(check({ [path]: "await import(name);" }), []);
  assert.match(check({ "sim/cli/x.ts": "await import(`./${name}.ts`);" })[0]!, "computed path");
});

test("comments and strings are not imports", () => {
  const text = `// import { x } from "../model/a.ts";\nconst s = 'import { x } from "../model/a.ts"';`;
  assert.equal(check({ "sim/engine/x.ts": text }), []);
});

test("packages are listed per module", () => {
  assert.equal(check({ "sim/engine/random.ts": 'import seedrandom from "seedrandom";' }), []);
  assert.is(check({ "sim/engine/random.ts": 'import yaml from "yaml";' }).length, 1);
  assert.is(check({ "sim/scheduler/cycle.ts": 'import { Piscina } from "piscina";' }).length, 1);
  assert.is(check({ "sim/scheduler/cycle.ts": 'import x from "@scope/name/sub";' }).length, 1);
});

test("cycles are found, of two and of many, and through types", () => {
  const two = check({ "sim/model/a.ts": 'import "./b.ts";', "sim/model/b.ts": 'import type { A } from "./a.ts";' });
  assert.is(two.length, 1);
  assert.match(two[0]!, "sim/model/a.ts → sim/model/b.ts → sim/model/a.ts");
  const ring = Object.fromEntries(
    Array.from({ length: 9 }, (_, i) => [`sim/model/m${i}.ts`, `import "./m${(i + 1) % 9}.ts";`]),
  );
  assert.is(check(ring).length, 1);
  assert.is(check({ "sim/model/a.ts": 'import "./a.ts";' }).length, 1);
  const diamond = { a: ["b", "c"], b: ["d"], c: ["d"], d: [] };
  const files = Object.entries(diamond).map(([name, to]) => [
    `sim/model/${name}.ts`,
    to.map((other) => `import "./${other}.ts";`).join("\n"),
  ]);
  assert.equal(check(Object.fromEntries(files)), []);
});

test("the table has no cycle of modules that may import each other", () => {
  for (const [name, { may }] of Object.entries(LAYERS)) {
    for (const target of may.filter((other) => LAYERS[other] !== undefined && other !== name)) {
      assert.not.ok(LAYERS[target]!.may.includes(name), `${name} and ${target}`);
    }
  }
});

test("modules are folders of sim, files of its top level, and top-level folders", () => {
  assert.is(moduleOf("sim/scheduler/plugins/x.ts"), "scheduler");
  assert.is(moduleOf("sim/cluster.ts"), "cluster");
  assert.is(moduleOf("reports/columns/pods.ts"), "reports");
});

test("member accesses named from or import are not imports", () => {
  assert.equal(importsOf(tokenize('Array.from("abc"); x.import("y");')), []);
});

test.run();
