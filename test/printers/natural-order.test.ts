// The order of --sort-by.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { naturalOrder } from "../../sim/printers/natural-order.ts";

const sorted = (...values: (string | number)[]) => [...values].sort(naturalOrder);

test("numbers by size, quantities by what they amount to", () => {
  assert.equal(sorted(10, 9, 100), [9, 10, 100]);
  assert.equal(sorted("1Gi", "900Mi", "2G", "500k"), ["500k", "900Mi", "1Gi", "2G"]);
  assert.equal(sorted("2", "1500m", "10"), ["1500m", "2", "10"]);
});

test("texts with numbers in them as people count", () => {
  assert.equal(sorted("n-10", "n-9", "n-1", "n"), ["n", "n-1", "n-9", "n-10"]);
  assert.equal(sorted("db-2-a", "db-10", "db-2", "da-3"), ["da-3", "db-2", "db-2-a", "db-10"]);
  assert.equal(sorted("a01", "a1", "a001"), ["a1", "a01", "a001"]);
});

test("times as they pass", () => {
  assert.equal(sorted("2026-01-01T00:10:00Z", "2026-01-01T00:09:59Z"), [
    "2026-01-01T00:09:59Z",
    "2026-01-01T00:10:00Z",
  ]);
});

test.run();
