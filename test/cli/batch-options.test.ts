// The options of `kubedrill batch`: what they mean, and what is refused with which words.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type BatchArguments, limitsOf, seedsOf, shardOf, untilOf, workersOf } from "../../sim/cli/batch-options.ts";

const given = (more: Partial<BatchArguments> = {}): BatchArguments => ({
  "keep-going": false,
  restart: false,
  ...more,
});

test("seeds: as given, each scenario's own, or enough for --until", () => {
  assert.equal(seedsOf(given({ seeds: "1..3,x" })), ["1", "2", "3", "x"]);
  assert.is(seedsOf(given()), undefined);
  assert.is(seedsOf(given({ until: "ci95<1%" }))?.length, 1000);
  assert.equal(seedsOf(given({ until: "ci95<1%", "max-seeds": 3 })), ["1", "2", "3"]);
  assert.equal(seedsOf(given({ until: "ci95<1%", "max-seeds": 2, seeds: "5..9" })), ["5", "6"]);
  assert.throws(() => seedsOf(given({ seeds: "5..1" })), /--seeds 5\.\.1: expected a range such as 1\.\.20/);
});

test("limits: none, times and amounts", () => {
  assert.equal(limitsOf(given()), { timeoutMillis: null, memoryBytes: null, retries: 2 });
  assert.equal(limitsOf(given({ "run-timeout": "1m30s", "run-memory": "2Gi", retries: 0 })), {
    timeoutMillis: 90_000,
    memoryBytes: 2 * 1024 * 1024 * 1024,
    retries: 0,
  });
  assert.throws(() => limitsOf(given({ "run-timeout": "soon" })), /--run-timeout soon: expected a time such as 90s/);
  assert.throws(() => limitsOf(given({ "run-memory": "1Mi" })), /of at least 64Mi/);
  assert.throws(() => limitsOf(given({ "run-memory": "lots" })), /--run-memory lots: expected an amount such as 512Mi/);
  assert.throws(() => limitsOf(given({ retries: -1 })), /--retries -1: expected a whole number from 0 to 100/);
});

test("workers: one per core, or how many", () => {
  assert.ok(workersOf(given()) >= 1);
  assert.is(workersOf(given({ workers: 7 })), 7);
  for (const workers of [0, 1.5, 2000]) {
    assert.throws(() => workersOf(given({ workers })), /expected a whole number from 1 to 1024/);
  }
});

test("shards count from 1", () => {
  assert.is(shardOf(given()), undefined);
  assert.equal(shardOf(given({ shard: "2/4" })), { index: 2, count: 4 });
  for (const shard of ["0/2", "3/2", "1", "a/b"]) {
    assert.throws(() => shardOf(given({ shard })), /expected which of how many, such as 1\/4, counted from 1/);
  }
  assert.throws(() => shardOf(given({ shard: "1/2", queue: "redis://x" })), /two ways to use many machines/);
});

test("until: with what it can be combined", () => {
  assert.is(untilOf(given()), undefined);
  assert.is(untilOf(given({ until: "ci95<1%" }))?.minSeeds, 10);
  assert.is(untilOf(given({ until: "ci95<1%", "min-seeds": 30 }))?.minSeeds, 30);
  assert.throws(() => untilOf(given({ "min-seeds": 30 })), /go with --until/);
  assert.throws(() => untilOf(given({ until: "ci95<1%", shard: "1/2" })), /does not go with --shard/);
  assert.throws(
    () => untilOf(given({ until: "ci95(pods)<1%" })),
    /--until ci95\(pods\)<1%: summary\.csv has no column/,
  );
});

test.run();
