// How long attempts wait: growing pauses, and when they begin anew.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BackOff, REFLECTOR_BACK_OFF } from "../../sim/apiserver/back-off.ts";
import { createStream } from "../../sim/engine/random.ts";
import { SECOND } from "../../sim/engine/tick.ts";

const test = suite("back-off");
const { jitter: _, ...EVEN } = REFLECTOR_BACK_OFF;

/** Pauses in seconds of a reflector that finds no server, from an instant until another one. */
function pauses(backOff: BackOff, fromMicros: number, untilMicros: number): number[] {
  const found: number[] = [];
  for (let now = fromMicros; now < untilMicros; ) {
    const micros = backOff.next(now);
    found.push(micros / SECOND);
    now += micros;
  }
  return found;
}

test("a reflector waits 800 ms, then twice as long each time, up to 30 s", () => {
  assert.equal(pauses(new BackOff(EVEN), 0, 100 * SECOND), [0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30]);
});

test("the pauses begin anew every two minutes, also amid an outage", () => {
  // at 110.4 s for the last time before two minutes have passed, and then at 140.4 s
  assert.equal(
    pauses(new BackOff(EVEN), 0, 150 * SECOND),
    [0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30, 30, 0.8, 1.6, 3.2, 6.4],
  );
});

test("two minutes count from when it was made, whenever the first failure was", () => {
  // made 100 s before the outage: it begins anew at 124.8 s
  assert.equal(
    pauses(new BackOff(EVEN, undefined, 0), 100 * SECOND, 130 * SECOND),
    [0.8, 1.6, 3.2, 6.4, 12.8, 0.8, 1.6, 3.2],
  );
  assert.equal(
    pauses(new BackOff(EVEN, undefined, 100 * SECOND), 100 * SECOND, 130 * SECOND),
    [0.8, 1.6, 3.2, 6.4, 12.8, 25.6],
  );
});

test("one that was not needed for long begins at the beginning", () => {
  const backOff = new BackOff(EVEN);
  pauses(backOff, 0, 60 * SECOND);
  assert.is(backOff.next(1000 * SECOND), 0.8 * SECOND);
});

test("each pause is prolonged by up to as much again", () => {
  const backOff = new BackOff(REFLECTOR_BACK_OFF, createStream(1, "test"));
  for (const [i, seconds] of [0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30].entries()) {
    const micros = backOff.next(i);
    assert.ok(micros >= seconds * SECOND && micros < 2 * seconds * SECOND);
  }
});

test.run();
