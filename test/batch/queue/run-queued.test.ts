// A batch over a queue, with a worker of this process: the records of one machine, early stopping, failures, and what is refused.
// test-timeout: 120s
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import IORedis from "ioredis";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { NO_LIMITS } from "../../../sim/batch/limits.ts";
import { manifestOf } from "../../../sim/batch/manifest.ts";
import { encodeOutcome } from "../../../sim/batch/outcome-file.ts";
import { QueueWorker } from "../../../sim/batch/queue/queue-worker.ts";
import { runQueued } from "../../../sim/batch/queue/run-queued.ts";
import { runPlan } from "../../../sim/batch/run-task.ts";
import { StoredBatch } from "../../../sim/batch/stored-batch.ts";
import { parseUntil, type UntilRule } from "../../../sim/batch/until-rule.ts";
import { WorkFolder } from "../../../sim/batch/work-folder.ts";
import { loadScenario } from "../../../sim/scenario/load.ts";
import type { Plan } from "../../../sim/scenario/plan.ts";
import { repositoryRoot } from "../../checks/source-tree.ts";
import { seedsUpTo } from "../fakes.ts";
import { startRedis } from "./redis.ts";

const server = await startRedis();
if (server === undefined) {
  console.log("skipped: 3 (neither redis-server nor valkey-server is installed)");
} else {
  const folder = mkdtempSync(join(tmpdir(), "kubedrill-queued-"));
  const { url } = server;
  const redis = new IORedis.Redis(url);
  const worker = await QueueWorker.start({ url, concurrency: 1, stalledMillis: 30_000, onNotice: () => undefined });
  test.after(async () => {
    await worker.close();
    redis.disconnect();
    await server.stop();
    rmSync(folder, { recursive: true });
  });
  const { plans } = loadScenario(join(repositoryRoot, "test/fixtures/batch/tiny.yaml"));
  const options = { url, limits: NO_LIMITS, onNotice: () => undefined };
  const open = (name: string, of: readonly Plan[], seeds: number, until?: UntilRule) => {
    const manifest = manifestOf({ plans: of, seeds: seedsUpTo(seeds), until });
    const work = new WorkFolder(join(folder, name), manifest, false);
    return new StoredBatch(manifest, work, { keepGoing: false, onProgress: () => undefined });
  };
  const ourKeys = () => redis.keys("kubedrill:batch:*");

  test("its records are those of this thread, and nothing of it stays in Redis", async () => {
    const batch = open("whole", plans, 5);
    await runQueued(batch, { plans }, options);
    for (const index of [0, 4]) {
      const here = await runPlan(plans[0]!, String(index + 1));
      assert.equal(
        Buffer.from(batch.folder.record(index)),
        Buffer.from(encodeOutcome(batch.folder.storeOf(index).key, here)),
      );
    }
    assert.equal(await ourKeys(), []);
    assert.is(worker.delivered, 5);
    batch.folder.remove();
  });

  test("it stops when enough is known, and takes the rest out of the queue", async () => {
    const batch = open("until", plans, 400, parseUntil("ci95(nodes_end)<1%", 4) as UntilRule);
    await runQueued(batch, { plans }, options);
    assert.is(batch.schedule.wanted().length, 4);
    assert.equal(await ourKeys(), []);
    batch.folder.remove();
  });

  test("a run that fails ends the batch with its name and seed, as it does here", async () => {
    const broken = [{ ...plans[0]!, name: "broken", durationMicros: Number.NaN }];
    const batch = open("broken", broken, 2);
    try {
      await runQueued(batch, { plans: broken }, options);
      assert.unreachable();
    } catch (error) {
      assert.match((error as Error).message, /^broken, seed \d: /);
    }
    assert.equal(await ourKeys(), []);
    batch.folder.leave();
  });
}

test.run();
