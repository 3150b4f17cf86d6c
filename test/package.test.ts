// The package as a user gets it: packed, unpacked into an empty folder beside its declared dependencies only, run as a command,
// imported as a library with the documented examples, and checked with its types.
// test-timeout: 180s
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { repositoryRoot } from "./checks/source-tree.ts";

const outDir = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), "kubedrill-package-"));
const installed = join(folder, "user/node_modules/kubedrill");
const user = join(folder, "user");
test.after(() => rmSync(folder, { recursive: true }));

function node(args: readonly string[]) {
  const done = spawnSync(process.execPath, args, {
    cwd: user,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
    timeout: 60_000,
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

test("packs, and unpacks beside nothing but its dependencies", () => {
  // from a copy, so that the tree that these tests run from is not built anew under them
  const staging = join(folder, "staging");
  mkdirSync(staging);
  for (const name of ["package.json", "README.md", "LICENSE", "CHANGELOG.md", "scenarios"]) {
    if (existsSync(join(repositoryRoot, name)))
      cpSync(join(repositoryRoot, name), join(staging, name), { recursive: true });
  }
  for (const name of ["sim", "reports", "page", "bench", "test/runner"])
    cpSync(join(outDir, name), join(staging, "dist", name), { recursive: true });
  chmodSync(join(staging, "dist/sim/cli/main.js"), 0o755);
  execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder], { cwd: staging });
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  assert.ok(tarball);
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["-xzf", join(folder, tarball!), "-C", installed, "--strip-components", "1"]);
  const { dependencies } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  for (const name of Object.keys(dependencies)) {
    mkdirSync(dirname(join(user, "node_modules", name)), { recursive: true });
    symlinkSync(join(repositoryRoot, "node_modules", name), join(user, "node_modules", name));
  }
  assert.not(existsSync(join(installed, "dist/test")), "tests stay at home");
  assert.not(existsSync(join(installed, "sim")), "sources too");
});

test("the command runs, as it is linked by npm", () => {
  const main = join(installed, "dist/sim/cli/main.js");
  const done = spawnSync(main, ["init", "."], { cwd: user, encoding: "utf8" });
  assert.is(done.status, 0, done.stderr);
  // two minutes of it: what the whole half hour does is tested with the command line
  const short = [
    "--set",
    "duration=2m",
    "--set",
    "actions=[]",
    "--set",
    "faults=[]",
    "--set",
    'expect=["created > 0"]',
  ];
  const run = node([main, "run", "scenario.yaml", ...short]);
  assert.is(run.code, 0, run.err);
  assert.ok(existsSync(join(user, "out/summary.csv")));
  const batch = node([main, "batch", "scenario.yaml", "--seeds", "1..2", "-w", "1", "-o", "batch", ...short]);
  assert.is(batch.code, 0, batch.err);
  const bundled = node([main, "validate", join(installed, "scenarios/capacity/first-run.yaml")]);
  assert.is(bundled.code, 0, bundled.err);
});

test("the page of kubedrill serve is in the package", () => {
  for (const name of ["index.html", "app.js", "app.css", "icon.svg", "licences.txt"])
    assert.ok(existsSync(join(installed, "dist/page", name)), name);
  const serve = `
    import { serve } from "./node_modules/kubedrill/dist/sim/serve/server.js";
    const serving = await serve({ folder: ".", port: 0, timeoutMillis: 1e4, memoryBytes: 2 ** 28 });
    const page = await fetch(serving.url);
    console.log(page.status, (await page.text()).includes("/app.js"));
    await serving.close();`;
  writeFileSync(join(user, "serve.mjs"), serve);
  const done = node(["serve.mjs"]);
  assert.is(done.out, "200 true\n", done.err);
});

const documented = [...readFileSync(join(repositoryRoot, "docs/LIBRARY.md"), "utf8").matchAll(/```js\n(.*?)```/gs)].map(
  (match) => match[1]!,
);

test("every example of the library's documentation runs", () => {
  assert.is(documented.length, 5);
  // ten minutes instead of thirty
  const scenario = join(user, "scenario.yaml");
  writeFileSync(scenario, readFileSync(scenario, "utf8").replace("duration: 30m", "duration: 10m"));
  const outputs = documented.map((source, i) => {
    writeFileSync(join(user, `example-${i}.mjs`), source);
    const done = node([`example-${i}.mjs`]);
    assert.is(done.code, 0, done.err);
    return done.out;
  });
  assert.match(
    outputs[0]!,
    /^default\/small [ab]\ndefault\/large [ab]\ndefault\/too-large 0\/2 nodes are available: 2 Insufficient cpu\./,
  );
  assert.match(outputs[1]!, /^[0-9a-f]{16} true\n/);
  assert.match(outputs[2]!, /^\d+ more of cache fit\. \d+ true\n.* \d+\n/);
  assert.match(outputs[3]!, /^ \d+ \{ cpuOnly: \d+/);
  assert.ok(readFileSync(join(user, "pods.csv"), "utf8").split("\n").length > 40);
});

test("the examples have types, and mistakes in their use are errors", () => {
  const options = {
    module: "nodenext",
    target: "es2023",
    lib: ["es2023"],
    strict: true,
    noEmit: true,
    types: ["node"],
    typeRoots: [join(repositoryRoot, "node_modules/@types")],
  };
  writeFileSync(join(user, "package.json"), '{ "type": "module" }');
  const check = (source: string): string => {
    writeFileSync(join(user, "typed.ts"), source);
    writeFileSync(join(user, "tsconfig.json"), JSON.stringify({ compilerOptions: options, files: ["typed.ts"] }));
    const tsc = join(repositoryRoot, "node_modules/typescript/bin/tsc");
    return node([tsc, "-p", "tsconfig.json"]).out;
  };
  const use = 'import { loadScenario, schedule, simulate, type PluginFactory, type Result } from "kubedrill";\n';
  const uses = `${use}const result: Result = simulate(loadScenario("x").plans[0]!, 1);
const report = schedule({ nodes: [], pods: [] }, { tieBreak: "first" });
const digest: string = result.identity.digest + report.pods.map((p) => p.pod).join();
export const plugin: PluginFactory = () => ({ name: digest, score: (_state, pod, node) => pod.shape.priority + node.pods.length });
`;
  const wrong = 'schedule({ nodes: 3 });\nsimulate(loadScenario("x"));\n';
  const line = uses.split("\n").length;
  const places = [...check(uses + wrong).matchAll(/^\S.*?\((\d+,\d+)\): error TS\d+/gm)].map((match) => match[1]);
  assert.equal(places, [`${line},12`, `${line + 1},10`], "errors in the wrong lines, and in no other");
});

test.run();
