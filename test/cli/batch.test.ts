// kubedrill batch from outside: stopped and gone on with, in parts, until enough is known; the tables are always the same bytes.
// test-timeout: 240s
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { NO_LIMITS } from "../../sim/batch/limits.ts";
import { manifestOf, tasksOf } from "../../sim/batch/manifest.ts";
import { encodeOutcome } from "../../sim/batch/outcome-file.ts";
import { runPlan } from "../../sim/batch/run-task.ts";
import { parseUntil, type UntilRule } from "../../sim/batch/until-rule.ts";
import { WorkFolder } from "../../sim/batch/work-folder.ts";
import { batchView, isBatchMet, partView } from "../../sim/cli/batch-view.ts";
import {
  type BatchExecution,
  type ExecuteBatchOptions,
  executeBatch,
  type PartExecution,
} from "../../sim/cli/execute-batch.ts";
import { mergeParts } from "../../sim/cli/merge-parts.ts";
import { loadScenario } from "../../sim/scenario/load.ts";
import { repositoryRoot } from "../checks/source-tree.ts";

const folder = mkdtempSync(join(tmpdir(), "kubedrill-batch-"));
test.after(() => rmSync(folder, { recursive: true }));

const { plans } = loadScenario(join(repositoryRoot, "test/fixtures/batch/tiny-variants.yaml"));
const SEEDS = ["1", "2", "3", "4"];

function options(out: string, more: Partial<ExecuteBatchOptions> = {}): ExecuteBatchOptions {
  return {
    plans,
    seeds: SEEDS,
    until: undefined,
    workers: 1,
    limits: NO_LIMITS,
    keepGoing: false,
    shard: undefined,
    queue: undefined,
    restart: false,
    out: join(folder, out),
    progress: false,
    shuffleTies: undefined,
    ...more,
  };
}

function tables(out: string): Map<string, string> {
  const path = join(folder, out);
  return new Map(
    readdirSync(path)
      .sort()
      .map((name) => [name, readFileSync(join(path, name), "utf8")]),
  );
}

function rows(out: string, table: string): Record<string, string>[] {
  const [head, ...lines] = tables(out).get(`${table}.csv`)!.trimEnd().split("\n");
  const names = head!.split(",");
  // cells with commas are none of what these tests look at
  return lines.map((line) =>
    Object.fromEntries(line.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/).map((cell, i) => [names[i]!, cell])),
  );
}

let whole: BatchExecution;

test("a batch writes its tables, and leaves nothing else", async () => {
  whole = (await executeBatch(options("whole"))) as BatchExecution;
  assert.equal([...tables("whole").keys()], [...whole.files].sort());
  assert.is(rows("whole", "summary").length, 12);
  assert.ok(isBatchMet(whole));
  assert.match(batchView(whole), /tiny\[many\] +1 /);
});

test("statistics: one row per variant and metric that was measured, and they are those of the summary", () => {
  const created = rows("whole", "summary")
    .filter((row) => row.scenario === "tiny[few]")
    .map((row) => Number(row.pods_created));
  const row = rows("whole", "statistics").find((r) => r.variant === "few" && r.metric === "pods_created")!;
  assert.is(row.n, "4");
  assert.is(Number(row.mean), created.reduce((a, b) => a + b) / 4);
  assert.is(Number(row.min), Math.min(...created));
  assert.is(Number(row.max), Math.max(...created));
  assert.ok(Number(row.ci95_low) <= Number(row.mean) && Number(row.mean) <= Number(row.ci95_high));
  assert.ok(
    rows("whole", "statistics").every((r) => Number(r.n) > 0 && r.mean !== ""),
    "what nobody measured is left out",
  );
});

test("differences: arrivals are the same in all variants, so that they cancel out", () => {
  const all = rows("whole", "differences");
  assert.equal([...new Set(all.map((row) => `${row.baseline} ${row.variant}`))], ["few many", "few fast"]);
  const created = all.find((row) => row.variant === "many" && row.metric === "pods_created")!;
  assert.equal(
    [created.n, created.difference, created.ci95_low, created.ci95_high],
    ["4", "0.0000", "0.0000", "0.0000"],
  );
  const fast = all.find((row) => row.variant === "fast" && row.metric === "pods_created")!;
  assert.ok(Number(fast.difference) > 0);
  assert.is(fast.higher_pct, "100.0000");
});

test("a batch that was stopped goes on where it was, to the same bytes", async () => {
  const manifest = manifestOf({ plans, seeds: SEEDS });
  const path = join(folder, "resumed", ".kubedrill-batch");
  const work = new WorkFolder(path, manifest, false);
  for (const index of [0, 5, 11]) {
    const { planIndex, seed } = tasksOf(manifest)[index]!;
    work.put(index, encodeOutcome(work.storeOf(index).key, await runPlan(plans[planIndex]!, seed)));
  }
  assert.is(work.leave(), 3);
  await executeBatch(options("resumed"));
  assert.equal(tables("resumed"), tables("whole"));
});

test("parts of a batch, merged, are the same bytes", async () => {
  const parts: string[] = [];
  for (const index of [1, 2]) {
    const part = (await executeBatch(options("parts", { shard: { index, count: 2 } }))) as PartExecution;
    assert.match(partView(part), /^6 runs in .*part-\d-of-2\.kubedrill/);
    parts.push(part.part);
  }
  assert.equal(readdirSync(join(folder, "parts")).length, 2);
  await mergeParts([join(folder, "parts")], join(folder, "merged"));
  assert.equal(tables("merged"), tables("whole"));
});

test("as many seeds as it takes: a prefix of them, the same for all variants", async () => {
  const until = parseUntil("ci95(nodes_end)<1%", 3) as UntilRule;
  const execution = (await executeBatch(options("until", { until }))) as BatchExecution;
  assert.equal(
    execution.runs.map((run) => `${run.identity.scenario} ${run.identity.seed}`),
    ["few", "many", "fast"].flatMap((variant) => ["1", "2", "3"].map((seed) => `tiny[${variant}] ${seed}`)),
  );
});

test("a run that fails keeps what was done; the same command goes on; --keep-going lists it instead", async () => {
  const broken = { ...plans[1]!, durationMicros: Number.NaN };
  const failing = { plans: [plans[0]!, broken], seeds: ["1"] };
  try {
    await executeBatch(options("broken", failing));
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /^tiny\[many\], seed 1: /);
  }
  assert.equal(readdirSync(join(folder, "broken")), [".kubedrill-batch"]);
  const execution = (await executeBatch(options("broken", { ...failing, keepGoing: true }))) as BatchExecution;
  assert.not(isBatchMet(execution));
  assert.match(batchView(execution), /1 of 2 runs have no outcome: see failures\.csv/);
  assert.equal(
    rows("broken", "failures").map(({ scenario, seed }) => [scenario, seed]),
    [["tiny[many]", "1"]],
  );
  assert.is(rows("broken", "summary").length, 1);
  assert.not(existsSync(join(folder, "broken/.kubedrill-batch")));
});

test.run();
