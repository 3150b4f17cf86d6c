// Latency over time: each step has its own quantile and its own largest value, and what was accounted for afterwards lies where it was.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { LatencySteps, latencyTable } from "../../sim/metrics/latency-steps.ts";

const STEP = 1000;

test("steps do not mix: one slow request is the largest of its step only", () => {
  const steps = new LatencySteps(STEP);
  for (let i = 0; i < 200; i++) steps.answered(i, 10);
  steps.answered(500, 90);
  steps.answered(1000, 20);
  steps.failedAt(3500);
  steps.finish();
  const { numbers, rows } = latencyTable(steps, undefined, 3600);
  assert.is(rows, 3);
  assert.equal([...numbers.timeMicros!], [1000, 2000, 3600]);
  assert.equal([...numbers.apiRequests!], [201, 1, 0]);
  assert.equal([...numbers.apiFailed!], [0, 0, 1]);
  assert.equal([...numbers.apiP99Micros!], [10, 20, Number.NaN]);
  assert.equal([...numbers.apiMaxMicros!], [90, 20, Number.NaN]);
  assert.ok([...numbers.etcdWrites!].every(Number.isNaN), "a run without etcd has measured nothing of it");
});

test("what was accounted for is spread evenly; what it took shows where nothing was executed", () => {
  const steps = new LatencySteps(STEP);
  steps.answered(2500, 7);
  steps.account(10, 30, 500, 3000);
  steps.account(10, 60, 500, 3000);
  steps.finish();
  const { numbers } = latencyTable(steps, undefined, 4000);
  assert.equal([...numbers.apiRequests!], [4, 8, 9]);
  assert.equal([...numbers.apiP99Micros!], [45, 45, 7]);
  assert.equal([...numbers.apiMaxMicros!], [45, 45, 7]);
});

test("few over a long time are no heap at its end", () => {
  const steps = new LatencySteps(STEP);
  for (let node = 0; node < 100; node++) steps.account(9, 4, node, 300_000 + node);
  steps.account(3, 4, 5000, 5000);
  steps.finish();
  const counts = [...latencyTable(steps, undefined, 301_000).numbers.apiRequests!];
  assert.ok(Math.max(...counts) <= 6, String(Math.max(...counts)));
  assert.is(counts[5], 6);
  assert.is(counts.length, 300);
});

test("etcd stands beside the API servers, also in steps in which only one of them was asked", () => {
  const [api, etcd] = [new LatencySteps(STEP), new LatencySteps(STEP)];
  api.answered(10, 5);
  etcd.answered(1500, 9);
  for (const steps of [api, etcd]) steps.finish();
  const { numbers } = latencyTable(api, etcd, 2000);
  assert.equal([...numbers.apiRequests!], [1, 0]);
  assert.equal([...numbers.etcdWrites!], [0, 1]);
  assert.equal([...numbers.etcdMaxMicros!], [Number.NaN, 9]);
});

test.run();
