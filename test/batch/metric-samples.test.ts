// Rows of statistics and differences: by variant, against the first of the same scenario, pairs by seed.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MetricSamples } from "../../sim/batch/metric-samples.ts";
import { fakeManifest, fakeOutcome } from "./fakes.ts";

const { plans } = fakeManifest(["a", "b"], ["1"]);
const elsewhere = { ...plans[0]!, name: "other", group: 1 };

function add(samples: MetricSamples, plan: (typeof plans)[number], seed: string, pods: number): void {
  const { parts: _, timeline: __, ...facts } = fakeOutcome(seed, { pods_created: pods, pending_p99_s: Number.NaN });
  samples.add(plan, facts);
}

test("one row per variant and measured metric", () => {
  const samples = new MetricSamples();
  for (const [seed, pods] of [
    ["1", 3],
    ["2", 5],
    ["3", 4],
  ] as const)
    add(samples, plans[0]!, seed, pods);
  samples.finish();
  assert.is(samples.statistics.length, 1);
  const [row] = samples.statistics;
  assert.equal([row!.metric, row!.n, row!.mean, row!.standardDeviation, row!.p50], ["pods_created", 3, 4, 1, 4]);
  assert.equal(samples.differences, []);
});

test("pairs are made by seed, whatever their order, and only within a scenario", () => {
  const samples = new MetricSamples();
  for (const [seed, pods] of [
    ["1", 10],
    ["2", 20],
    ["3", 30],
  ] as const)
    add(samples, plans[0]!, seed, pods);
  for (const [seed, pods] of [
    ["3", 33],
    ["1", 11],
    ["9", 99],
  ] as const)
    add(samples, plans[1]!, seed, pods);
  for (const [seed, pods] of [
    ["1", 1],
    ["2", 1],
  ] as const)
    add(samples, elsewhere, seed, pods);
  samples.finish();
  assert.is(samples.differences.length, 1);
  const [row] = samples.differences;
  assert.equal([row!.variant, row!.baseline, row!.n], ["b", "a", 2]);
  assert.equal([row!.baselineMean, row!.mean, row!.difference], [20, 22, 2]);
  assert.equal([row!.lower, row!.higher], [0, 1]);
});

test.run();
