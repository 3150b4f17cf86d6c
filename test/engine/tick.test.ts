import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { AssertionError } from "../../sim/engine/assert.ts";
import {
  DAY,
  formatDuration,
  HOUR,
  MINUTE,
  parseDurationMicros,
  SECOND,
  TICK_MAX,
  tick,
} from "../../sim/engine/tick.ts";

test("durations as Go and Kubernetes write them", () => {
  const cases: readonly (readonly [string, number])[] = [
    ["0", 0],
    ["0s", 0],
    ["5s", 5 * SECOND],
    ["90s", 90 * SECOND],
    ["1h30m", 90 * MINUTE],
    ["1m0.5s", 60_500_000],
    ["250ms", 250_000],
    ["1.5s", 1_500_000],
    [".5s", 500_000],
    ["1.s", SECOND],
    ["0.000001s", 1],
    ["1us", 1],
    ["1µs", 1],
    ["1μs", 1],
    ["3000ns", 3],
    ["500ns500ns", 1],
    ["2d", 2 * DAY],
    ["1d1h1m1s1ms1us", DAY + HOUR + MINUTE + SECOND + 1001],
    ["+3m", 3 * MINUTE],
    ["10m5m", 15 * MINUTE],
    ["0.1h", 6 * MINUTE],
    ["9007199254740991us", Number.MAX_SAFE_INTEGER],
  ];
  for (const [text, micros] of cases) assert.is(parseDurationMicros(text), micros, text);
});

test("what is no duration, or none that a clock of microseconds can hold", () => {
  const refused = [
    "",
    "5",
    "s",
    ".s",
    "-5s",
    "1h-5m",
    "5 s",
    " 5s",
    "5s ",
    "5x",
    "5S",
    "1e3s",
    "0x5s",
    "1.2.3s",
    "1,5s",
    "٣s",
    "5sec",
    "Infinity",
    "NaN",
    "1ns",
    "1.0000001s",
    "9007199254740992us",
    "300000d",
    "1s\n",
    "1s;",
    `${"1".repeat(400)}s`,
  ];
  for (const text of refused) assert.is(parseDurationMicros(text), undefined, text);
});

test("durations are written short", () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, "0s"],
    [1, "1us"],
    [999, "999us"],
    [1_000, "1ms"],
    [1_050, "1.05ms"],
    [250_000, "250ms"],
    [SECOND, "1s"],
    [1_500_000, "1.5s"],
    [1_000_001, "1.000001s"],
    [90 * SECOND, "1m30s"],
    [HOUR, "1h"],
    [HOUR + 500_000, "1h0.5s"],
    [2 * DAY + 3 * HOUR, "2d3h"],
    [-90 * SECOND, "-1m30s"],
  ];
  for (const [micros, text] of cases) assert.is(formatDuration(micros), text);
});

test("what is written is read back", () => {
  const micros = fc.oneof(
    fc.maxSafeNat(),
    fc.nat(),
    fc.nat(5000),
    fc.nat(1000).map((minutes) => minutes * MINUTE),
  );
  fc.assert(
    fc.property(micros, (value) => parseDurationMicros(formatDuration(value)) === value),
    { seed: 4, numRuns: 2000 },
  );
});

test("a tick is an integer between the start and 285 years", () => {
  assert.is(tick(0), 0);
  assert.is(tick(2 ** 53 - 1), TICK_MAX);
  assert.ok(TICK_MAX / DAY / 365.25 > 285);
  for (const micros of [-1, 0.5, NaN, Infinity, -Infinity, 2 ** 53, 1e300]) {
    assert.throws(
      () => tick(micros),
      (error: unknown) => error instanceof AssertionError,
      `${micros}`,
    );
  }
  for (const micros of [0.5, NaN, Infinity, 2 ** 53]) assert.throws(() => formatDuration(micros), "not a duration");
});

test.run();
