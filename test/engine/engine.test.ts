// The engine: order, clock, closure lane, cancelling, limits, errors of the programmer, digest and tie shuffling.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { AssertionError } from "../../sim/engine/assert.ts";
import { Engine, type EventHandle } from "../../sim/engine/engine.ts";
import { type Tick, tick } from "../../sim/engine/tick.ts";

const isAssertion = (error: unknown) => error instanceof AssertionError;

test("events run in order of tick, then of scheduling, with their arguments", () => {
  const engine = new Engine({ seed: 1 });
  const log: string[] = [];
  const a = engine.register("a", (x, y) => log.push(`${engine.now} a ${x} ${y}`));
  const b = engine.register("b", (x) => log.push(`${engine.now} b ${x}`));
  engine.schedule(tick(30), a, 1, 2);
  engine.after(10, b, 3);
  engine.schedule(tick(10), a);
  engine.at(tick(10), () => log.push(`${engine.now} closure`));
  engine.after(10, b, -4);
  assert.is(engine.pending, 5);
  assert.is(engine.nextTick, 10);
  engine.run();
  assert.equal(log, ["10 b 3", "10 a 0 0", "10 closure", "10 b -4", "30 a 1 2"]);
  assert.is(engine.now, 30);
  assert.is(engine.eventsProcessed, 5);
  assert.is(engine.pending, 0);
  assert.is(engine.nextTick, undefined);
});

test("handlers schedule, also at their own tick", () => {
  const engine = new Engine({ seed: 1 });
  const times: number[] = [];
  const kind = engine.register("chain", (left) => {
    times.push(engine.now);
    if (left > 0) engine.after(left % 3 === 0 ? 0 : 1000, kind, left - 1);
  });
  engine.schedule(tick(5), kind, 6);
  engine.run();
  assert.equal(times, [5, 5, 1005, 2005, 2005, 3005, 4005]);
});

test("a run until a tick includes it, leaves the rest, and ends with the clock there", () => {
  const engine = new Engine({ seed: 1 });
  const seen: number[] = [];
  const kind = engine.register("k", () => seen.push(engine.now));
  for (const at of [10, 20, 20, 21, 1_000_000]) engine.schedule(tick(at), kind);
  engine.run(tick(20));
  assert.equal(seen, [10, 20, 20]);
  assert.is(engine.now, 20);
  engine.run(tick(20));
  assert.is(engine.now, 20);
  engine.run(tick(500_000));
  assert.is(engine.now, 500_000);
  assert.equal(seen, [10, 20, 20, 21]);
  // between the limit and the next event there is room
  engine.after(1, kind);
  engine.run();
  assert.equal(seen, [10, 20, 20, 21, 500_001, 1_000_000]);
  assert.throws(() => engine.run(tick(3)), isAssertion);
});

test("step runs one event", () => {
  const engine = new Engine({ seed: 1 });
  let count = 0;
  const kind = engine.register("k", () => count++);
  engine.after(5, kind);
  engine.after(5, kind);
  assert.ok(engine.step());
  assert.is(count, 1);
  assert.ok(engine.step());
  assert.not.ok(engine.step());
  assert.is(engine.now, 5);
});

test("stop ends the run after the handler, with the clock there", () => {
  const engine = new Engine({ seed: 1 });
  const kind = engine.register("k", (stop) => {
    if (stop === 1) engine.stop();
  });
  engine.after(5, kind, 1);
  engine.after(5, kind, 0);
  engine.run(tick(100));
  assert.is(engine.now, 5);
  assert.is(engine.pending, 1);
  engine.run(tick(100));
  assert.is(engine.now, 100);
});

test("cancelled events do not run; cancelling twice or too late says so", () => {
  const engine = new Engine({ seed: 1 });
  let ran = 0;
  const kind = engine.register("k", () => ran++);
  const first = engine.after(5, kind);
  const closure = engine.at(tick(6), () => ran++);
  const last = engine.after(7, kind);
  assert.ok(engine.cancel(first));
  assert.not.ok(engine.cancel(first));
  assert.ok(engine.cancel(closure));
  engine.run();
  assert.is(ran, 1);
  assert.not.ok(engine.cancel(last));
  assert.is(engine.eventsProcessed, 1);
});

test("an event cannot cancel itself, but the next one of its tick", () => {
  const engine = new Engine({ seed: 1 });
  const results: boolean[] = [];
  const handles: EventHandle[] = [];
  const kind = engine.register("k", () => {
    for (const handle of handles) results.push(engine.cancel(handle));
  });
  handles.push(engine.after(5, kind), engine.after(5, kind));
  engine.run();
  assert.equal(results, [false, true]);
});

test("the closure lane reuses its slots and never runs a wrong function", () => {
  const engine = new Engine({ seed: 1 });
  const log: number[] = [];
  let previous: EventHandle = 0;
  for (let i = 0; i < 1000; i++) {
    const handle = engine.at(tick(1000 - (i % 10)), () => log.push(i));
    if (i % 3 === 0) assert.is(engine.cancel(previous), i > 0 && i % 3 === 0);
    previous = handle;
  }
  engine.run();
  const expected = Array.from({ length: 1000 }, (_, i) => i)
    .filter((i) => i % 3 !== 2 || i === 999)
    .sort((a, b) => (b % 10) - (a % 10) || a - b);
  assert.equal(log, expected);
});

test("the past, fractions, NaN and nonsense are refused at the call", () => {
  const engine = new Engine({ seed: 1 });
  const kind = engine.register("k", () => undefined);
  engine.schedule(tick(100), kind);
  engine.run();
  const refused: readonly (() => unknown)[] = [
    () => engine.schedule(99 as Tick, kind),
    () => engine.schedule(-1 as Tick, kind),
    () => engine.schedule(NaN as Tick, kind),
    () => engine.schedule(100.5 as Tick, kind),
    () => engine.schedule(Infinity as Tick, kind),
    () => engine.schedule((2 ** 53) as Tick, kind),
    () => engine.after(-1, kind),
    () => engine.after(NaN, kind),
    () => engine.after(0.1, kind),
    () => engine.schedule(tick(200), kind, 0.5),
    () => engine.schedule(tick(200), kind, 0, 2 ** 31),
    () => engine.schedule(tick(200), kind + 1),
    () => engine.schedule(tick(200), -1),
    () => engine.schedule(tick(200), 0.5),
    () => engine.schedule(tick(200), NaN),
    () => engine.at(99 as Tick, () => undefined),
    () => engine.register("late", () => undefined),
    () => engine.kindName(17),
  ];
  for (const [i, call] of refused.entries()) assert.throws(call, isAssertion, `case ${i}`);
  assert.is(engine.pending, 0);
  // a refused closure must not leak into the next one
  let ran = false;
  engine.at(tick(101), () => {
    ran = true;
  });
  engine.run();
  assert.ok(ran);
});

test("kinds have unique names, registered before the run and by no handler", () => {
  const engine = new Engine({ seed: 1 });
  const kind = engine.register("pod/started", () => {
    assert.throws(() => engine.register("inside", () => undefined), isAssertion);
    assert.throws(() => engine.run(), isAssertion);
    assert.throws(() => engine.step(), isAssertion);
  });
  assert.is(engine.kindName(kind), "pod/started");
  assert.throws(() => engine.register("pod/started", () => undefined), isAssertion);
  engine.after(0, kind);
  engine.run();
  assert.is(engine.eventsProcessed, 1);
});

test("a handler that throws stops the run there, and the engine can go on", () => {
  const engine = new Engine({ seed: 1 });
  const log: number[] = [];
  const kind = engine.register("k", (a) => {
    if (a === 1) throw new Error("boom");
    log.push(a);
  });
  for (const a of [0, 1, 2]) engine.after(a, kind, a);
  assert.throws(() => engine.run(), "boom");
  assert.is(engine.now, 1);
  engine.run();
  assert.equal(log, [0, 2]);
});

test("streams are one object per path, seeded by the run", () => {
  const engine = new Engine({ seed: 42 });
  const stream = engine.stream("node/a");
  assert.is(stream, engine.stream("node/a"));
  const first = stream.next();
  assert.is(first, new Engine({ seed: "42" }).stream("node/a").next());
  assert.is.not(first, new Engine({ seed: 43 }).stream("node/a").next());
  assert.is.not(first, engine.stream("node/b").next());
});

// a small world with chance, cancels and ties: 20 workers that reset each other's timers
function world(seed: number, shuffleTies?: number): Engine {
  const engine = new Engine({ seed, shuffleTies });
  const timers: EventHandle[] = [];
  const work = engine.register("work", (worker) => {
    const stream = engine.stream(`worker/${worker}`);
    const other = stream.int(20);
    engine.cancel(timers[other]!);
    timers[other] = engine.after(100, work, other);
    timers[worker] = engine.after(stream.int(50), work, worker);
  });
  for (let worker = 0; worker < 20; worker++) timers[worker] = engine.after(0, work, worker);
  engine.run(tick(5_000));
  return engine;
}

test("the digest is the same for the same seed, and another for another", () => {
  const digests = [1, 1, 2, 3].map((seed) => world(seed).digest.hex());
  assert.is(digests[0], digests[1]);
  assert.is(new Set(digests).size, 3);
});

test("the digest of a known world is frozen", () => {
  const engine = world(42);
  assert.is(engine.digest.hex(), FROZEN_DIGEST);
  assert.is(engine.eventsProcessed, FROZEN_EVENTS);
});

test("the digest sees each dispatched event's tick, kind and arguments", () => {
  const run = (at: number, kindIndex: number, a: number, b: number) => {
    const engine = new Engine({ seed: 1 });
    const kinds = [engine.register("x", () => undefined), engine.register("y", () => undefined)];
    engine.schedule(tick(at), kinds[kindIndex]!, a, b);
    engine.run();
    return engine.digest.hex();
  };
  const digests = [
    run(1, 0, 0, 0),
    run(2, 0, 0, 0),
    run(1, 1, 0, 0),
    run(1, 0, 1, 0),
    run(1, 0, 0, 1),
    run(2 ** 33 + 1, 0, 0, 0),
  ];
  assert.is(new Set(digests).size, digests.length);
  const cancelled = new Engine({ seed: 1 });
  cancelled.cancel(
    cancelled.after(
      1,
      cancelled.register("x", () => undefined),
    ),
  );
  cancelled.run();
  assert.is(cancelled.digest.hex(), new Engine({ seed: 1 }).digest.hex());
});

test("shuffled ties show a race, and only a race", () => {
  const race = (shuffleTies: number | undefined) => {
    const engine = new Engine({ seed: 1, shuffleTies });
    let last = -1;
    let sum = 0;
    const kind = engine.register("k", (a) => {
      last = a;
      sum += a;
    });
    for (let a = 0; a < 10; a++) engine.after(5, kind, a);
    engine.run();
    return { last, sum };
  };
  const results = [undefined, 1, 2, 3, 4, 5].map(race);
  assert.is(results[0]!.last, 9);
  assert.ok(new Set(results.map(({ last }) => last)).size > 1);
  assert.is(new Set(results.map(({ sum }) => sum)).size, 1);
  assert.is(world(1, 7).digest.hex(), world(1, 7).digest.hex());
  assert.is.not(world(1, 7).digest.hex(), world(1, 8).digest.hex());
});

const FROZEN_DIGEST = "340e99e9e87c14d4";
const FROZEN_EVENTS = 3541;

test.run();
