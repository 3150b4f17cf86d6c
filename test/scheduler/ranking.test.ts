// Tie-breaking and the order in which ranked nodes are handed out.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createStream } from "../../sim/engine/random.ts";
import { NodeInfo } from "../../sim/scheduler/node-info.ts";
import { Ranking } from "../../sim/scheduler/ranking.ts";
import { node } from "./cluster.ts";

const infos = Array.from({ length: 40 }, (_, slot) => new NodeInfo(node(`n${slot}`), slot));
const drain = (ranking: Ranking): number[] => {
  const slots: number[] = [];
  while (ranking.size > 0) slots.push(ranking.pop().slot);
  return slots;
};

test("heap: the root after building a binary heap in the order of discovery, not the first and not at random", () => {
  // 7 nodes: the best are at 3 and 5. Sifting 1 lifts 3 above it, sifting 2 lifts 5; at the root the left one wins
  const best = (totals: readonly number[]) =>
    new Ranking(infos.slice(0, totals.length), totals, "heap", null).pop().slot;
  assert.is(best([1, 1, 1, 9, 1, 9, 1]), 3);
  assert.is(best([1, 1, 1, 1, 1, 9, 9]), 5);
  // at 2 and 3: sifting the root compares 3, lifted to 1, with 2 and prefers the left
  assert.is(best([1, 1, 9, 9]), 3);
  assert.is(best([5, 5, 5, 5]), 0);
  assert.is(best([1, 9, 9]), 1);
});

test("heap: equals a plain heap of objects, also for what is popped later", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 40 }), (totals) => {
      assert.equal(drain(new Ranking(infos.slice(0, totals.length), totals, "heap", null)), naiveHeap(totals));
    }),
    { seed: 21, numRuns: 500 },
  );
});

/** Builds the heap and pops from it the way textbooks and Go's container/heap do. */
function naiveHeap(totals: readonly number[]): number[] {
  const heap = totals.map((total, slot) => ({ total, slot }));
  const down = (start: number, size: number) => {
    for (let i = start; ; ) {
      const left = 2 * i + 1;
      if (left >= size) return;
      const right = left + 1;
      const child = right < size && heap[right]!.total > heap[left]!.total ? right : left;
      if (heap[child]!.total <= heap[i]!.total) return;
      [heap[i], heap[child]] = [heap[child]!, heap[i]!];
      i = child;
    }
  };
  for (let i = (heap.length >> 1) - 1; i >= 0; i--) down(i, heap.length);
  const order: number[] = [];
  for (let size = heap.length - 1; size >= 0; size--) {
    [heap[0], heap[size]] = [heap[size]!, heap[0]!];
    down(0, size);
    order.push(heap.pop()!.slot);
  }
  return order;
}

test("first: highest total, then lowest slot, whatever the order of discovery", () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray([...infos.keys()], { minLength: 1 }),
      fc.infiniteStream(fc.integer({ min: 0, max: 3 })),
      (slots, stream) => {
        const totals = slots.map(() => stream.next().value as number);
        const expected = slots
          .map((slot, i) => ({ slot, total: totals[i]! }))
          .sort((a, b) => b.total - a.total || a.slot - b.slot);
        assert.equal(
          drain(
            new Ranking(
              slots.map((slot) => infos[slot]!),
              totals,
              "first",
              null,
            ),
          ),
          expected.map((e) => e.slot),
        );
      },
    ),
    { seed: 22, numRuns: 300 },
  );
});

test("seeded: only the best, each of them about equally often, and the same for the same seed", () => {
  const totals = [3, 9, 9, 1, 9];
  const counts = new Map<number, number>();
  const stream = createStream(5, "ties");
  for (let i = 0; i < 3000; i++) {
    const { slot } = new Ranking(infos.slice(0, 5), totals, "seeded", stream).pop();
    counts.set(slot, (counts.get(slot) ?? 0) + 1);
  }
  assert.equal([...counts.keys()].sort(), [1, 2, 4]);
  for (const count of counts.values()) assert.ok(count > 900 && count < 1100, `${count} of 3000`);
  const once = (order: readonly number[]) =>
    new Ranking(
      order.map((i) => infos[i]!),
      order.map((i) => totals[i]!),
      "seeded",
      createStream(7, "ties"),
    ).pop().slot;
  // the draw is about nodes, not about positions in the search
  assert.is(once([0, 1, 2, 3, 4]), once([4, 2, 0, 1, 3]));
});

test.run();
