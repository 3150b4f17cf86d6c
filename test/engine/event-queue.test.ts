// The wheel against a sorted array: a million random operations, then short programs that fast-check shrinks.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type EventHandle, EventQueue } from "../../sim/engine/event-queue.ts";
import { createStream, type RandomStream } from "../../sim/engine/random.ts";
import { type NaiveEvent, NaiveQueue } from "./naive-queue.ts";

interface Live extends NaiveEvent {
  readonly handle: EventHandle;
  readonly kind: number;
}

/** Applies the same operations to both queues and compares everything that can be seen. */
class Pair {
  readonly wheel = new EventQueue(16);
  readonly naive = new NaiveQueue();
  readonly live: Live[] = [];
  readonly dead: EventHandle[] = [];
  now = 0;
  private sequence = 0;

  push(delay: number): void {
    const time = this.now + delay;
    const sequence = this.sequence++;
    const kind = sequence % 2048;
    const handle = this.wheel.push(time, kind, sequence, -sequence);
    const event = { time, sequence, handle, kind };
    this.naive.push(event);
    this.live.push(event);
  }

  cancel(index: number): void {
    const [event] = this.live.splice(index, 1);
    if (event === undefined) return;
    equal(this.naive.remove(event), true, "naive remove");
    equal(this.wheel.cancel(event.handle), true, "cancel");
    this.expectRemoved(event);
    this.dead.push(event.handle);
  }

  cancelDead(index: number): void {
    const handle = this.dead[index];
    if (handle !== undefined) equal(this.wheel.cancel(handle), false, "cancel of a dead handle");
  }

  pop(limit: number): void {
    const expected = this.naive.pop(limit);
    equal(this.wheel.pop(limit), expected !== undefined, "pop");
    if (expected === undefined) {
      if (limit < Infinity) this.skipTo(limit);
      return;
    }
    equal(this.wheel.timeHigh * 2 ** 32 + (this.wheel.timeLow >>> 0), expected.time, "time");
    const index = this.live.findIndex((event) => event.sequence === expected.sequence);
    const [event] = this.live.splice(index, 1);
    this.expectRemoved(event!);
    this.dead.push(event!.handle);
    this.now = expected.time;
  }

  skipTo(time: number): void {
    this.wheel.skipTo(time);
    this.now = time;
  }

  compare(): void {
    equal(this.wheel.size, this.naive.events.length, "size");
    equal(this.wheel.peekTime(), this.naive.peekTime(), "peek");
  }

  private expectRemoved(event: Live): void {
    equal(this.wheel.removedKind, event.kind, "kind");
    equal(this.wheel.removedA, event.sequence, "a");
    equal(this.wheel.removedB, -event.sequence, "b");
  }
}

// uvu's assert.is is too slow for a million operations
function equal(actual: unknown, expected: unknown, what: string): void {
  if (!Object.is(actual, expected) && !(actual === 0 && expected === 0)) {
    throw new Error(`${what}: ${actual}, expected ${expected}`);
  }
}

// regimes with different shapes of the wheel: all ties, one level, byte borders, Kubernetes' mix, all seven levels
const REGIMES: readonly ((random: RandomStream) => number)[] = [
  (random) => random.int(2),
  (random) => random.int(600),
  (random) => 256 ** (1 + random.int(5)) + random.int(3) - 1,
  (random) => {
    const share = random.int(100);
    if (share < 45) return 0;
    if (share < 80) return 200 + random.int(1800);
    return share < 95 ? 10_000_000 : 60_000_000 + random.int(240_000_000);
  },
  (random) => Math.floor(2 ** (random.next() * 44)) - 1,
];

test("a million random operations equal those of a sorted array", () => {
  const random = createStream("event-queue", "test");
  const operationsPerRun = 50_000;
  let operations = 0;
  for (let run = 0; run < 20; run++) {
    const pair = new Pair();
    const delay = REGIMES[run % REGIMES.length]!;
    const targetSize = [5, 60, 400, 1500][Math.floor(run / REGIMES.length)]!;
    for (let i = 0; i < operationsPerRun; i++, operations++) {
      const choice = random.int(100);
      const growing = pair.wheel.size < targetSize ? 15 : -15;
      if (choice < 40 + growing) pair.push(delay(random));
      else if (choice < 60) pair.cancel(random.int(pair.live.length + 1));
      else if (choice < 64) pair.cancelDead(random.int(pair.dead.length + 1));
      else if (choice < 67) pair.pop(pair.now + delay(random));
      else if (choice < 71) pair.skipTo(Math.min(pair.naive.peekTime(), pair.now + delay(random)));
      else pair.pop(Infinity);
      if (choice % 4 === 0) pair.compare();
    }
    while (pair.wheel.size > 0) pair.pop(Infinity);
    pair.compare();
  }
  assert.is(operations, 1_000_000);
});

test("short programs equal those of a sorted array", () => {
  const delay = fc.oneof(
    fc.constant(0),
    fc.nat(3),
    fc.nat(70_000),
    fc.constantFrom(255, 256, 257, 65_535, 65_536, 2 ** 24, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 40, 2 ** 48),
    fc.nat(2 ** 31 - 1),
  );
  const operation = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant("push" as const), value: delay }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("pop" as const), value: fc.constant(Infinity) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("popUntil" as const), value: delay }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("skip" as const), value: delay }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("cancel" as const), value: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("cancelDead" as const), value: fc.nat(20) }) },
  );
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (program) => {
      const pair = new Pair();
      for (const step of program) {
        if (step.do === "push") pair.push(step.value);
        else if (step.do === "pop") pair.pop(step.value);
        else if (step.do === "popUntil") pair.pop(pair.now + step.value);
        else if (step.do === "skip") pair.skipTo(Math.min(pair.naive.peekTime(), pair.now + step.value));
        else if (step.do === "cancel") pair.cancel(step.value);
        else pair.cancelDead(step.value);
        pair.compare();
      }
      while (pair.wheel.size > 0) pair.pop(Infinity);
    }),
    { seed: 20261, numRuns: 3000 },
  );
});

test("equal times leave in the order of their coming, whatever level they came through", () => {
  const queue = new EventQueue();
  const time = 3 * 2 ** 40 + 5;
  queue.push(time, 0, 1, 0);
  queue.push(2 ** 41, 0, 100, 0);
  queue.push(time, 0, 2, 0);
  queue.pop(Infinity);
  assert.is(queue.removedA, 100);
  queue.push(time - 1, 0, 101, 0);
  queue.push(time, 0, 3, 0);
  queue.pop(Infinity);
  queue.push(time, 0, 4, 0);
  const order: number[] = [];
  while (queue.pop(Infinity)) order.push(queue.removedA);
  assert.equal(order, [1, 2, 3, 4]);
});

test("peeking does not move time: an earlier event may follow, and comes first", () => {
  const queue = new EventQueue();
  queue.push(1_000_000_000_000, 0, 2, 0);
  assert.is(queue.peekTime(), 1_000_000_000_000);
  queue.push(1, 0, 1, 0);
  assert.is(queue.peekTime(), 1);
  assert.ok(queue.pop(Infinity));
  assert.is(queue.removedA, 1);
});

test("a limit keeps later events, and time at most at the limit", () => {
  const queue = new EventQueue();
  const times = [70_000, 70_001, 70_300, 2 ** 33];
  for (const time of times) queue.push(time, 0, 0, 0);
  for (let limit = 0; limit < 70_000; limit += 777) {
    assert.is(queue.pop(limit), false);
    assert.ok(queue.timeHigh === 0 && queue.timeLow <= limit);
    queue.push(limit, 1, 0, 0);
    assert.ok(queue.pop(limit));
    assert.is(queue.removedKind, 1);
  }
  assert.ok(queue.pop(70_000));
  assert.is(queue.pop(70_000), false);
  assert.is(queue.size, 3);
});

test("skipping moves time up to the next event, never over it, and costs nothing when repeated", () => {
  const queue = new EventQueue();
  for (let i = 0; i < 20_000; i++) queue.push(50_000_000 + (i % 10), 0, i, 0);
  for (let time = 0; time < 50_000_000; time += 500) {
    assert.is(queue.pop(time), false);
    queue.skipTo(time);
  }
  queue.skipTo(50_000_000);
  for (const time of [50_000_001, 60_000_000, 2 ** 40]) assert.throws(() => queue.skipTo(time), "cannot skip");
  assert.is(queue.size, 20_000);
  assert.ok(queue.pop(Infinity));
  assert.is(queue.removedA, 0);
  const far = new EventQueue();
  far.push(2 ** 40 + 5, 0, 0, 0);
  assert.throws(() => far.skipTo(2 ** 40 + 6), "cannot skip");
  for (const time of [-1, 0.5, NaN, Infinity]) assert.throws(() => new EventQueue().skipTo(time), "cannot skip");
  const later = new EventQueue();
  later.skipTo(10);
  assert.throws(() => later.skipTo(9), "cannot skip");
});

test("the whole range of time is usable", () => {
  const queue = new EventQueue();
  const times = [
    0,
    1,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 52,
    Number.MAX_SAFE_INTEGER - 1,
    Number.MAX_SAFE_INTEGER,
  ];
  for (const time of times.toReversed()) queue.push(time, 0, 0, 0);
  const popped: number[] = [];
  while (queue.pop(Infinity)) popped.push(queue.timeHigh * 2 ** 32 + (queue.timeLow >>> 0));
  assert.equal(popped, times);
});

test("arguments keep all 32 bits", () => {
  const queue = new EventQueue();
  for (const value of [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)]) {
    queue.push(0, 2047, value, -1 - value);
    queue.pop(0);
    assert.equal([queue.removedKind, queue.removedA, queue.removedB], [2047, value, -1 - value]);
  }
});

test("the slab grows, keeps its events, and is reused", () => {
  const queue = new EventQueue(1);
  for (let i = 0; i < 5000; i++) queue.push((i * 7919) % 5000, 0, i, 0);
  assert.is(queue.capacity, 8192);
  for (let i = 0; i < 5000; i++) {
    assert.ok(queue.pop(Infinity));
    assert.is(queue.timeLow, i);
  }
  for (let i = 0; i < 50_000; i++) {
    queue.push(5000 + i, 0, 0, 0);
    queue.pop(Infinity);
  }
  assert.is(queue.capacity, 8192);
});

test("handles of a reused record differ, and only the living one cancels", () => {
  const queue = new EventQueue();
  const handles = new Set<EventHandle>();
  for (let i = 0; i < 10_000; i++) {
    const handle = queue.push(i, 0, 0, 0);
    assert.ok(Number.isSafeInteger(handle) && handle > 0);
    handles.add(handle);
    queue.pop(Infinity);
  }
  assert.is(handles.size, 10_000);
  const living = queue.push(20_000, 0, 0, 0);
  for (const handle of handles) assert.is(queue.cancel(handle), false);
  assert.is(queue.size, 1);
  assert.ok(queue.cancel(living));
  assert.is(queue.cancel(living), false);
});

test("what never was a handle cancels nothing", () => {
  const queue = new EventQueue();
  const handle = queue.push(5, 0, 0, 0);
  for (const guess of [
    0,
    1,
    -1,
    -handle,
    0.5,
    handle + 0.5,
    handle + 1,
    handle + 2 ** 28,
    NaN,
    Infinity,
    -Infinity,
    2 ** 60,
  ]) {
    assert.is(queue.cancel(guess), false, `${guess}`);
  }
  queue.pop(Infinity);
  // a freed record has a new generation, whose handle was not given to anybody
  for (let i = 0; i < 4; i++) assert.is(queue.cancel(handle + i * 2 ** 28), false);
  assert.is(queue.size, 0);
});

test("addresses that were never used cancel nothing", () => {
  const queue = new EventQueue(64);
  const handle = queue.push(5, 0, 0, 0);
  for (let ahead = 1; ahead <= 80; ahead++) assert.is(queue.cancel(handle + 8 * ahead), false);
  assert.is(queue.size, 1);
});

test("a record retires before its handles repeat", () => {
  const queue = new EventQueue(1);
  const first = queue.push(0, 0, 0, 0);
  queue.pop(0);
  // one record serves them all, as long as it has generations left
  const generations = 2 ** 25 - 1;
  for (let i = 1; i < generations; i++) {
    queue.push(0, 0, 0, 0);
    queue.pop(0);
  }
  assert.is(queue.capacity, 1);
  const next = queue.push(0, 0, 0, 0);
  assert.is(queue.capacity, 2);
  assert.is.not(next, first);
  assert.is(queue.cancel(first), false);
  assert.is(queue.cancel(next), true);
});

test("the past, fractions, NaN and wide arguments are refused, and leave the queue as it was", () => {
  const queue = new EventQueue();
  queue.push(2 ** 33, 0, 0, 0);
  queue.pop(Infinity);
  queue.push(2 ** 33 + 5, 0, 7, 0);
  for (const time of [2 ** 33 - 1, 0, -1, 2 ** 33 + 0.5, NaN, Infinity, -Infinity, 2 ** 53, 2 ** 60]) {
    assert.throws(() => queue.push(time, 0, 0, 0), /past|not a point in time/, `${time}`);
  }
  for (const argument of [0.5, 2 ** 31, NaN, Infinity]) {
    assert.throws(() => queue.push(2 ** 33, 0, argument, 0), "32-bit");
    assert.throws(() => queue.push(2 ** 33, 0, 0, argument), "32-bit");
  }
  assert.is(queue.size, 1);
  assert.ok(queue.pop(Infinity));
  assert.is(queue.removedA, 7);
});

test.run();
