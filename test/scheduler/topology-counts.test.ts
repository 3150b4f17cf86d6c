// Counts per domain with cheap copies, against plain maps that are copied in full.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DomainCounts, PairCounts } from "../../sim/scheduler/topology-counts.ts";

const domain: fc.Arbitrary<string> = fc.constantFrom("a", "b", "c", "d", "e");
const change = fc.tuple(domain, fc.constantFrom(1, -1));

test("DomainCounts: a clone counts, and knows its lowest, as a copied map would; the original stays as it was", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(domain, fc.nat(3))), fc.array(change), fc.array(change), (start, first, second) => {
      const original = DomainCounts.of(new Map(start));
      const clone = original.clone();
      const naive = new Map(start);
      const apply = (counts: DomainCounts, changes: readonly (readonly [string, number])[]) => {
        for (const [name, delta] of changes) {
          counts.add(name, delta);
          naive.set(name, (naive.get(name) ?? 0) + delta);
          assert.is(counts.get(name), naive.get(name));
          assert.is(counts.min(), Math.min(...naive.values()));
          assert.is(counts.size, naive.size);
        }
      };
      apply(clone, first);
      apply(clone.clone(), second);
      assert.equal(
        [...new Map(start)].map(([name]) => original.get(name)),
        [...new Map(start).values()],
      );
      assert.is(original.min(), Math.min(...new Map(start).values()));
    }),
    { seed: 31, numRuns: 500 },
  );
});

test("PairCounts: size counts the pairs that are not zero, in clones too", () => {
  fc.assert(
    fc.property(fc.array(change), fc.array(change), (before, after) => {
      const original = new PairCounts();
      for (const [value, delta] of before) original.add("key", value, delta);
      const sum = (changes: readonly (readonly [string, number])[], value: string) =>
        changes.filter(([v]) => v === value).reduce((total, [, delta]) => total + delta, 0);
      const clone = original.clone();
      for (const [value, delta] of after) clone.add("key", value, delta);
      const values = ["a", "b", "c", "d", "e"];
      for (const value of values) {
        assert.is(original.get("key", value), sum(before, value));
        assert.is(clone.get("key", value), sum([...before, ...after], value));
      }
      assert.is(original.size, values.filter((value) => sum(before, value) !== 0).length);
      assert.is(clone.size, values.filter((value) => sum([...before, ...after], value) !== 0).length);
    }),
    { seed: 32, numRuns: 500 },
  );
});

test.run();
