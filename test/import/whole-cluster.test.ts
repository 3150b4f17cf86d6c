// A dump of a running cluster with one of everything, with all that the cluster has written into it: imported, every pod is where it was,
// and nothing happens but what goes on anyway.
// test-timeout: 120s
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { answerGet, SERVED } from "../../sim/cli/get-answer.ts";
import { simulate } from "../../sim/cluster.ts";
import { numbersOf, textReader } from "../../sim/metrics/table.ts";
import { repositoryRoot } from "../checks/source-tree.ts";
import { importTexts, planOf, remarksOf, withFolder, write } from "./input.ts";

async function dump(scenario: string, at: string): Promise<string> {
  const asked = {
    words: [SERVED.join(","), scenario],
    allNamespaces: true,
    output: "yaml",
    at,
    headers: true,
    showLabels: false,
  };
  return (await answerGet(asked as never)).out;
}

interface Shown {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: { readonly nodeName?: string };
  readonly status?: { readonly phase?: string };
}

async function podsAt(scenario: string, at: string): Promise<readonly Shown[]> {
  const asked = {
    words: ["pods", scenario],
    allNamespaces: true,
    output: "json",
    at,
    headers: true,
    showLabels: false,
  };
  return (JSON.parse((await answerGet(asked as never)).out) as { readonly items: readonly Shown[] }).items;
}

const FIXTURE = join(repositoryRoot, "test/fixtures/import/cluster.yaml");

test("one of everything: the same pods on the same nodes, and quiet", async () => {
  const before = (await podsAt(FIXTURE, "4m")).filter(({ status }) => status?.phase === "Running");
  assert.ok(before.length >= 4 + 2 + 5 + 2 + 1, `${before.length} pods`);
  const text = await dump(FIXTURE, "4m");
  assert.match(text, /resourceVersion/);
  const imported = importTexts({ "dump.yaml": text });
  const plan = planOf(imported);
  const places = (pods: readonly Shown[]) =>
    pods.map(({ metadata, spec }) => `${metadata.name} ${spec.nodeName}`).sort();
  assert.equal(places(plan.objects.pods as readonly Shown[]), places(before));
  assert.equal(
    imported.remarks.list("leftOut").map(({ what }) => what),
    [],
  );
  assert.is(remarksOf(imported)["noted Secret"], 1);
  await withFolder(async (folder) => {
    const scenario = write(imported, folder);
    // pods of a Job run for a hundred seconds: in a cluster that is settled they are over
    const lasting = ({ metadata }: Shown) => !metadata.name.startsWith("report-");
    const after = (await podsAt(scenario, "30s")).filter(({ status }) => status?.phase === "Running");
    assert.equal(places(after.filter(lasting)), places(before.filter(lasting)));
    const again = importTexts({ "dump.yaml": await dump(scenario, "0s") });
    for (const [i, file] of imported.files.entries()) if (i > 0) assert.is(again.files[i]?.text, file.text, file.name);
  });
});

test("the Job goes on where it was: six completions in all, none twice; nothing else is scheduled, restarted or rolled out", async () => {
  const plan = planOf(importTexts({ "dump.yaml": await dump(FIXTURE, "4m") }));
  const job = plan.objects.jobs[0];
  const done = job?.status?.succeeded ?? 0;
  assert.ok(done > 0);
  const { tables } = simulate(plan);
  const [nameOf, bound] = [textReader(tables.pods, "name"), numbersOf(tables.pods, "boundAtStart")];
  const fresh: string[] = [];
  for (let row = 0; row < tables.pods.rows; row++) if (bound[row] === 0) fresh.push(nameOf(row));
  assert.equal(
    fresh.filter((name) => !name.startsWith("report-")),
    [],
  );
  // two run at the start
  assert.is(fresh.length, 6 - done - 2);
  assert.is(tables.rollouts.rows, 0);
  assert.is(tables.evictions.rows, 0);
});

test.run();
