// Buckets by tuple and their block sums against plain maps.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createStream } from "../../../sim/engine/random.ts";
import { BlockSums } from "../../../sim/scheduler/table/block-sums.ts";
import { Buckets } from "../../../sim/scheduler/table/buckets.ts";

function find(buckets: Buckets, tuple: readonly number[], hash: number): number {
  buckets.wanted.set(tuple);
  return buckets.find(hash);
}

test("equal tuples are one bucket, whatever their hashes share", () => {
  const random = createStream(1, "tuples");
  for (const components of [0, 1, 2, 5]) {
    // many tuples for few hashes, negative ones and zero among them
    for (const hashes of [1, 3, 1 << 30]) {
      const buckets = new Buckets();
      buckets.reset(components);
      const known = new Map<string, number>();
      for (let i = 0; i < 600; i++) {
        const tuple = Array.from({ length: components }, () => random.int(5) - 2);
        const key = tuple.join(" ");
        const hash = tuple.reduce((h, v) => Math.imul(h ^ v, 0x9e3779b1), 7) % hashes;
        const id = find(buckets, tuple, hash);
        assert.is(known.get(key) ?? known.size, id, key);
        known.set(key, id);
        for (let c = 0; c < components; c++) assert.is(buckets.value(id, c), tuple[c]);
      }
      assert.is(buckets.count, known.size);
      assert.ok(buckets.capacity >= known.size);
    }
  }
});

test("active are the buckets that hold nodes, each once", () => {
  const random = createStream(2, "nodes");
  const buckets = new Buckets();
  buckets.reset(1);
  const sizes = new Map<number, number>();
  for (let i = 0; i < 2000; i++) {
    const id = find(buckets, [random.int(30)], random.int(1));
    const size = sizes.get(id) ?? 0;
    if (size > 0 && random.int(2) === 0) {
      buckets.leave(id);
      sizes.set(id, size - 1);
    } else {
      buckets.enter(id);
      sizes.set(id, size + 1);
    }
    const held = [...sizes].filter(([, n]) => n > 0).map(([bucket]) => bucket);
    assert.equal(
      buckets.active.slice().sort((a, b) => a - b),
      held.sort((a, b) => a - b),
    );
    for (const [bucket, n] of sizes) assert.is(buckets.size[bucket], n);
  }
});

test("after a reset nothing is known", () => {
  const buckets = new Buckets();
  buckets.reset(2);
  for (let i = 0; i < 50; i++) buckets.enter(find(buckets, [i, -i], i));
  buckets.reset(1);
  assert.equal([buckets.count, buckets.capacity, buckets.active.length, buckets.components], [0, 0, 0, 1]);
  assert.is(find(buckets, [7], 7), 0);
  assert.is(buckets.size[0], 0);
});

test("block sums: numbers and bests per bucket and block, through random changes", () => {
  const random = createStream(3, "blocks");
  for (const nodes of [1, 64, 65, 1000, 16_384, 16_385, 40_000]) {
    const sums = new BlockSums();
    sums.layOut(nodes, 2);
    assert.is(sums.shift, nodes <= 16_384 ? 6 : 8);
    assert.ok((nodes - 1) >> sums.shift < sums.blocks, "the last position has a block");
    const placed = new Map<number, { bucket: number; base: number }>();
    const bestIn = (bucket: number, block: number) => {
      let best = -1;
      for (const [position, node] of placed)
        if (node.bucket === bucket && position >> sums.shift === block) best = Math.max(best, node.base);
      return best;
    };
    for (let i = 0; i < 400; i++) {
      const position = nodes < 100 ? random.int(nodes) : random.int(130) + (nodes - 130);
      const old = placed.get(position);
      if (i === 100) sums.grow(8);
      const bucket = random.int(sums.capacity);
      if (old !== undefined) {
        // a node that rises in its own bucket comes back at once
        const rises = random.int(3) === 0;
        placed.delete(position);
        if (sums.remove(old.bucket, position, old.base, rises))
          sums.setBest(old.bucket, position, bestIn(old.bucket, position >> sums.shift));
        if (rises) {
          const base = old.base + 1 + random.int(5);
          sums.add(old.bucket, position, base);
          placed.set(position, { bucket: old.bucket, base });
        }
      } else {
        const base = random.int(20);
        sums.add(bucket, position, base);
        placed.set(position, { bucket, base });
      }
      for (let b = 0; b < sums.capacity; b++) {
        let most = -1;
        for (const block of new Set([...placed.keys()].map((p) => p >> sums.shift))) {
          const cell = b * sums.blocks + block;
          const here = [...placed].filter(([p, n]) => n.bucket === b && p >> sums.shift === block);
          assert.is(sums.feasible[cell], here.length);
          assert.is(sums.best[cell], bestIn(b, block), `bucket ${b}, block ${block}`);
          most = Math.max(most, bestIn(b, block));
        }
        assert.is(sums.bestOf(b), most);
      }
    }
  }
});

test("cleared block sums take no room", () => {
  const sums = new BlockSums();
  sums.layOut(1000, 16);
  sums.clear();
  assert.equal([sums.best.length, sums.feasible.length, sums.capacity], [0, 0, 0]);
});

test.run();
