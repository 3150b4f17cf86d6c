// Runs that take too much, and workers that die: what is tried again, what is not, and that the rest of the batch goes on.
// test-timeout: 240s
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { NO_LIMITS } from "../../sim/batch/limits.ts";
import { BatchError, WorkerPool } from "../../sim/batch/pool.ts";
import { readSchedulerConfiguration } from "../../sim/model/read-scheduler-configuration.ts";
import type { Plan } from "../../sim/scenario/plan.ts";
import { makePlan } from "../plans.ts";

const folder = mkdtempSync(join(tmpdir(), "kubedrill-limits-"));
test.after(() => rmSync(folder, { recursive: true }));

/** A plan whose scheduler has a plugin that does this when it is made. */
function doing(name: string, source: string): Plan {
  const path = join(folder, `${name}.mjs`);
  const head = 'import fs from "node:fs";';
  writeFileSync(path, `${head}\nexport const plugin = () => { ${source}; return { name: "Odd" }; };\n`);
  const { configuration } = readSchedulerConfiguration({
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    profiles: [{ schedulerName: "default-scheduler", plugins: { multiPoint: { enabled: [{ name: path }] } } }],
  });
  const plan = makePlan();
  return { ...plan, durationMicros: 1, scheduler: { ...plan.scheduler, configuration } };
}

const marker = join(folder, "died");
const quoted = JSON.stringify(marker);
const plans = [
  makePlan({ durationMicros: 1 }),
  doing("dies-once", `if (!fs.existsSync(${quoted})) { fs.writeFileSync(${quoted}, ""); process.exit(7); }`),
  doing("dies", "process.exit(9)"),
  doing("endless", "for (;;);"),
  doing("heap", "const kept = []; for (;;) kept.push(new Array(1000).fill(0).map((_, i) => `${i}`))"),
  doing("throws", "throw new Error('as always')"),
];

const run = (pool: WorkerPool, planIndex: number) => pool.run({ planIndex, seed: "1" });

test("a run whose worker dies is begun again in another; one whose worker always dies fails; the pool lives on", async () => {
  const pool = new WorkerPool({ plans }, 1, { ...NO_LIMITS, retries: 1 });
  const once = await run(pool, 1);
  assert.ok(once.ok, JSON.stringify(once));
  assert.ok(existsSync(marker));
  try {
    await run(pool, 2);
    assert.unreachable();
  } catch (error) {
    assert.instance(error, BatchError);
    assert.match((error as Error).message, /exited with code: 9, 2 times in a row/);
  }
  // fails by itself: said at once, as data
  assert.match(((await run(pool, 5)) as { message: string }).message, /as always/);
  assert.ok((await run(pool, 0)).ok);
  await pool.close();
});

test("a run that takes too long is ended, and the next one has a worker", async () => {
  const pool = new WorkerPool({ plans }, 1, { ...NO_LIMITS, timeoutMillis: 1500 });
  const late = await run(pool, 3);
  assert.equal(late, {
    ok: false,
    message: "took longer than --run-timeout allows (1.5 s)",
    errorName: "RunTimeoutError",
  });
  await pool.close();
});

test("a run that takes too much memory fails alone", async () => {
  const pool = new WorkerPool({ plans }, 1, { ...NO_LIMITS, memoryBytes: 96 << 20, retries: 0 });
  try {
    await run(pool, 4);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /out of memory/);
    assert.is((error as BatchError).errorName, "RunMemoryError");
  }
  assert.ok((await run(pool, 0)).ok);
  await pool.close();
});

test.run();
