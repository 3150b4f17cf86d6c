// Sets of indexes against plain sets of numbers.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { IndexSet } from "../../../sim/controllers/job/indexes.ts";

const numbers = fc.array(fc.nat(30), { maxLength: 20 });

test("a set has what was put in, and says so in intervals", () => {
  assert.is(IndexSet.of([5, 1, 3, 7, 6]).toString(), "1,3,5-7");
  assert.is(IndexSet.of([0, 1]).toString(), "0,1");
  assert.is(IndexSet.parse("1,3-5,7", 100).size, 5);
  assert.is(IndexSet.parse("1,3-50", 6).toString(), "1,3-5");
  assert.is(IndexSet.parse("", 6).toString(), "");
});

test("union, membership, size and what is missing are those of sets", () => {
  fc.assert(
    fc.property(numbers, numbers, fc.nat(10), (a, b, count) => {
      const plain = new Set([...a, ...b]);
      const set = IndexSet.of(a).union(IndexSet.of(b));
      assert.is(set.size, plain.size);
      for (let i = 0; i <= 31; i++) assert.is(set.has(i), plain.has(i));
      assert.is(IndexSet.parse(set.toString(), 100).toString(), set.toString());
      const missing = Array.from({ length: 32 }, (_, i) => i).filter((i) => !plain.has(i));
      assert.equal(set.missing(count, 32), missing.slice(0, count));
    }),
    { seed: 1, numRuns: 200 },
  );
});

test.run();
