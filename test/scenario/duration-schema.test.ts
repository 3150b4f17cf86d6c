// Durations and distributions as scenarios write them.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Distribution, meanOf, sample } from "../../sim/engine/distributions.ts";
import { createStream } from "../../sim/engine/random.ts";
import {
  distributionOf,
  durationMicros,
  durationSchema,
  randomDurationSchema,
} from "../../sim/scenario/duration-schema.ts";

const S = 1_000_000;

function parse(value: unknown): Distribution {
  const result = randomDurationSchema.safeParse(value);
  if (!result.success) throw new Error(`${JSON.stringify(value)}: ${result.error.message}`);
  return distributionOf(result.data);
}

test("durations are text with units", () => {
  for (const [text, micros] of [
    ["0", 0],
    ["30s", 30 * S],
    ["1h30m", 5400 * S],
    ["250ms", 250_000],
    ["1.5s", 1_500_000],
    ["2d", 172_800 * S],
    ["+1us", 1],
  ] as const) {
    assert.is(durationSchema.safeParse(text).success, true, text);
    assert.is(durationMicros(text), micros);
  }
  for (const bad of ["", "30", 30, "s", "-1s", "1 s", "1.5us", "400000d", "1w", null, "1s1", ["1s"]])
    assert.is(durationSchema.safeParse(bad).success, false, JSON.stringify(bad));
});

test("a duration alone is a constant", () => {
  assert.equal(parse("90s"), { kind: "constant", value: 90 * S });
  assert.equal(parse({ constant: "90s" }), { kind: "constant", value: 90 * S });
});

test("every distribution, in microseconds", () => {
  assert.equal(parse({ uniform: { min: "1s", max: "3s" } }), { kind: "uniform", min: S, max: 3 * S });
  assert.equal(parse({ triangular: { min: "1s", mode: "2s", max: "3s" } }), {
    kind: "triangular",
    min: S,
    mode: 2 * S,
    max: 3 * S,
  });
  assert.equal(parse({ exponential: "2s" }), { kind: "exponential", mean: 2 * S });
  assert.equal(parse({ exponential: { mean: "2s" } }), { kind: "exponential", mean: 2 * S });
  assert.equal(parse({ normal: { mean: "2s", sd: "1s" } }), { kind: "normal", mean: 2 * S, sd: S });
  assert.equal(parse({ weibull: { shape: 0.8, scale: "40m" } }), { kind: "weibull", shape: 0.8, scale: 2400 * S });
  assert.equal(parse({ gamma: { shape: 2, scale: "1s" } }), { kind: "gamma", shape: 2, scale: S });
  assert.equal(parse({ pareto: { shape: 1.5, scale: "1s" } }), { kind: "pareto", shape: 1.5, scale: S });
  assert.equal(parse({ empirical: { values: ["1s", "2s"], weights: [1, 3] } }), {
    kind: "empirical",
    values: [S, 2 * S],
    weights: [1, 3],
  });
  assert.equal(parse({ empirical: { values: ["1s"] } }), { kind: "empirical", values: [S] });
});

// share of draws that are at most `limit`
function shareUpTo(distribution: Distribution, limit: number): number {
  const stream = createStream("7", "test");
  let count = 0;
  for (let i = 0; i < 20_000; i++) if (sample(distribution, stream) <= limit) count++;
  return count / 20_000;
}

test("a lognormal has the median and the quantile that were asked for", () => {
  const p90 = parse({ lognormal: { median: "10m", p90: "1h" } });
  assert.ok(Math.abs(shareUpTo(p90, 600 * S) - 0.5) < 0.01);
  assert.ok(Math.abs(shareUpTo(p90, 3600 * S) - 0.9) < 0.01);
  const p99 = parse({ lognormal: { median: "10s", p99: "30s" } });
  assert.ok(Math.abs(shareUpTo(p99, 30 * S) - 0.99) < 0.003);
  assert.equal(parse({ lognormal: { median: "1us", sigma: 0.5 } }), { kind: "lognormal", mu: 0, sigma: 0.5 });
  assert.ok(meanOf(p90) > 600 * S);
});

test("refuses what has no meaning, and says what it wants", () => {
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [5, /duration, such as/],
    [{}, /exactly one of/],
    [{ exponential: "1s", uniform: { min: "1s", max: "2s" } }, /exactly one of/],
    [{ exponentail: "1s" }, /exponential/],
    [{ uniform: { min: "3s", max: "1s" } }, /min must not exceed max/],
    [{ lognormal: { median: "1h", p90: "1m" } }, /not below the median/],
    [{ lognormal: { median: "0s", p90: "1m" } }, /median above 0/],
    [{ lognormal: { median: "1m" } }, /p90/],
    [{ weibull: { shape: 0, scale: "1s" } }, /above 0/],
    [{ empirical: { values: [] } }, /not empty/],
    [{ empirical: { values: ["1s"], weights: [1, 2] } }, /as many weights/],
    [{ empirical: { values: ["1s"], weights: [0] } }, /positive/],
    [{ normal: { mean: "1s", sd: -1 } }, /duration, such as/],
  ];
  for (const [value, wanted] of cases) {
    const result = randomDurationSchema.safeParse(value);
    assert.is(result.success, false, JSON.stringify(value));
    assert.match(JSON.stringify(result.error?.issues), wanted, JSON.stringify(value));
  }
});

test.run();
