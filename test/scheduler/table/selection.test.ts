// The winner among tied nodes without building a heap, against a heap that is built.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createStream } from "../../../sim/engine/random.ts";
import { leastPreorderKey, preorderKey } from "../../../sim/scheduler/table/selection.ts";

/** Position of the element that ends at the root, by the sift-down of an ordinary binary heap with "greater" as its order. */
function rootOfHeap(scores: readonly number[]): number {
  const heap = scores.map((score, position) => ({ score, position }));
  const before = (i: number, j: number) => heap[i]!.score > heap[j]!.score;
  for (let start = Math.floor(heap.length / 2) - 1; start >= 0; start--) {
    for (let i = start; ; ) {
      const left = 2 * i + 1;
      if (left >= heap.length) break;
      const child = left + 1 < heap.length && before(left + 1, left) ? left + 1 : left;
      if (!before(child, i)) break;
      [heap[i], heap[child]] = [heap[child]!, heap[i]!];
      i = child;
    }
  }
  return heap[0]!.position;
}

function winner(scores: readonly number[]): number {
  const best = Math.max(...scores);
  let found = -1;
  for (let rank = 0; rank < scores.length; rank++) {
    if (scores[rank] === best && (found < 0 || preorderKey(rank) < preorderKey(found))) found = rank;
  }
  return found;
}

/** Positions 0 … n-1 of the implicit tree as a walk meets them: node, left child, right child. */
function preorder(n: number, from = 0): number[] {
  return from >= n ? [] : [from, ...preorder(n, 2 * from + 1), ...preorder(n, 2 * from + 2)];
}

test("keys are in the order of a walk through the tree", () => {
  for (const n of [1, 2, 3, 7, 8, 64, 1000]) {
    const byKey = Array.from({ length: n }, (_, i) => i).sort((a, b) => preorderKey(a) - preorderKey(b));
    assert.equal(byKey, preorder(n), `${n} positions`);
  }
});

test("the least key among the tied is the heap's root: all sizes to 200, random ties", () => {
  const random = createStream(1, "ties");
  for (let n = 1; n <= 200; n++) {
    for (let round = 0; round < 20; round++) {
      const values = 1 + random.int(4);
      const scores = Array.from({ length: n }, () => random.int(values));
      assert.is(winner(scores), rootOfHeap(scores), scores.join(" "));
    }
  }
});

test("the same for every set of tied positions among nine, and for large numbers of nodes", () => {
  for (let set = 1; set < 512; set++) {
    const scores = Array.from({ length: 9 }, (_, i) => (set >> i) & 1);
    assert.is(winner(scores), rootOfHeap(scores), scores.join(" "));
  }
  const random = createStream(2, "ties");
  for (let round = 0; round < 30; round++) {
    const n = 1000 + random.int(20_000);
    const rare = 2 + random.int(n);
    const scores = Array.from({ length: n }, () => (random.int(rare) === 0 ? 2 : random.int(2)));
    assert.is(winner(scores), rootOfHeap(scores), `${n} nodes`);
  }
});

test("the least key of a range is that of its first position or of the first level that begins inside", () => {
  const naive = (from: number, to: number) => {
    let least = Number.POSITIVE_INFINITY;
    for (let rank = from; rank <= to; rank++) least = Math.min(least, preorderKey(rank));
    return least;
  };
  for (let from = 0; from < 130; from++)
    for (let to = from; to < 130; to++) assert.is(leastPreorderKey(from, to), naive(from, to), `${from} … ${to}`);
  const random = createStream(3, "ranges");
  for (let round = 0; round < 300; round++) {
    const from = random.int(1 << 20);
    const to = Math.min((1 << 20) - 1, from + random.int(300));
    assert.is(leastPreorderKey(from, to), naive(from, to), `${from} … ${to}`);
  }
});

test("keys stay apart and exact up to the most nodes that a table holds", () => {
  const last = (1 << 20) - 1;
  const keys = [0, 1, 2, 3, last >> 1, (last >> 1) + 1, last - 1, last].map(preorderKey);
  assert.is(new Set(keys).size, keys.length);
  for (const key of keys) assert.ok(Number.isSafeInteger(key), String(key));
  // down the left edge keys ascend: a prefix comes before its extensions
  for (let level = 1; level < 20; level++)
    assert.ok(preorderKey((1 << level) - 1) > preorderKey((1 << (level - 1)) - 1), `level ${level}`);
});

test.run();
