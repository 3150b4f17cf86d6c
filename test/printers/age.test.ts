// Ages against strings that kubectl prints.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ageOf, humanDuration } from "../../sim/printers/age.ts";

const CASES: readonly (readonly [seconds: number, text: string])[] = [
  [-2, "<invalid>"],
  [-1, "0s"],
  [0, "0s"],
  [1.9, "1s"],
  [119, "119s"],
  [120, "2m"],
  [125, "2m5s"],
  [332, "5m32s"],
  [599, "9m59s"],
  [600, "10m"],
  [659, "10m"],
  [3 * 3600 - 1, "179m"],
  [3 * 3600, "3h"],
  [3 * 3600 + 120, "3h2m"],
  [8 * 3600, "8h"],
  [47 * 3600 + 3599, "47h"],
  [48 * 3600, "2d"],
  [52 * 3600, "2d4h"],
  [8 * 86400, "8d"],
  [729 * 86400, "729d"],
  [730 * 86400, "2y"],
  [742 * 86400, "2y12d"],
  [8 * 365 * 86400, "8y"],
];

test("two units while the smaller one matters, then one", () => {
  for (const [seconds, text] of CASES) assert.is(humanDuration(seconds * 1_000_000), text, `${seconds} s`);
});

test("an age is counted from the timestamp to the virtual time; without a timestamp it is unknown", () => {
  assert.is(ageOf("2026-01-01T00:00:10Z", 342_900_000), "5m32s");
  assert.is(ageOf(undefined, 5), "<unknown>");
  assert.is(ageOf(null, 5), "<unknown>");
});

test.run();
