// What stands in Redis of a batch: each outcome once, whoever writes it how often; and what is said when there is no Redis.
import IORedis from "ioredis";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { NO_LIMITS } from "../../../sim/batch/limits.ts";
import { openQueue, QueueError } from "../../../sim/batch/queue/connection.ts";
import { QueuedBatch, type QueuedOutcome, type QueuedSetup } from "../../../sim/batch/queue/queued-batch.ts";
import { makePlan } from "../../plans.ts";
import { fakeManifest, seedsUpTo } from "../fakes.ts";
import { startRedis } from "./redis.ts";

async function refusal(url: string): Promise<string> {
  try {
    (await openQueue(url)).redis.disconnect();
  } catch (error) {
    assert.instance(error, QueueError);
    return (error as Error).message;
  }
  return assert.unreachable(`${url} was accepted`) as never;
}

test("an address that is none, and one where nobody answers", async () => {
  assert.match(await refusal("localhost:6379"), /expected redis:\/\//);
  assert.match(await refusal("nowhere"), /expected an address such as redis:\/\/127\.0\.0\.1:6379/);
  // port 1 is nobody's; the password is not shown
  assert.match(await refusal("redis://user:secret@127.0.0.1:1"), /^no answer from redis:\/\/127\.0\.0\.1:1: /);
});

const server = await startRedis();
if (server === undefined) {
  console.log("skipped: 5 (neither redis-server nor valkey-server is installed)");
} else {
  const redis = new IORedis.Redis(server.url);
  test.after(async () => {
    redis.disconnect();
    await server.stop();
  });
  const manifest = fakeManifest(["a"], seedsUpTo(3));
  const setup: QueuedSetup = { manifest, setup: { plans: [makePlan({ durationMicros: null })] }, limits: NO_LIMITS };
  const record = (byte: number): QueuedOutcome => ({ ok: true, record: new Uint8Array(2000).fill(byte) });
  const fetchAll = async (batch: QueuedBatch) => {
    const got: [number, QueuedOutcome][] = [];
    while ((await batch.fetch((index, outcome) => got.push([index, outcome]))) > 0);
    return got.sort(([a], [b]) => a - b);
  };

  test("workers get plans as they are, until the batch is over", async () => {
    const batch = new QueuedBatch(redis, "setup");
    assert.is(await batch.setup(), undefined);
    await batch.publish(setup);
    assert.equal(await batch.setup(), setup);
    await batch.remove();
    assert.is(await batch.setup(), undefined);
  });

  test("outcomes are fetched once each, also many, also one that was written twice", async () => {
    const batch = new QueuedBatch(redis, "fetch");
    await batch.publish(setup);
    for (let index = 0; index < 300; index++) await batch.put(index, record(index));
    await batch.put(7, record(7));
    assert.ok(await batch.has(7));
    const got = await fetchAll(batch);
    assert.equal(
      got.map(([index]) => index),
      Array.from({ length: 300 }, (_, i) => i),
    );
    assert.equal(Array.from((got[9]![1] as { record: Uint8Array }).record.slice(0, 2)), [9, 9]);
    assert.not(await batch.has(7));
    assert.equal(await fetchAll(batch), []);
    await batch.remove();
  });

  test("an outcome that was not accepted stays", async () => {
    const batch = new QueuedBatch(redis, "kept");
    await batch.publish(setup);
    await batch.put(1, { ok: false, message: "no", errorName: "E" });
    try {
      await batch.fetch(() => {
        throw new Error("disk full");
      });
      assert.unreachable();
    } catch (error) {
      assert.is((error as Error).message, "disk full");
    }
    assert.equal(await fetchAll(batch), [[1, { ok: false, message: "no", errorName: "E" }]]);
    await batch.remove();
  });

  test("what comes after the batch is over leaves nothing behind", async () => {
    const batch = new QueuedBatch(redis, "late");
    await batch.publish(setup);
    await batch.put(0, record(1));
    await batch.remove();
    await batch.put(1, record(1));
    assert.equal(await redis.keys("kubedrill:batch:late:*"), []);
  });

  test("one process at a time fetches; when it has gone silent another does", async () => {
    const batch = new QueuedBatch(redis, "owner");
    assert.ok(await batch.own("first", 1));
    assert.ok(await batch.own("first", 1));
    assert.not(await batch.own("second", 1));
    await redis.del("kubedrill:batch:owner:owner");
    assert.ok(await batch.own("second", 1));
    await batch.remove();
  });
}

test.run();
