// Means, intervals and paired differences: known values, the properties that make an interval trustworthy, and how often it holds the truth.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { describeSample, pairedDifference } from "../../../sim/analysis/statistics/describe.ts";
import { confidenceInterval } from "../../../sim/analysis/statistics/interval.ts";
import { meanOf, standardDeviationOf, sumOf } from "../../../sim/analysis/statistics/moments.ts";
import { ResampleSource } from "../../../sim/analysis/statistics/resamples.ts";
import { normalQuantile } from "../../../sim/engine/distributions.ts";
import { log } from "../../../sim/engine/math.ts";
import { createStream, type RandomStream } from "../../../sim/engine/random.ts";

const source = new ResampleSource();
const sample = (n: number, draw: () => number) => Float64Array.from({ length: n }, draw);

test("sums keep what plain addition loses", () => {
  assert.is(sumOf([1e16, 1, -1e16]), 1);
  assert.is(sumOf([0.1, 0.2, 0.3]), 0.6);
  assert.is(sumOf([]), 0);
  assert.is(meanOf(new Float64Array(1000).fill(0.1)), 0.1);
});

test("the standard deviation is the sample's, and survives a large offset", () => {
  // deviations -3, -1, -1, -1, 0, 0, 2, 4 from 5: their squares are 32
  const values = [2, 4, 4, 4, 5, 5, 7, 9];
  assert.is(standardDeviationOf(values), Math.sqrt(32 / 7));
  assert.is(standardDeviationOf(values.map((v) => v + 1e9)), Math.sqrt(32 / 7));
  assert.ok(Number.isNaN(standardDeviationOf([3])));
});

test("a description: quantiles are values that occurred, and what was not measured does not count", () => {
  const values = Float64Array.from([10, NaN, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const described = describeSample(values, source)!;
  assert.is(described.n, 10);
  assert.is(described.mean, 5.5);
  assert.equal(
    [described.min, described.p10, described.p50, described.p90, described.p99, described.max],
    [1, 1, 5, 9, 10, 10],
  );
  assert.is(describeSample(Float64Array.of(NaN, NaN), source), undefined);
  const single = describeSample(Float64Array.of(7), source)!;
  assert.ok(Number.isNaN(single.standardDeviation));
  assert.is(single.interval, undefined);
});

test("below eight values the interval is Student's", () => {
  // mean 3, sd √2.5, t(4) = 2.776445
  const { low, high } = confidenceInterval(Float64Array.of(1, 2, 3, 4, 5), source)!;
  assert.ok(Math.abs(high - (3 + (2.776445105 * Math.sqrt(2.5)) / Math.sqrt(5))) < 1e-8);
  assert.ok(Math.abs(low + high - 6) < 1e-12);
});

test("equal values have an interval of one point, and an interval moves and stretches with its values", () => {
  assert.equal(confidenceInterval(new Float64Array(20).fill(0.1), source), { low: 0.1, high: 0.1 });
  const stream = createStream("describe.test", "shift");
  const values = sample(15, () => stream.int(1000));
  const base = confidenceInterval(values, source)!;
  const moved = confidenceInterval(
    values.map((v) => 4 * v + 100),
    source,
  )!;
  assert.ok(Math.abs(moved.low - (4 * base.low + 100)) < 1e-9 && Math.abs(moved.high - (4 * base.high + 100)) < 1e-9);
  assert.equal(confidenceInterval(values, new ResampleSource()), base);
});

test("for many well-behaved values it is close to the textbook's", () => {
  const stream = createStream("describe.test", "normal");
  const values = sample(400, () => 50 + 5 * normalQuantile(stream.nextDouble()));
  const { low, high } = confidenceInterval(values, source)!;
  const half = (1.966 * standardDeviationOf(values)) / 20;
  assert.ok(Math.abs(low - (meanOf(values) - half)) < 0.15 * half, `${low}`);
  assert.ok(Math.abs(high - (meanOf(values) + half)) < 0.15 * half, `${high}`);
});

/** How many of 1,000 intervals hold the truth. */
function coverage(n: number, truth: number, draw: (stream: RandomStream) => number): number {
  const stream = createStream("coverage", `${n}/${truth}`);
  let held = 0;
  for (let trial = 0; trial < 1000; trial++) {
    const { low, high } = confidenceInterval(
      sample(n, () => draw(stream)),
      source,
    )!;
    if (low <= truth && truth <= high) held++;
  }
  return held / 1000;
}

test("coverage: 95 % intervals hold the truth in 93 to 97 % of 1,000 samples", () => {
  const normal = (stream: RandomStream) => normalQuantile(stream.nextDouble());
  for (const n of [5, 10, 20]) {
    const share = coverage(n, 0, normal);
    assert.ok(share >= 0.93 && share <= 0.97, `normal, ${n} values: ${share}`);
  }
  const uniform = coverage(12, 0.5, (stream) => stream.nextDouble());
  assert.ok(uniform >= 0.93 && uniform <= 0.97, `uniform: ${uniform}`);
  const skewed = coverage(30, 1, (stream) => -log(stream.nextDouble()));
  assert.ok(skewed >= 0.92 && skewed <= 0.97, `exponential: ${skewed}`);
});

test("pairs under common random numbers: what both share cancels out", () => {
  const stream = createStream("describe.test", "pairs");
  const luck = sample(20, () => 100 * stream.nextDouble());
  const baseline = luck.map((v) => v + stream.nextDouble());
  const candidate = luck.map((v) => v - 1 + stream.nextDouble());
  const paired = pairedDifference(baseline, candidate, source)!;
  assert.is(paired.n, 20);
  assert.ok(paired.interval!.low > -1.5 && paired.interval!.high < -0.5, JSON.stringify(paired.interval));
  const alone = describeSample(candidate, source)!.interval!;
  assert.ok(alone.high - alone.low > 20 * (paired.interval!.high - paired.interval!.low));
  assert.ok(paired.lower > 0.9 && paired.lower + paired.higher <= 1);
});

test("a pair counts when both were measured", () => {
  const paired = pairedDifference(Float64Array.of(1, NaN, 3, 4), Float64Array.of(2, 2, NaN, 4, 9), source)!;
  assert.is(paired.n, 2);
  assert.is(paired.difference, 0.5);
  assert.is(paired.higher, 0.5);
  assert.is(pairedDifference(Float64Array.of(NaN), Float64Array.of(1), source), undefined);
});

test.run();
