// Moments that pass without being executed are those that executing would have made.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createStream } from "../../sim/engine/random.ts";
import { Rhythm } from "../../sim/engine/rhythm.ts";

test("moments at or before the time asked for have passed, the next one has not", () => {
  const rhythm = new Rhythm(10, 5, () => 5);
  assert.equal(rhythm.advance(9), { count: 0, lastMicros: Number.NaN });
  assert.equal(rhythm.advance(20), { count: 3, lastMicros: 20 });
  assert.is(rhythm.nextMicros, 25);
  assert.equal(rhythm.advance(20), { count: 0, lastMicros: Number.NaN });
});

test("looking in between changes neither the moments nor the draws", () => {
  const rhythm = () => {
    const stream = createStream("7", "beats");
    return new Rhythm(0, 105, () => 100 + Math.round(10 * stream.nextDouble()));
  };
  const [often, once] = [rhythm(), rhythm()];
  let count = 0;
  let last = Number.NaN;
  for (let at = 0; at <= 50_000; at += 37) {
    const beats = often.advance(at);
    count += beats.count;
    if (beats.count > 0) last = beats.lastMicros;
  }
  assert.equal(once.advance(50_000), { count, lastMicros: last });
  assert.is(once.nextMicros, often.nextMicros);
});

test("a very long sleep skips draws and keeps the mean", () => {
  let draws = 0;
  const rhythm = new Rhythm(0, 100, () => {
    draws++;
    return 100;
  });
  assert.equal(rhythm.advance(100_000_000), { count: 1_000_001, lastMicros: 100_000_000 });
  assert.ok(draws < 1000, `${draws} draws`);
});

test.run();
