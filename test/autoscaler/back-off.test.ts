import { test } from "uvu";
import * as assert from "uvu/assert";
import { NodeGroupBackoff } from "../../sim/autoscaler/back-off.ts";
import { HOUR, MINUTE } from "../../sim/engine/tick.ts";
import { DEFAULT_AUTOSCALER_FLAGS } from "../../sim/model/autoscaler-plan.ts";

test("5 min after the first failure, doubled by failures after its end, at most 30 min", () => {
  const backoff = new NodeGroupBackoff(DEFAULT_AUTOSCALER_FLAGS);
  const minutes: number[] = [];
  let now = 0;
  for (let i = 0; i < 5; i++) {
    const until = backoff.backOff("g", now);
    minutes.push((until - now) / MINUTE);
    assert.ok(backoff.isBackedOff("g", until - 1) && !backoff.isBackedOff("g", until));
    now = until + 1;
  }
  assert.equal(minutes, [5, 10, 20, 30, 30]);
  assert.not(backoff.isBackedOff("other", 0));
});

test("what fails while the group is in back-off does not make it longer", () => {
  const backoff = new NodeGroupBackoff(DEFAULT_AUTOSCALER_FLAGS);
  backoff.backOff("g", 0);
  assert.is(backoff.backOff("g", MINUTE), 6 * MINUTE);
});

test("a success, or three hours without a failure, are a new beginning", () => {
  const backoff = new NodeGroupBackoff(DEFAULT_AUTOSCALER_FLAGS);
  backoff.backOff("g", 0);
  backoff.forget("g");
  assert.is(backoff.backOff("g", 10 * MINUTE), 15 * MINUTE);
  backoff.forgetStale(10 * MINUTE + 3 * HOUR);
  assert.is(backoff.backOff("g", 4 * HOUR), 4 * HOUR + 10 * MINUTE);
  backoff.forgetStale(8 * HOUR);
  assert.is(backoff.backOff("g", 8 * HOUR), 8 * HOUR + 5 * MINUTE);
});

test.run();
