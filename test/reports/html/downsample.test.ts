// M4: whatever the series, the picture keeps the smallest and largest value of every stretch that it can show, and where they were.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { downsample, type Points } from "../../../reports/html/downsample.ts";

const extremes = (points: Points, from: number, to: number): readonly [number, number] => {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < points.times.length; i++) {
    if (points.times[i]! < from || points.times[i]! >= to) continue;
    if (points.values[i]! < low) low = points.values[i]!;
    if (points.values[i]! > high) high = points.values[i]!;
  }
  return [low, high];
};

test("a million points become a picture that keeps a single peak, a single dip, and the ends", () => {
  const count = 1_000_000;
  const times = Float64Array.from({ length: count }, (_, i) => i / 10);
  const values = Float64Array.from({ length: count }, (_, i) => 100 + ((i * 7919) % 13));
  values[123_456] = 5000;
  values[876_543] = -3;
  const kept = downsample({ times, values }, 0, count / 10, 400);
  assert.ok(kept.times.length <= 1600);
  assert.equal(extremes(kept, 0, count), [-3, 5000]);
  const at = Array.from(kept.values).indexOf(5000);
  assert.is(kept.times[at], 12_345.6);
  assert.equal([kept.times[0], kept.times[kept.times.length - 1]], [0, (count - 1) / 10]);
  assert.equal([kept.values[0], kept.values[kept.values.length - 1]], [values[0], values[count - 1]]);
});

test("the extremes of every bucket remain, and every point that is kept was there", () => {
  const series = fc.array(fc.tuple(fc.integer({ min: 0, max: 999 }), fc.integer({ min: -50, max: 50 })), {
    maxLength: 400,
  });
  fc.assert(
    fc.property(series, fc.integer({ min: 1, max: 20 }), (pairs, buckets) => {
      const sorted = pairs.sort(([a], [b]) => a - b);
      const points = { times: sorted.map(([time]) => time), values: sorted.map(([, value]) => value) };
      const kept = downsample(points, 0, 1000, buckets);
      const given = new Set(sorted.map(([time, value]) => `${time} ${value}`));
      for (let i = 0; i < kept.times.length; i++) assert.ok(given.has(`${kept.times[i]} ${kept.values[i]}`));
      assert.equal(extremes(kept, 0, 1000), extremes(points, 0, 1000));
      if (points.times.length <= buckets * 4) return;
      // a stretch of equal values is drawn by its two ends, which may lie in other buckets
      const isFlat = (from: number, to: number) => {
        const [low, high] = extremes(points, from, to);
        return low === high;
      };
      for (let bucket = 0; bucket < buckets; bucket++) {
        const [from, to] = [(bucket * 1000) / buckets, ((bucket + 1) * 1000) / buckets];
        if (!isFlat(from, to)) assert.equal(extremes(kept, from, to), extremes(points, from, to));
      }
    }),
    { seed: 5, numRuns: 300 },
  );
});

test("gaps stay gaps, and a flat stretch is two points", () => {
  const flat = downsample({ times: [0, 1, 2, 3, 4], values: [7, 7, 7, 7, 9] }, 0, 5, 100);
  assert.equal(
    [flat.times, flat.values],
    [
      [0, 3, 4],
      [7, 7, 9],
    ],
  );
  const gap = downsample({ times: [0, 1, 2, 3], values: [1, Number.NaN, Number.NaN, 2] }, 0, 4, 100);
  assert.equal(gap.values, [1, Number.NaN, Number.NaN, 2]);
  assert.equal(downsample({ times: [], values: [] }, 0, 1, 10).times, []);
});

test.run();
