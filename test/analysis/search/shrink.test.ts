// Shrinking against predicates whose smallest failing case is known: sets that must be kept, numbers that must be large enough.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Alternative, type ShrinkOptions, type Shrunk, shrink } from "../../../sim/analysis/search/shrink.ts";
import { tries } from "../../thorough.ts";

/** Drives it with a predicate, as a search does with runs. */
function drive<T>(start: T, fails: (value: T) => boolean, options: ShrinkOptions<T>): Shrunk<T> & { asked: T[] } {
  const asked: T[] = [];
  const steps = shrink(start, options);
  let step = steps.next();
  while (step.done !== true) {
    const index = step.value.findIndex((value) => {
      asked.push(value);
      return fails(value);
    });
    step = steps.next(index);
  }
  return { ...step.value, asked };
}

const lists: Pick<ShrinkOptions<readonly number[]>, "alternatives" | "keyOf"> = {
  keyOf: (list) => list.join(),
  alternatives: (list) => [
    ...list.map(
      (_, i): Alternative<readonly number[]> => ({ label: `drop ${i}`, value: list.filter((_x, j) => j !== i) }),
    ),
    ...list.flatMap((n, i): Alternative<readonly number[]>[] =>
      [Math.floor(n / 2), n - 1]
        .filter((less) => less >= 0 && less < n)
        .map((less) => ({ label: `less ${i}`, value: list.map((x, j) => (j === i ? less : x)) })),
    ),
  ],
};

test("what is needed is kept, all else goes, and every number is as small as it may be", () => {
  const needed = fc.uniqueArray(fc.tuple(fc.nat(9), fc.nat(30)), { maxLength: 4, selector: ([position]) => position });
  const others = fc.array(fc.nat(60), { minLength: 10, maxLength: 10 });
  fc.assert(
    fc.property(needed, others, (bounds, extra) => {
      // numbers from 100 · bound on stand for a position: 100 · position + amount
      const start = extra.map((amount, position) => 100 * position + amount + 30);
      const fails = (list: readonly number[]) =>
        bounds.every(([position, least]) => list.some((n) => Math.floor(n / 100) === position && n % 100 >= least));
      const { isMinimal, value } = drive(start, fails, { ...lists, maxRuns: 100_000 });
      assert.ok(isMinimal);
      const expected = bounds.map(([position, least]) => 100 * position + least);
      assert.equal(
        [...value].sort((a, b) => a - b),
        expected.sort((a, b) => a - b),
      );
    }),
    { numRuns: tries(100, 2000), seed: 5 },
  );
});

test("the result fails, no single alternative to it does, and nothing was tried twice", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(40), { minLength: 1, maxLength: 8 }), fc.nat(60), (start, sum) => {
      const fails = (list: readonly number[]) => list.reduce((total, n) => total + n, 0) >= sum;
      fc.pre(fails(start));
      const { asked, runs, value } = drive<readonly number[]>(start, fails, { ...lists, maxRuns: 100_000 });
      assert.ok(fails(value));
      assert.ok(lists.alternatives(value).every((alternative) => !fails(alternative.value)));
      assert.is(runs, asked.length);
      assert.is(new Set(asked.map(lists.keyOf)).size, asked.length);
    }),
    { numRuns: tries(200, 2000), seed: 6 },
  );
});

test("it is content with what it has when the runs are used up, or the time is", () => {
  const fails = (list: readonly number[]) => list.includes(7);
  const few = drive<readonly number[]>([1, 2, 3, 4, 5, 6, 7], fails, { ...lists, maxRuns: 3 });
  assert.is(few.runs, 3);
  assert.not.ok(few.isMinimal);
  assert.ok(fails(few.value));
  assert.equal(few.value, [4, 5, 6, 7]);
  let left = 2;
  const late = drive<readonly number[]>([1, 2, 7], fails, { ...lists, maxRuns: 1000, isOver: () => left-- <= 0 });
  assert.not.ok(late.isMinimal);
  assert.equal(late.value, [7]);
});

test.run();
