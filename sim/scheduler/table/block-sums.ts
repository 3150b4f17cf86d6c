// Per bucket and block of positions in the node order: how many of the bucket's nodes are there, and the best of their bases.
// A selection over all nodes reads these instead of the nodes, then looks into the blocks that hold a winner.
import { widerInts } from "./node-table.ts";

/** Above this many nodes blocks are larger, so that their number grows more slowly than the nodes. */
const MANY_NODES = 16_384;

export class BlockSums {
  /** A position's block is position >> shift. */
  shift = 6;
  /** Number of blocks. A cell is bucket × blocks + block. */
  blocks = 0;
  /** Buckets that there is room for. */
  capacity = 0;
  /** Per cell the best base, -1 where there is no node. */
  best: Int32Array = new Int32Array(0);
  /** Per cell the number of nodes. */
  feasible: Int32Array = new Int32Array(0);

  /** Starts anew, empty. */
  layOut(nodes: number, capacity: number): void {
    this.shift = nodes <= MANY_NODES ? 6 : 8;
    this.blocks = (nodes >> this.shift) + 1;
    this.capacity = capacity;
    this.feasible = new Int32Array(capacity * this.blocks);
    this.best = new Int32Array(capacity * this.blocks).fill(-1);
  }

  grow(capacity: number): void {
    this.capacity = capacity;
    this.feasible = widerInts(this.feasible, capacity * this.blocks);
    const best = new Int32Array(capacity * this.blocks).fill(-1);
    best.set(this.best);
    this.best = best;
  }

  clear(): void {
    this.layOut(0, 0);
  }

  add(bucket: number, position: number, base: number): void {
    const cell = bucket * this.blocks + (position >> this.shift);
    this.feasible[cell] = (this.feasible[cell] as number) + 1;
    if (base > (this.best[cell] as number)) this.best[cell] = base;
  }

  /**
   * Takes a node out.
   *
   * @param rises the node comes back at once with a better base, so the best need not be right in between
   * @returns true when the best of the block is not known any more: set it with `setBest`
   */
  remove(bucket: number, position: number, base: number, rises: boolean): boolean {
    const cell = bucket * this.blocks + (position >> this.shift);
    const left = (this.feasible[cell] as number) - 1;
    this.feasible[cell] = left;
    if (rises || (this.best[cell] as number) > base) return false;
    this.best[cell] = -1;
    return left > 0;
  }

  setBest(bucket: number, position: number, best: number): void {
    this.best[bucket * this.blocks + (position >> this.shift)] = best;
  }

  /** The best base of a bucket's nodes, -1 when it has none. */
  bestOf(bucket: number): number {
    const { best, blocks } = this;
    let most = -1;
    for (let cell = bucket * blocks; cell < (bucket + 1) * blocks; cell++)
      if ((best[cell] as number) > most) most = best[cell] as number;
    return most;
  }
}
