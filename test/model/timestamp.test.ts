// Timestamps against JavaScript's own calendar, which the simulator may not use.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseTimestampMicros, START_EPOCH_SECONDS, Timestamps, timestampAt } from "../../sim/model/timestamp.ts";

test("every run starts on the first of January 2026", () => {
  assert.is(timestampAt(0), "2026-01-01T00:00:00Z");
  assert.is(timestampAt(999_999), "2026-01-01T00:00:00Z");
  assert.is(timestampAt(1_000_000), "2026-01-01T00:00:01Z");
});

test("agrees with the calendar over 285 years, and reads back", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 33 }), (seconds) => {
      const text = timestampAt(seconds * 1e6);
      assert.is(text, new Date((START_EPOCH_SECONDS + seconds) * 1000).toISOString().replace(".000Z", "Z"));
      assert.is(parseTimestampMicros(text), seconds * 1e6);
    }),
    { seed: 1, numRuns: 2000 },
  );
});

test("a moving clock's timestamps are the same", () => {
  const timestamps = new Timestamps();
  for (const micros of [0, 999_999, 1_000_000, 1_500_000, 90_000_000, 5])
    assert.is(timestamps.at(micros), timestampAt(micros));
});

test("reads what clusters write: fractions, offsets, the past", () => {
  const micros = (text: string) => (Date.parse(text) - START_EPOCH_SECONDS * 1000) * 1000;
  for (const text of [
    "2026-03-01T12:00:00Z",
    "2024-02-29T23:59:59Z",
    "1999-12-31T00:00:00+05:30",
    "2026-01-01T00:00:00.250-08:00",
  ]) {
    assert.is(parseTimestampMicros(text), micros(text), text);
  }
  assert.is(parseTimestampMicros("2026-01-01T00:00:00.123456789Z"), 123_456);
  for (const text of [
    "",
    "2026-01-01",
    "2026-13-01T00:00:00Z",
    "2026-01-01 00:00:00Z",
    "2026-01-01T25:00:00Z",
    "2026-01-0xT00:00:00Z",
    "2026-01-01T00:60:00Z",
    "soon",
  ]) {
    assert.is(parseTimestampMicros(text), undefined, text);
  }
});

test.run();
