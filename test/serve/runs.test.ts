// Runs in threads: their course, cancelling at any moment, limits on time and memory, waiting in line, forgetting the oldest.
// test-timeout: 240s
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { simulate } from "../../sim/cluster.ts";
import { loadScenarioText } from "../../sim/scenario/load.ts";
import { Refusal } from "../../sim/serve/exchange.ts";
import type { RunState } from "../../sim/serve/protocol.ts";
import { Runs } from "../../sim/serve/runs.ts";

const folder = mkdtempSync(join(tmpdir(), "kubedrill-runs-"));
const all: Runs[] = [];
test.after(async () => {
  await Promise.all(all.map((runs) => runs.close()));
  rmSync(folder, { recursive: true });
});

const LIMITS = { timeoutMillis: 60_000, memoryBytes: 2 ** 30, concurrent: 1, kept: 3, keptBytes: 2 ** 30 };

function open(limits: Partial<typeof LIMITS> = {}): Runs {
  const runs = new Runs({ ...LIMITS, ...limits });
  all.push(runs);
  return runs;
}

const scenario = (spec: string) => `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: small }
spec:
  cluster: { controlPlane: { controllerManager: false }, nodePools: [{ name: n, count: 3, zones: [a, b, c], machine: { cpu: 4, memory: 8Gi } }] }
${spec}`;
const SHAPE = "shape: { spec: { containers: [{ name: c, resources: { requests: { cpu: 100m, memory: 64Mi } } }] } }";
const SHORT = scenario(`  duration: 10m
  workload: [{ arrivals: { ${SHAPE}, every: 20s, lifetime: 2m } }]
  expect: [pending == 0]
`);
/** More than any test waits for. */
const ENDLESS = scenario(`  duration: 90d
  workload: [{ arrivals: { ${SHAPE}, every: 100ms, lifetime: 1s } }]
`);
const asked = (text: string, seed = "") => ({
  source: { text, name: "small.yaml", folder, root: folder },
  variant: "",
  seed,
});

function until(runs: Runs, id: string, is: (state: RunState) => boolean): Promise<RunState> {
  return new Promise((resolve) => {
    const look = () => {
      const state = runs.state(id);
      if (!is(state)) return;
      stop();
      resolve(state);
    };
    const stop = runs.listen(look);
    look();
  });
}
const ended = (runs: Runs, id: string) => until(runs, id, ({ phase }) => !["waiting", "running"].includes(phase));

test("a run ends with the same digest as on the command line, and tells how it comes along", async () => {
  const runs = open();
  const seen: RunState[] = [];
  runs.listen((state) => seen.push(state));
  const { id } = runs.start(asked(SHORT, "7"));
  const done = await ended(runs, id);
  assert.is(done.phase, "done", done.message);
  assert.is(done.isMet, true);
  assert.is(done.scenario, "small");
  assert.is(done.seed, "7");
  const [plan] = loadScenarioText(SHORT, "small.yaml", folder).plans;
  assert.is(runs.outcome(id).identity.digest, simulate(plan!, "7").identity.digest);
  assert.equal([...new Set(seen.map(({ phase }) => phase))], ["waiting", "running", "done"]);
  const shares = seen.map(({ share }) => share);
  assert.equal(
    shares,
    [...shares].sort((a, b) => a - b),
    "never backwards",
  );
});

test("a run is cancelled at any moment, and the next one begins", async () => {
  const runs = open();
  const { id } = runs.start(asked(ENDLESS));
  const next = runs.start(asked(SHORT));
  assert.is(next.phase, "waiting");
  await until(runs, id, ({ scenario: name }) => name !== "");
  runs.remove(id);
  assert.is(runs.state(id).phase, "cancelled");
  assert.is((await ended(runs, next.id)).phase, "done");
  assert.throws(
    () => runs.outcome(id),
    (error: unknown) => error instanceof Refusal && error.status === 409,
  );
});

test("one that waits is cancelled before it begins", () => {
  const runs = open();
  const { id } = runs.start(asked(ENDLESS));
  const waiting = runs.start(asked(SHORT));
  runs.remove(waiting.id);
  assert.is(runs.state(waiting.id).phase, "cancelled");
  runs.remove(id);
  const states = runs.states().map(({ phase }) => phase);
  assert.equal(states, ["cancelled", "cancelled"]);
});

test("a run that takes longer than it may is ended", async () => {
  const runs = open({ timeoutMillis: 1500 });
  const { message, phase } = await ended(runs, runs.start(asked(ENDLESS)).id);
  assert.is(phase, "failed");
  assert.is(message, "the run took longer than 1.5 s");
});

test("a run that takes more memory than it may is ended", async () => {
  const runs = open({ memoryBytes: 48 << 20 });
  const many = scenario(`  duration: 1h
  workload: [{ pods: { ${SHAPE}, count: 200000 } }]
`);
  const { message, phase } = await ended(runs, runs.start(asked(many)).id);
  assert.is(phase, "failed");
  assert.is(message, "the run took more memory than it may");
});

test("mistakes of a scenario come back with their places, in the words of kubedrill validate", async () => {
  const runs = open();
  const state = await ended(runs, runs.start(asked(SHORT.replace("duration", "duraton"))).id);
  assert.is(state.phase, "failed");
  assert.match(
    state.problems.map(({ text }) => text).join("\n"),
    /^small\.yaml:6:3: spec\.duraton: expected a known field; did you mean duration\?/m,
  );
});

test("what a scenario names outside of the folder is not read", async () => {
  writeFileSync(
    join(folder, "pods.yaml"),
    "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: c }] }\n",
  );
  const naming = (file: string) =>
    asked(scenario(`  duration: 1m\n  workload: [{ pods: { shape: ${file}, count: 1 } }]\n`));
  const runs = open();
  assert.is((await ended(runs, runs.start(naming("./pods.yaml")).id)).phase, "done");
  for (const file of ["/etc/hostname", "../../etc/hostname"]) {
    const { problems } = await ended(runs, runs.start(naming(file)).id);
    assert.match(problems[0]!.text, /expected a file below .*kubedrill-runs-\w+, found "/);
  }
});

test("a variant that is not there, or not chosen, is said so", async () => {
  const runs = open();
  const swept = SHORT.replace("  duration", '  sweep: { "cluster.nodePools[0].count": [2, 3] }\n  duration');
  const { message } = await ended(runs, runs.start(asked(swept)).id);
  assert.match(message, /^choose a variant: /);
  const [, name = ""] = /^choose a variant: (.+?), /.exec(message)!;
  const done = await ended(runs, runs.start({ ...asked(swept), variant: name }).id);
  assert.is(done.phase, "done", done.message);
  assert.is(done.variant, name);
});

test("the oldest results go when there are too many, and a line has an end", async () => {
  const runs = open({ kept: 2 });
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) {
    ids.push(runs.start(asked(SHORT)).id);
    await ended(runs, ids[i]!);
  }
  runs.start(asked(ENDLESS));
  assert.throws(
    () => runs.state(ids[0]!),
    (error: unknown) => error instanceof Refusal && error.status === 404,
  );
  for (let i = 0; i < 20; i++) runs.start(asked(SHORT));
  assert.throws(
    () => runs.start(asked(SHORT)),
    (error: unknown) => error instanceof Refusal && error.status === 429,
  );
});

test("large results make room for later ones, and the last is always there", async () => {
  const runs = open({ keptBytes: 1 });
  const first = runs.start(asked(SHORT));
  await ended(runs, first.id);
  assert.ok(runs.outcome(first.id).parts.length > 0);
  const second = runs.start(asked(SHORT));
  await ended(runs, second.id);
  assert.equal(
    runs.states().map(({ id }) => id),
    [second.id],
  );
});

test.run();
