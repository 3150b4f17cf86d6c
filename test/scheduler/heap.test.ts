// The heap against a sorted array, under random pushes, pops, removals and changes of rank.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Heap, type Heaped } from "../../sim/scheduler/heap.ts";

interface Item extends Heaped {
  rank: number;
  readonly id: number;
}

const before = (a: Item, b: Item) => a.rank < b.rank || (a.rank === b.rank && a.id < b.id);

test("agrees with a sorted array", () => {
  const operation = fc.record({
    kind: fc.integer({ min: 0, max: 4 }),
    rank: fc.integer({ min: 0, max: 9 }),
    pick: fc.nat(),
  });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      const heap = new Heap<Item>(before);
      const naive: Item[] = [];
      for (const [id, { kind, rank, pick }] of operations.entries()) {
        const known = naive[pick % Math.max(1, naive.length)];
        if (kind <= 1) {
          const item = { rank, id, heapIndex: -1 };
          heap.push(item);
          naive.push(item);
        } else if (kind === 2) {
          const popped = heap.pop();
          assert.is(popped, naive.shift());
          if (popped !== undefined) assert.is(popped.heapIndex, -1);
        } else if (known !== undefined && kind === 3) {
          heap.remove(known);
          naive.splice(naive.indexOf(known), 1);
        } else if (known !== undefined) {
          known.rank = rank;
          heap.fix(known);
        }
        naive.sort((a, b) => (before(a, b) ? -1 : 1));
        assert.is(heap.size, naive.length);
        assert.is(heap.peek(), naive[0]);
      }
    }),
    { seed: 36, numRuns: 300 },
  );
});

test.run();
