import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type ShrinkCase, shrink } from "../../sim/check/shrink.ts";

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

test("finds the items and the length that a failure needs", () => {
  const fails = ({ items, length }: ShrinkCase) => items.includes(3) && items.includes(17) && length >= 42;
  const { items, length } = shrink({ items: upTo(30), length: 300 }, fails, 1000);
  assert.equal(items, [3, 17]);
  assert.is(length, 42);
});

test("a failure that needs nothing ends with nothing", () => {
  const { items, length, trials } = shrink({ items: upTo(9), length: 50 }, () => true, 100);
  assert.equal(items, []);
  assert.is(length, 0);
  assert.ok(trials < 10, `${trials} trials`);
});

test("without a trial left the case stays as it is", () => {
  assert.equal(
    shrink({ items: [1, 2], length: 5 }, () => true, 0),
    { items: [1, 2], length: 5, trials: 0 },
  );
});

test("what is left fails, and none of its items can be left out", () => {
  fc.assert(
    fc.property(fc.subarray(upTo(14), { minLength: 1 }), fc.nat(40), (needed, minimum) => {
      const fails = ({ items, length }: ShrinkCase) => needed.every((i) => items.includes(i)) && length >= minimum;
      const { items, length } = shrink({ items: upTo(14), length: 40 }, fails, 2000);
      assert.equal(items, needed);
      assert.is(length, minimum);
    }),
    { seed: 4, numRuns: 200 },
  );
});

test.run();
