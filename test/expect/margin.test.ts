// How far from failing: by hand for each sort of claim, and never on the other side than the verdict, whatever changes when.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { comparisonDistance } from "../../sim/expect/margin.ts";
import { tries } from "../thorough.ts";
import { deployment, ExpectRig } from "./rig.ts";

const near = (actual: number | undefined, expected: number) =>
  assert.ok(Math.abs(actual! - expected) < 1e-9, `${actual} is not ${expected}`);

/** Ready pods over time, in seconds, and the margins of the claims at 100 s. */
function marginsOf(texts: readonly string[], course: readonly (readonly [at: number, ready: number])[]) {
  const rig = new ExpectRig(texts, {}, true);
  const [first, ...rest] = course;
  rig.set("deployments", deployment(first![1])).begin();
  for (const [at, ready] of rest) rig.to(at).set("deployments", deployment(ready));
  return rig.to(100).finish();
}

test("always: the nearest that it ever came, by how much more than the limit there was", () => {
  const texts = [
    "always ready(deployment/web) >= 1",
    "never ready(deployment/web) < 2",
    "always ready(deployment/web) <= 6",
  ];
  const [always, never, most] = marginsOf(texts, [
    [0, 6],
    [10, 3],
    [20, 6],
  ]);
  near(always!.margin, 2 / 4);
  near(never!.margin, 1 / 5);
  near(most!.margin, 0);
  assert.ok(most!.holds, "at the limit it still holds");
});

test("eventually: how much of its time was left; what never came, how far it stayed away", () => {
  const texts = [
    "eventually ready(deployment/web) >= 3 within 40s",
    "ready(deployment/web) >= 3 before 80s",
    "eventually ready(deployment/web) >= 9",
    "eventually ready(deployment/web) >= 1 within 10s",
  ];
  const [within, before, never, atOnce] = marginsOf(texts, [
    [0, 1],
    [30, 3],
  ]);
  near(within!.margin, 0.25);
  near(before!.margin, 50 / 80);
  near(never!.margin, -6 / 12);
  near(atOnce!.margin, 1);
});

test("at the end: the room there is, and how long it has been so", () => {
  const [equal, least, failing] = marginsOf(
    ["ready(deployment/web) == 3", "ready(deployment/web) >= 1", "ready(deployment/web) > 3"],
    [
      [0, 3],
      [10, 0],
      [80, 3],
    ],
  );
  near(equal!.margin, 0.2);
  near(least!.margin, 0.2);
  assert.ok(failing!.margin! < 0);
});

test("claims that are joined: the least of and, the most of or, the contrary of not", () => {
  const [both, either, not] = marginsOf(
    [
      "(always ready(deployment/web) >= 1) and (always ready(deployment/web) <= 9)",
      "(always ready(deployment/web) >= 1) or (always ready(deployment/web) <= 9)",
      "not (always ready(deployment/web) >= 5)",
    ],
    [[0, 3]],
  );
  near(both!.margin, 2 / 4);
  near(either!.margin, 6 / 12);
  near(not!.margin, 2 / 8);
});

test("shares near 100 % are compared by what is missing", () => {
  near(comparisonDistance(">=", 0.9995, 0.999, "share"), 1 / 3);
  near(comparisonDistance(">=", 0.99, 0.999, "share"), -9 / 11);
  near(comparisonDistance("<", 0.1, 0.3, "share"), 0.5);
});

test("what is not measured, and texts, are all or nothing", () => {
  assert.is(comparisonDistance(">=", undefined, 1, "number"), -1);
  assert.is(comparisonDistance("==", "a", "a", "text"), 1);
  assert.is(comparisonDistance("==", "a", "b", "text"), -1);
  assert.is(comparisonDistance("!=", "a", "b", "text"), 1);
});

test("nobody who has not asked is told", () => {
  const rig = new ExpectRig(["always ready(deployment/web) >= 1"]).set("deployments", deployment(3)).begin();
  assert.is(rig.to(10).finish()[0]!.margin, undefined);
});

test("a margin is negative if and only if the expectation is violated, whatever changes when", () => {
  const claim = fc.constantFrom(
    "always ready(deployment/web) >= 2",
    "never ready(deployment/web) > 4",
    "eventually ready(deployment/web) == 3 within 35s",
    "eventually ready(deployment/web) != 3",
    "ready(deployment/web) >= 2 before 60s",
    "ready(deployment/web) < 3",
    "from 20s to 70s: always ready(deployment/web) >= 1",
    "from 20s: eventually ready(deployment/web) > 3 within 15s",
    "not (always ready(deployment/web) >= 2)",
    "(never ready(deployment/web) == 0) or (eventually ready(deployment/web) == 5 within 1m)",
  );
  const course = fc.array(fc.tuple(fc.integer({ min: 1, max: 99 }), fc.nat(6)), { maxLength: 6 });
  fc.assert(
    fc.property(claim, fc.nat(6), course, (text, first, changes) => {
      const sorted = [...changes].sort(([a], [b]) => a - b);
      const [judged] = marginsOf([text], [[0, first], ...sorted]);
      assert.is(judged!.margin! >= 0, judged!.holds, `${judged!.margin}`);
      assert.ok(judged!.margin! >= -1 && judged!.margin! <= 1);
    }),
    { numRuns: tries(300, 5000), seed: 11 },
  );
});

test.run();
