// The intervals of comparisons hold the truth as often as they promise: a portion of `npm run coverage:intervals`.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isRare, verdictOf } from "../../../sim/analysis/compare/verdict.ts";
import { ResampleSource } from "../../../sim/analysis/statistics/resamples.ts";
import { tries } from "../../thorough.ts";
import { heldOf, SHAPES } from "./coverage.ts";

const source = new ResampleSource();

test("over 1,000 comparisons of several shapes and numbers of seeds, 93 to 97 % of the 95 % intervals hold the truth", () => {
  let [held, all] = [0, 0];
  for (const seeds of [5, 8, 10, 20, 50]) {
    for (const shape of SHAPES.filter(({ from }) => from <= seeds)) {
      const comparisons = tries(40, 250);
      held += heldOf(shape, seeds, comparisons, source);
      all += comparisons;
    }
  }
  assert.ok(all >= 1000, `${all} comparisons`);
  assert.ok(held / all >= 0.93 && held / all <= 0.97, `${held} of ${all}`);
});

test("what is rare is undecided, because no interval of it is to be trusted, unless it stays within the tolerance", () => {
  const rare = Float64Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 9);
  assert.ok(isRare(rare));
  assert.not(isRare(new Float64Array(10)));
  assert.not(isRare(Float64Array.of(0, 1, 2)));
  assert.not(isRare(Float64Array.from({ length: 20 }, (_, i) => Number(i < 5))));
  const interval = { low: 0, high: 2 };
  assert.is(verdictOf(interval, 5, "lower"), "same");
  assert.is(verdictOf(interval, 5, "lower", rare), "undecided");
  assert.is(verdictOf(interval, 10, "lower", rare), "same");
});

test.run();
