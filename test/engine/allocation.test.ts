// A simulation in steady state allocates nothing per event: measured over millions of events, timer resets included.
// test-process: own
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine, type EventHandle } from "../../sim/engine/engine.ts";
import { tick } from "../../sim/engine/tick.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const EVENTS = 500_000;

// The least of several runs, until one is below what is asked for: it takes millions of events until every function is
// compiled for good, and before that numbers are boxed. Without a collection in between, growth is all that was allocated.
function allocatedBytes(run: () => void, enough: number): number {
  let least = Infinity;
  for (let round = 0; round < 20 && least > enough; round++) {
    run();
    collectGarbage();
    const before = process.memoryUsage();
    run();
    const after = process.memoryUsage();
    least = Math.min(least, after.heapUsed + after.external - before.heapUsed - before.external);
  }
  return least;
}

test("schedule, dispatch and cancel allocate nothing, far beyond 2^32 microseconds too", () => {
  const engine = new Engine({ seed: 1 });
  const timers = new Float64Array(256);
  const delays = Int32Array.from({ length: 4096 }, (_, i) => [0, 700, 10_000_000, 200_000_000][i & 3]! + (i & 63));
  let left = 0;
  let count = 0;
  const expire = engine.register("expire", (worker) => {
    timers[worker] = engine.after(400_000_000, expire, worker);
  });
  const work = engine.register("work", (worker, b) => {
    const handle: EventHandle = timers[worker]!;
    engine.cancel(handle);
    timers[worker] = engine.after(300_000_000, expire, worker);
    engine.after(delays[count++ & 4095]!, work, worker, b);
    if (--left === 0) engine.stop();
  });
  engine.run(tick(2 ** 40));
  for (let worker = 0; worker < 256; worker++) engine.after(worker, work, worker, -worker);
  const bytes = allocatedBytes(() => {
    left = EVENTS;
    engine.run();
  }, 0.05 * EVENTS);
  assert.ok(bytes / EVENTS < 0.05, `${bytes / EVENTS} bytes per event`);
});

test("the measurement would notice one small object per event", () => {
  const engine = new Engine({ seed: 1 });
  let left = 0;
  let kept: { readonly now: number } | undefined;
  const work = engine.register("work", () => {
    kept = { now: left };
    engine.after(1, work);
    if (--left === 0) engine.stop();
  });
  engine.after(0, work);
  const events = 20_000;
  const bytes = allocatedBytes(() => {
    left = events;
    engine.run();
  }, 0);
  assert.ok(kept !== undefined && bytes / events > 8, `${bytes / events} bytes per event`);
});

test.run();
