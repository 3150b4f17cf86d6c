// Shuffled ties: the same events at the same ticks, every order possible, and cancelling as without.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { EventHandle } from "../../sim/engine/event-queue.ts";
import { createStream } from "../../sim/engine/random.ts";
import { TieShuffle } from "../../sim/engine/tie-shuffle.ts";

const shuffled = (seed: number) => new TieShuffle(createStream(seed, "ties"));

function drain(queue: TieShuffle): number[] {
  const order: number[] = [];
  while (queue.pop(Infinity)) order.push(queue.removedA);
  return order;
}

test("ties come in any order, equally often; times never do", () => {
  const counts = new Map<string, number>();
  const runs = 6000;
  for (let seed = 0; seed < runs; seed++) {
    const queue = shuffled(seed);
    queue.push(50, 0, 9, 0);
    for (const a of [1, 2, 3]) queue.push(40, 0, a, 0);
    queue.push(30, 0, 8, 0);
    const order = drain(queue);
    assert.is(order[0], 8);
    assert.is(order[4], 9);
    const key = order.slice(1, 4).join("");
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  assert.is(counts.size, 6);
  for (const count of counts.values()) assert.ok(Math.abs(count - runs / 6) < 150, `${count}`);
});

test("the same seed gives the same order", () => {
  const run = (seed: number) => {
    const queue = shuffled(seed);
    for (let a = 0; a < 50; a++) queue.push(7, 0, a, 0);
    return drain(queue);
  };
  assert.equal(run(1), run(1));
  assert.not.equal(run(1), run(2));
  assert.equal(
    run(1).sort((a, b) => a - b),
    Array.from({ length: 50 }, (_, i) => i),
  );
});

test("an event that is scheduled within its tick joins those that are left of it", () => {
  const positions = new Set<number>();
  for (let seed = 0; seed < 50; seed++) {
    const queue = shuffled(seed);
    for (let a = 1; a <= 3; a++) queue.push(7, 0, a, 0);
    queue.pop(Infinity);
    queue.push(7, 0, 4, 0);
    positions.add(drain(queue).indexOf(4));
  }
  assert.equal([...positions].sort(), [0, 1, 2]);
});

test("random operations against a list", () => {
  const random = createStream("tie-shuffle", "test");
  const queue = shuffled(5);
  const live = new Map<EventHandle, { time: number; a: number }>();
  const dead: EventHandle[] = [];
  let now = 0;
  for (let i = 0; i < 40_000; i++) {
    const choice = random.int(10);
    if (choice < 5) {
      const time = now + random.int(4);
      live.set(queue.push(time, i % 7, i, -i), { time, a: i });
    } else if (choice < 7 && live.size > 0) {
      const handle = [...live.keys()][random.int(Math.min(live.size, 20))]!;
      assert.ok(queue.cancel(handle));
      assert.is(queue.removedA, live.get(handle)!.a);
      live.delete(handle);
      dead.push(handle);
    } else if (choice < 8 && dead.length > 0) {
      assert.not.ok(queue.cancel(dead[random.int(dead.length)]!));
    } else if (live.size > 0) {
      const earliest = Math.min(...[...live.values()].map((event) => event.time));
      assert.is(queue.peekTime(), earliest);
      assert.not.ok(queue.pop(earliest - 1));
      assert.ok(queue.pop(earliest));
      const [handle, event] = [...live].find(([, { a }]) => a === queue.removedA)!;
      assert.is(event.time, earliest);
      assert.equal([queue.removedKind, queue.removedB], [event.a % 7, -event.a]);
      live.delete(handle);
      dead.push(handle);
      now = earliest;
    }
    assert.is(queue.size, live.size);
  }
});

test.run();
