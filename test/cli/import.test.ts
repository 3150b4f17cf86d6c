// kubedrill import from outside: the bundled example is what its input becomes, and run, fit, validate and plan take it; what is there is left
// alone; bad input, --strict and files that cannot be written leave nothing behind.
// test-timeout: 120s
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { repositoryRoot } from "../checks/source-tree.ts";
import { kubedrill, mainFile } from "./command.ts";

const folder = mkdtempSync(join(tmpdir(), "kubedrill-import-"));
test.after(() => rmSync(folder, { recursive: true }));

const GIVEN = ["cluster.yaml", "experiment.json", "rates.json"].map((name) => `scenarios/imported/given/${name}`);
const run = (...args: string[]) => kubedrill(["import", ...args], repositoryRoot);

test("the bundled scenario is what its input becomes", () => {
  const out = join(folder, "shop");
  const { code, err, out: printed } = run(...GIVEN, "--name", "imported-shop", "--out", out);
  assert.is(err, "");
  assert.is(code, 0);
  assert.match(printed, /^read 1 file of Kubernetes objects, 1 file of Chaos Toolkit, 1 file of Prometheus$/m);
  assert.match(printed, /3 nodes, 4 pods at the start \(4 on their nodes\), 1 faults, 2 actions/);
  assert.match(printed, /^ {2}1 × process provider: commands are not run \(announce at .*experiment\.json:\d+\)$/m);
  const bundled = join(repositoryRoot, "scenarios/imported/shop");
  assert.equal(readdirSync(out).sort(), readdirSync(bundled).sort());
  for (const name of readdirSync(bundled))
    assert.is(readFileSync(join(out, name), "utf8"), readFileSync(join(bundled, name), "utf8"), name);
});

test("validate, fit and plan take it at once", () => {
  const scenario = join(folder, "shop/scenario.yaml");
  for (const command of [
    ["validate", scenario],
    ["fit", scenario],
    ["plan", "fit-more", scenario, "--pod", "cpu=1,memory=1Gi"],
  ])
    assert.is(kubedrill(command, repositoryRoot).code, 0, command[0]);
});

test("what is there is left alone without --force", () => {
  const out = join(folder, "taken");
  mkdirSync(out);
  writeFileSync(join(out, "scenario.yaml"), "mine");
  const refused = run(GIVEN[0]!, "--out", out);
  assert.is(refused.code, 2);
  assert.match(refused.err, /scenario\.yaml is there already; --force overwrites it/);
  assert.equal(readdirSync(out), ["scenario.yaml"]);
  assert.is(readFileSync(join(out, "scenario.yaml"), "utf8"), "mine");
  assert.is(run(GIVEN[0]!, "--out", out, "--force").code, 0);
  assert.match(readFileSync(join(out, "scenario.yaml"), "utf8"), /^# Made by kubedrill import/);
});

test("--strict writes nothing and exits with 1 when something has no equivalent", () => {
  const out = join(folder, "strict");
  const { code, err, out: printed } = run(...GIVEN, "--strict", "--out", out);
  assert.is(code, 1);
  assert.is(printed, "");
  assert.match(err, /3 things have no equivalent; with --strict nothing is written/);
  assert.not.ok(existsSync(out));
  assert.is(run(GIVEN[0]!, "--strict", "--out", out).code, 0);
});

const written = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

for (const [title, name, text, options, expected] of [
  [
    "YAML with a mistake",
    "a.yaml",
    "apiVersion: v1\nkind: Pod\nmetadata: { name: X }\nspec: { containers: 3 }\n",
    [],
    /a\.yaml:3:\d+: metadata\.name: expected a name.*\n.*a\.yaml:4:/,
  ],
  [
    "no document that is known",
    "b.json",
    '{"a": 1}',
    [],
    /b\.json:1:1: expected a format that import knows, found a mapping with a/,
  ],
  ["a scenario", "c.yaml", "apiVersion: kubedrill/v1alpha1\nkind: Scenario\n", [], /this is a scenario already/],
  ["broken JSON", "d.json", '{"a": ', [], /d\.json:1:\d+/],
  ["an empty file", "e.yaml", "", [], /e\.yaml:1:1: expected something to import, found an empty file/],
  ["a table of no known trace", "f.csv", "a,b\n1,2\n", [], /f\.csv:1:1/],
  ["bytes that are no text", "g.json", "\u0000\u0001", [], /g\.json:1:1/],
  [
    "a format that is not known",
    "h.yaml",
    "a: 1",
    ["--from", "kubectk"],
    /--from kubectk: expected .*; did you mean kubectl\?/,
  ],
  ["a wrong name", "i.yaml", "a: 1", ["--name", "No Name"], /--name No Name: expected/],
  ["no nodes", "j.yaml", "a: 1", ["--nodes", "0"], /--nodes 0: expected/],
] as const)
  test(`refused: ${title}`, () => {
    const out = join(folder, "refused");
    const { code, err } = run(written(name, text), "--out", out, ...options);
    assert.is(code, 2, err);
    assert.match(err, expected);
    assert.not.match(err, /internal error/);
    assert.not.ok(existsSync(out));
  });

test("nothing that has an equivalent is no import", () => {
  const file = written("widget.yaml", "apiVersion: example.com/v1\nkind: Widget\nmetadata: { name: w }\n");
  const { code, err } = run(file, "--out", join(folder, "none"));
  assert.is(code, 2);
  assert.match(
    err,
    /widget\.yaml:1:1: expected something that has an equivalent \(Widget \(example\.com\/v1\): its controller is not simulated\), found "?Widget w/,
  );
});

test("a file that is not there, and a folder that cannot be made", () => {
  assert.match(run(join(folder, "none.yaml")).err, /none\.yaml:1:1: expected a file, folder or pattern that exists/);
  const { code, err } = run(GIVEN[0]!, "--out", join(written("file", ""), "below"));
  assert.is(code, 2);
  assert.match(err, /cannot write to/);
});

test("standard input, here only", () => {
  const out = join(folder, "stdin");
  const input = readFileSync(join(repositoryRoot, GIVEN[0]!));
  const done = spawnSync(process.execPath, [mainFile, "import", "-", "--out", out], { input, encoding: "utf8" });
  assert.is(done.stderr, "");
  assert.is(done.status, 0);
  assert.match(readFileSync(join(out, "scenario.yaml"), "utf8"), /name: imported/);
  const other = spawnSync(process.execPath, [mainFile, "run", "-"], { input, encoding: "utf8" });
  assert.match(other.stderr, /standard input is not read/);
});

test("gzip, folders and patterns; --nodes, --machine and --zones", () => {
  const out = join(folder, "sized");
  const app =
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: a }\nspec: { replicas: 2, selector: { matchLabels: { a: b } }, template: { metadata: { labels: { a: b } }, spec: { containers: [{ name: c }] } } }\n";
  mkdirSync(join(folder, "app/below"), { recursive: true });
  writeFileSync(join(folder, "app/below/a.yaml"), app);
  const { code, err } = run(
    join(folder, "app"),
    "--out",
    out,
    "--nodes",
    "7",
    "--machine",
    "cpu=2,memory=4Gi",
    "--zones",
    "x,y",
  );
  assert.is(code, 0, err);
  const text = readFileSync(join(out, "scenario.yaml"), "utf8");
  assert.match(text, /count: 7, zones: \[ x, y \], machine: \{ cpu: 2, memory: 4Gi/);
});

test.run();
