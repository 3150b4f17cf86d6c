// Who holds what of a node's GPUs.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { GpuRequest } from "../../../sim/model/gpu/convention.ts";
import { GpuDevices, SHARE_CLASS } from "../../../sim/model/gpu/devices.ts";

const share = (milli: number): GpuRequest => ({ milli, count: 1, models: [] });
const whole = (count: number): GpuRequest => ({ milli: 1000, count, models: [] });

test("a share goes to the tightest device that fits, the lowest index first", () => {
  const devices = new GpuDevices({ count: 3, model: "" });
  assert.equal(devices.place("a", share(500), null), [0]);
  assert.equal(devices.place("b", share(600), null), [1]);
  assert.equal(devices.place("c", share(400), null), [1], "400 left are tighter than 500");
  assert.equal(devices.place("d", share(500), null), [0]);
  assert.equal(devices.place("e", share(1), null), [2]);
  assert.equal([...devices.left], [0, 0, 999]);
});

test("whole devices are fully free ones, from the lowest index on", () => {
  const devices = new GpuDevices({ count: 4, model: "" });
  devices.place("a", share(1), [1]);
  assert.equal(devices.place("b", whole(2), null), [0, 2]);
  assert.not.ok(devices.fits(whole(2)));
  assert.ok(devices.fits(whole(1)));
});

test("a pod that nothing fits holds nothing, and one that is told devices takes no more than they have", () => {
  const devices = new GpuDevices({ count: 1, model: "" });
  devices.place("a", share(700), null);
  assert.equal(devices.place("b", share(700), null), []);
  assert.equal(devices.place("c", share(200), [0]), [0]);
  assert.equal(devices.place("d", share(200), [0]), []);
  assert.equal(devices.place("e", share(10), [5]), []);
  assert.is(devices.usedMilli, 900);
});

test("what is left is what the pods that are there leave, and never below 0", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          pod: fc.integer({ min: 0, max: 5 }),
          milli: fc.integer({ min: 1, max: 1000 }),
          count: fc.integer({ min: 1, max: 3 }),
        }),
        { maxLength: 40 },
      ),
      (steps) => {
        const devices = new GpuDevices({ count: 4, model: "" });
        const held = new Map<string, { milli: number; indexes: readonly number[]; count: number }>();
        for (const { count, milli, pod } of steps) {
          const key = `p${pod}`;
          if (held.delete(key)) devices.remove(key);
          else {
            const fits = devices.fits({ milli, count, models: [] });
            const indexes = devices.place(key, { milli, count, models: [] }, null);
            assert.is(indexes.length, fits ? count : 0);
            held.set(key, { milli, indexes, count });
          }
          const left = [1000, 1000, 1000, 1000];
          for (const { indexes, milli: m } of held.values()) for (const i of indexes) left[i] = left[i]! - m;
          assert.equal([...devices.left], left);
          assert.ok(left.every((l) => l >= 0));
          assert.is(
            devices.idleMilli,
            left.reduce((a, b) => a + b),
          );
          const shares = [...held.values()].filter((h) => h.milli < 1000).length;
          assert.is(devices.podsOfClass.get(SHARE_CLASS) ?? 0, shares);
        }
      },
    ),
    { seed: 7, numRuns: 300 },
  );
});

test.run();
