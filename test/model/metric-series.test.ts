// The value of a given metric at a time.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type MetricSeries, seriesAt } from "../../sim/model/metric-series.ts";

const series = (isLinear: boolean, ...points: (readonly [number, number | null])[]): MetricSeries => ({
  metric: "m",
  namespace: "default",
  of: { kind: "external", labels: {} },
  points: points.map(([atMicros, milli]) => ({ atMicros, milli })),
  isLinear,
});

test("there is none before the first point, and where a point says so", () => {
  const given = series(false, [10, 5], [20, null], [30, 7]);
  assert.equal(
    [0, 10, 19, 20, 29, 30, 1000].map((at) => seriesAt(given, at)),
    [null, 5, 5, null, null, 7, 7],
  );
});

test("a line goes from point to point, and to no point that is none", () => {
  const given = series(true, [0, 0], [100, 1000], [200, null], [300, 10]);
  assert.equal(
    [0, 33, 50, 100, 150, 250, 400].map((at) => seriesAt(given, at)),
    [0, 330, 500, 1000, 1000, null, 10],
  );
});

test.run();
