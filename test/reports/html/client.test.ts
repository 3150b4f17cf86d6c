// What a report's script computes, without a browser: values read back from the paths that charts are drawn with, and tables sorted and filtered.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { rangeWithin, readPath, valueAt } from "../../../reports/html/client/read-path.ts";
import { cellText, filtered, type StoredTable, sorted } from "../../../reports/html/client/stored-table.ts";
import { encode } from "../../../reports/html/sections/tables.ts";
import { pathOf } from "../../../reports/html/time-chart.ts";

test("a path holds its data: what was drawn is read back, lines and steps alike", () => {
  const points = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 10_000 }), fc.integer({ min: -500, max: 500 })), {
    selector: ([time]) => time,
    minLength: 2,
    maxLength: 40,
  });
  fc.assert(
    fc.property(points, fc.boolean(), (pairs, isStep) => {
      const ordered = pairs.sort(([a], [b]) => a - b);
      const [times, values] = [ordered.map(([time]) => time), ordered.map(([, value]) => value / 4)];
      const line = readPath(pathOf({ times, values }, isStep));
      for (const [i, time] of times.entries()) assert.is(valueAt(line, time), values[i]);
      const between = (times[0]! + times[1]!) / 2;
      if (times[0] !== times[1]) assert.is(valueAt(line, between), isStep ? values[0] : (values[0]! + values[1]!) / 2);
    }),
    { seed: 11, numRuns: 200 },
  );
});

test("gaps have no value, nor has what lies before the first", () => {
  const line = readPath(pathOf({ times: [10, 20, 30, 40, 50], values: [1, 2, Number.NaN, 7, 8] }, false));
  assert.equal(
    [5, 20, 25, 35, 45].map((time) => valueAt(line, time)),
    [Number.NaN, 2, Number.NaN, Number.NaN, 7.5],
  );
  const alone = readPath(pathOf({ times: [1, 2, 3], values: [Number.NaN, 4, Number.NaN] }, false));
  assert.is(valueAt(alone, 2), 4);
});

test("a stretch of a table has the extremes within it, and what held when it began", () => {
  const line = readPath(pathOf({ times: [0, 10, 12, 30], values: [5, 5, 50, 50] }, true));
  assert.equal(rangeWithin(line, 0, 10), [5, 5]);
  assert.equal(rangeWithin(line, 10, 20), [5, 50]);
  assert.equal(rangeWithin(line, 20, 30), [50, 50]);
});

const PODS: StoredTable = {
  name: "pods",
  rows: 4,
  columns: [
    { name: "pod", doc: "", ...encode(["web-1", "api-1", "web-2", "job"]) },
    { name: "state", doc: "", ...encode(["running", "running", "pending", ""]) },
    { name: "pending_s", doc: "", ...encode(["5", "", "100", "20"]) },
  ],
};

test("filters: every word must be somewhere, columns by value and by number", () => {
  const pods = (query: string) => filtered(PODS, query).map((row) => cellText(PODS.columns[0]!, row));
  assert.equal(pods(""), ["web-1", "api-1", "web-2", "job"]);
  assert.equal(pods("WEB"), ["web-1", "web-2"]);
  assert.equal(pods("web state=pending"), ["web-2"]);
  assert.equal(pods("pending_s>5"), ["web-2", "job"]);
  assert.equal(pods("pending_s>=5 pending_s<100"), ["web-1", "job"]);
  assert.equal(pods("state!=running"), ["web-2", "job"]);
  assert.equal(pods("nothing=here"), []);
  assert.equal(pods("state="), [], "a column without a value is a word");
});

test("numbers sort as numbers, and empty cells come last both ways", () => {
  const order = (column: number, isDescending: boolean) => sorted([0, 1, 2, 3], PODS.columns[column]!, isDescending);
  assert.equal(order(2, false), [0, 3, 2, 1]);
  assert.equal(order(2, true), [2, 3, 0, 1]);
  assert.equal(order(1, false), [2, 0, 1, 3]);
  assert.equal(order(0, true), [2, 0, 3, 1]);
});

test.run();
