// Quantiles, sums over time, spreads, throughput, formats and hashes, each against a plain way to get the same.
import { createHash } from "node:crypto";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { formatNumber } from "../../sim/metrics/column-format.ts";
import { quantiles, weightedQuantiles } from "../../sim/metrics/quantiles.ts";
import { sha256 } from "../../sim/metrics/sha256.ts";
import { spreadOf } from "../../sim/metrics/spread.ts";
import { throughput } from "../../sim/metrics/throughput.ts";
import { TimeWeighted } from "../../sim/metrics/time-weighted.ts";

const SHARES = [0, 0.07, 0.25, 0.5, 0.9, 0.95, 0.99, 1];

test("a quantile is the smallest value that its share of the values does not exceed", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 200 }), (values) => {
      const found = quantiles(Float64Array.from(values), SHARES);
      for (const [i, share] of SHARES.entries()) {
        const q = found[i]!;
        const atMost = values.filter((v) => v <= q).length;
        const below = values.filter((v) => v < q).length;
        assert.ok(atMost >= share * values.length - 1e-9);
        assert.ok(share === 0 || below < share * values.length);
      }
    }),
    { seed: 2, numRuns: 500 },
  );
  assert.is(
    quantiles(
      Float64Array.from({ length: 100 }, (_, i) => i + 1),
      [0.07],
    )[0],
    7,
  );
  assert.ok(Number.isNaN(quantiles(new Float64Array(), [0.5])[0]));
  assert.is(quantiles(Float64Array.of(NaN, 3, NaN), [0.5])[0], 3);
});

test("a quantile over time is a quantile of the values, each repeated as long as it held", () => {
  const piece = fc.record({ value: fc.integer({ min: 0, max: 9 }), held: fc.integer({ min: 0, max: 5 }) });
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 40 }), (pieces) => {
      const repeated = pieces.flatMap(({ value, held }) => Array<number>(held).fill(value));
      const expected = quantiles(Float64Array.from(repeated), SHARES);
      const values = Float64Array.from(pieces, (p) => p.value);
      const weights = Float64Array.from(pieces, (p) => p.held);
      assert.equal(weightedQuantiles(values, weights, SHARES), expected);
    }),
    { seed: 3, numRuns: 500 },
  );
});

test("a quantity over time: what lasted no time counts for nothing", () => {
  const quantity = new TimeWeighted(0, 100);
  quantity.set(8, 100);
  quantity.set(4, 100);
  quantity.set(4, 150);
  quantity.set(10, 200);
  assert.is(quantity.mean(100, 300), 7);
  assert.is(quantity.max, 10);
  assert.equal(quantity.quantiles([0.5, 1], 300), [4, 10]);
  assert.ok(Number.isNaN(new TimeWeighted(1, 5).mean(5, 5)));
});

test("spread of equal, unequal and no values", () => {
  assert.equal(spreadOf([5, 5, 5]), { min: 5, max: 5, mean: 5, stddev: 0, cv: 0, gini: 0 });
  const all = spreadOf([0, 0, 0, 8]);
  assert.equal([all.min, all.max, all.mean, all.gini], [0, 8, 2, 0.75]);
  assert.is(all.stddev, Math.sqrt(12));
  assert.ok(Number.isNaN(spreadOf([]).mean));
});

test("throughput counts the seconds in which nothing was bound", () => {
  const seconds = [0.1, 0.2, 0.3, 2.5, 9.9].map((s) => s * 1e6);
  const rate = throughput(Float64Array.from([...seconds, NaN]));
  // 10 windows: 3, 0, 1, 0, 0, 0, 0, 0, 0, 1
  assert.equal([rate.p50, rate.p90, rate.p95, rate.max], [0, 1, 3, 3]);
  assert.ok(Math.abs(rate.mean - 5 / 9.8) < 1e-12);
  assert.ok(Number.isNaN(throughput(Float64Array.of(NaN)).mean));
});

test("numbers are written exactly, without exponents, and nothing as nothing", () => {
  const cases: [number, Parameters<typeof formatNumber>[1], string][] = [
    [NaN, "count", ""],
    [NaN, "seconds", ""],
    [0, "seconds", "0.000000"],
    [1, "seconds", "0.000001"],
    [1_500_000, "seconds", "1.500000"],
    [-2_000_001, "seconds", "-2.000001"],
    [8_589_934_592_000_001, "seconds", "8589934592.000001"],
    [641_758_308_335_616, "count", "641758308335616"],
    [99.97500000000001, "percent", "99.9750"],
    [1 / 3, "real", "0.3333"],
    [1, "flag", "true"],
    [0, "flag", "false"],
  ];
  for (const [value, format, text] of cases) assert.is(formatNumber(value, format), text);
});

test("SHA-256 agrees with node:crypto", () => {
  const crypto = (text: string) => createHash("sha256").update(text).digest("hex");
  for (const text of ["", "abc", "a".repeat(55), "a".repeat(56), "a".repeat(64), "λ→🙂", "x".repeat(100_000)])
    assert.is(sha256(text), crypto(text));
  fc.assert(
    fc.property(fc.string({ maxLength: 300, unit: "binary" }), (text) => assert.is(sha256(text), crypto(text))),
    { seed: 4, numRuns: 300 },
  );
});

test.run();
