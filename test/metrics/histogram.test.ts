// Histograms against sorted lists: every quantile within the promised share of the exact one.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Histogram } from "../../sim/metrics/histogram.ts";
import { quantiles } from "../../sim/metrics/quantiles.ts";

const SHARES = [0, 0.01, 0.5, 0.9, 0.99, 1];
const anyValue = fc.oneof(fc.nat(200), fc.nat(100_000), fc.nat(2 ** 31 - 1), fc.maxSafeNat());

test("quantiles are off by less than 0.8 %, and small values and maxima are exact", () => {
  fc.assert(
    fc.property(fc.array(anyValue, { minLength: 1, maxLength: 300 }), (values) => {
      const histogram = new Histogram();
      for (const value of values) histogram.add(value);
      const exact = quantiles(Float64Array.from(values), SHARES);
      for (const [i, share] of SHARES.entries()) {
        const [found, wanted] = [histogram.quantile(share), exact[i]!];
        if (wanted < 128) assert.is(found, wanted);
        assert.ok(Math.abs(found - wanted) <= wanted / 127, `${share}: ${found} for ${wanted}`);
      }
      assert.is(histogram.max, Math.max(...values));
      assert.is(histogram.count, values.length);
    }),
    { seed: 11, numRuns: 300 },
  );
});

test("two histograms together are the histogram of all values", () => {
  fc.assert(
    fc.property(fc.array(anyValue), fc.array(anyValue), (a, b) => {
      const [left, right, both] = [new Histogram(), new Histogram(), new Histogram()];
      for (const value of a) left.add(value);
      for (const value of b) right.add(value);
      for (const value of [...a, ...b]) both.add(value);
      left.addAll(right);
      assert.equal(
        SHARES.map((share) => left.quantile(share)),
        SHARES.map((share) => both.quantile(share)),
      );
      assert.is(left.count, both.count);
    }),
    { seed: 12, numRuns: 200 },
  );
});

test("an empty histogram has measured nothing", () => {
  const empty = new Histogram();
  assert.equal([empty.quantile(0.5), empty.max, empty.mean, empty.count], [Number.NaN, Number.NaN, Number.NaN, 0]);
  assert.throws(() => empty.add(-1), /negative/);
});

test.run();
