// Numbers, durations and axes as people read them.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { duration, plain, readable } from "../../../reports/html/numbers.ts";
import { axis, clockTicks, roundStep } from "../../../reports/html/ticks.ts";

test("numbers keep the digits that matter", () => {
  const cases = [
    [0, "0"],
    [-0.00001, "0"],
    [0.01234, "0.012"],
    [1.5, "1.5"],
    [12.346, "12.35"],
    [613.62, "613.6"],
    [99.996, "99.996"],
    [100.00001, "100"],
    [1999.6, "2\u202f000"],
    [1234567, "1\u202f234\u202f567"],
    [-1234, "-1\u202f234"],
    [Number.NaN, "–"],
  ] as const;
  for (const [value, text] of cases) assert.is(readable(value), text);
});

test("durations have two units at most", () => {
  const cases = [
    [0, "0s"],
    [0.0105, "10.5ms"],
    [1.25, "1.25s"],
    [59.96, "60s"],
    [90, "1m30s"],
    [3600, "1h"],
    [5430, "1h30m"],
    [90_000, "1d1h"],
    [-30, "-30s"],
  ] as const;
  for (const [seconds, text] of cases) assert.is(duration(seconds), text);
});

test("numbers in paths have no exponent and no zeros that say nothing", () => {
  assert.equal([plain(1.5, 3), plain(2, 3), plain(1e9, 2), plain(-0.0001, 2)], ["1.5", "2", "1000000000", "0"]);
});

test("axes end at a round number that is not below the largest value", () => {
  for (const most of [0, 0.3, 1, 7, 10, 99, 101, 614, 8491, 1e9]) {
    const { top, ticks } = axis(most);
    assert.ok(top >= most && ticks.length >= 2 && ticks.length <= 5, `${most}: ${ticks}`);
    assert.is(ticks[0], 0);
    assert.is(ticks.at(-1), top);
  }
  assert.equal([roundStep(100, 4), roundStep(8, 4), roundStep(0.07, 4)], [50, 2, 0.02]);
});

test("marks of time are those of a clock", () => {
  assert.equal(clockTicks(1800), [0, 300, 600, 900, 1200, 1500, 1800]);
  assert.equal(clockTicks(28_800).at(1), 3600);
  assert.ok(clockTicks(90 * 86_400).length <= 9);
  assert.equal(clockTicks(0), [0]);
});

test.run();
