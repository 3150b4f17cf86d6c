// Exactness of the scores' arithmetic against integers of any size, and the published formulas at their corners.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  balancedAllocation,
  brokenLine,
  evenness,
  evennessOfTwo,
  imageScore,
  leastRequested,
  mostRequested,
  nodesToFind,
  normalizedBetween,
  normalizedByMax,
  normalizedSpread,
  scaledQuotient,
} from "../../sim/scheduler/arithmetic.ts";

const amount = fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.maxSafeInteger().map(Math.abs));
const positive = amount.filter((n) => n > 0);

test("scaledQuotient is the integer quotient, also where value × factor has no exact double", () => {
  fc.assert(
    fc.property(amount, fc.constantFrom(1, 100, 10_000), positive, (value, factor, divisor) => {
      fc.pre(value <= divisor);
      assert.is(scaledQuotient(value, factor, divisor), Number((BigInt(value) * BigInt(factor)) / BigInt(divisor)));
    }),
    { seed: 11, numRuns: 2000 },
  );
  // 100 × (2^53 - 2) / (2^53 - 1) rounds to 100 in doubles
  const most = Number.MAX_SAFE_INTEGER;
  assert.is(scaledQuotient(most - 1, 100, most), 99);
});

test("least and most requested add up to 100, or to 99 where both are cut", () => {
  fc.assert(
    fc.property(amount, positive, (requested, allocatable) => {
      fc.pre(requested <= allocatable);
      const sum = leastRequested(requested, allocatable) + mostRequested(requested, allocatable);
      assert.ok(sum === 100 || sum === 99, String(sum));
    }),
    { seed: 12, numRuns: 1000 },
  );
  assert.is(leastRequested(11, 10), 0);
  assert.is(mostRequested(11, 10), 100);
});

test("brokenLine: exact at its corners, constant beyond its ends, truncated towards zero between", () => {
  const line = [
    { utilization: 20, score: 10 },
    { utilization: 50, score: 1 },
  ];
  assert.equal(
    [0, 20, 21, 49, 50, 100].map((u) => brokenLine(line, u)),
    [100, 100, 97, 13, 10, 10],
  );
});

test("evenness lies between 50 and 100 for two resources, and agrees with its quick form", () => {
  fc.assert(
    fc.property(positive, positive, amount, amount, (a, b, x, y) => {
      const s = evenness([x, y], [a, b], 2);
      assert.ok(s >= 50 && s <= 100);
      assert.is(s, evennessOfTwo(Math.min(1, x / a), Math.min(1, y / b)));
      // left out where the node has none: a single resource is always even
      assert.is(evenness([x, y], [a, 0], 2), 100);
    }),
    { seed: 13, numRuns: 500 },
  );
});

test("balancedAllocation stays within 50 … 100 and gives 75 for no change", () => {
  assert.is(balancedAllocation(100, 100), 75);
  assert.is(balancedAllocation(50, 100), 50);
  assert.is(balancedAllocation(100, 50), 100);
  assert.is(balancedAllocation(99, 100), 74);
});

test("normalizations", () => {
  assert.equal(
    [0, 1, 2, 3].map((s) => normalizedByMax(s, 3, false)),
    [0, 33, 66, 100],
  );
  assert.equal(
    [0, 1, 2, 3].map((s) => normalizedByMax(s, 3, true)),
    [100, 67, 34, 0],
  );
  assert.is(normalizedByMax(0, 0, false), 0);
  assert.is(normalizedByMax(0, 0, true), 100);
  assert.equal(
    [-2, 0, 1].map((s) => normalizedBetween(s, -2, 1)),
    [0, 66, 100],
  );
  assert.is(normalizedBetween(5, 5, 5), 0);
  assert.equal(
    [2, 4, 6].map((s) => normalizedSpread(s, 2, 6)),
    [100, 66, 33],
  );
  assert.is(normalizedSpread(0, 0, 0), 100);
});

test("imageScore: 0 up to 23 MiB, 100 from 1000 MiB per container", () => {
  const mib = 1024 * 1024;
  assert.equal(
    [0, 23, 24, 511, 1000, 9000].map((size) => imageScore(size * mib, 1)),
    [0, 0, 0, 49, 100, 100],
  );
  assert.is(imageScore(1000 * mib, 2), 49);
});

test("nodesToFind: all below 100 nodes, then max(100, n × p / 100) with p = max(5, 50 - n / 125) or as configured", () => {
  const cases: readonly (readonly [number, number, number])[] = [
    [0, 0, 0],
    [99, 0, 99],
    [99, 10, 99],
    [100, 0, 100],
    [200, 0, 100],
    [249, 0, 122],
    [1000, 0, 420],
    [5000, 0, 500],
    [6000, 0, 300],
    [15000, 0, 750],
    [1000, 30, 300],
    [1000, 1, 100],
    [1000, 100, 1000],
  ];
  for (const [nodes, percentage, expected] of cases)
    assert.is(nodesToFind(nodes, percentage), expected, `${nodes} ${percentage}`);
});

test.run();
