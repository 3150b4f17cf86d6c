// Buckets of a pod shape: the nodes that are feasible by themselves, gathered by equal raw values. A bucket is a tuple of small
// integers (its components); what they mean is told in bucket-rules.ts. Which nodes are in it is the caller's affair.
import { widerInts } from "./node-table.ts";

const FIRST_CAPACITY = 8;

export class Buckets {
  /** Number of components of each bucket. */
  components = 0;
  /** Buckets with an id so far; those that emptied keep theirs, for when their tuple comes up again. */
  count = 0;
  /** Buckets that hold a node. */
  readonly active: number[] = [];
  /** Tuple to look for; see `find`. */
  wanted: Int32Array = new Int32Array(0);

  // per bucket: the tuple, the number of its nodes, and what the current cycle makes of it
  values: Int32Array = new Int32Array(0);
  size: Int32Array = new Int32Array(0);
  /** 1 where the filters that look at other nodes let the bucket pass. */
  enabled: Uint8Array = new Uint8Array(0);
  /** Sum of the weighted normalized scores. */
  norm: Float64Array = new Float64Array(0);
  raw: Float64Array = new Float64Array(0);
  windowCount: Int32Array = new Int32Array(0);
  windowBest: Int32Array = new Int32Array(0);

  // open-addressing table of tuples: bucket + 1, 0 when free; and the hash of each bucket
  private index: Int32Array = new Int32Array(0);
  private hashes: Int32Array = new Int32Array(0);

  /** Number of buckets that there is room for. */
  get capacity(): number {
    return this.size.length;
  }

  /** Forgets all buckets. */
  reset(components: number): void {
    this.components = components;
    this.wanted = new Int32Array(components);
    this.count = 0;
    this.active.length = 0;
    this.index = new Int32Array(0);
    this.resize(0);
  }

  value(bucket: number, component: number): number {
    return this.values[bucket * this.components + component] as number;
  }

  /** Bucket of the tuple `wanted`; made on first sight. `hash` must be the same for equal tuples. */
  find(hash: number): number {
    if (this.count * 2 >= this.index.length) this.growIndex();
    const { components, values, wanted, index } = this;
    const mask = index.length - 1;
    for (let cell = hash & mask; ; cell = (cell + 1) & mask) {
      const id = (index[cell] as number) - 1;
      if (id < 0) {
        index[cell] = this.count + 1;
        return this.add(hash);
      }
      let i = 0;
      const from = id * components;
      while (i < components && values[from + i] === wanted[i]) i++;
      if (i === components) return id;
    }
  }

  enter(bucket: number): void {
    const size = this.size[bucket] as number;
    if (size === 0) this.active.push(bucket);
    this.size[bucket] = size + 1;
  }

  leave(bucket: number): void {
    const size = (this.size[bucket] as number) - 1;
    this.size[bucket] = size;
    if (size > 0) return;
    const last = this.active.pop() as number;
    if (last !== bucket) this.active[this.active.indexOf(bucket)] = last;
  }

  private add(hash: number): number {
    const id = this.count++;
    if (id >= this.capacity) this.resize(Math.max(FIRST_CAPACITY, this.capacity * 2));
    this.values.set(this.wanted, id * this.components);
    this.hashes[id] = hash;
    return id;
  }

  private resize(capacity: number): void {
    const kept = (column: Int32Array, length: number) =>
      capacity === 0 ? new Int32Array(0) : widerInts(column, length);
    this.size = kept(this.size, capacity);
    this.hashes = kept(this.hashes, capacity);
    this.values = kept(this.values, capacity * this.components);
    // the rest holds for one cycle only
    this.windowCount = new Int32Array(capacity);
    this.windowBest = new Int32Array(capacity);
    this.enabled = new Uint8Array(capacity);
    this.norm = new Float64Array(capacity);
    this.raw = new Float64Array(capacity);
  }

  private growIndex(): void {
    const length = Math.max(2 * FIRST_CAPACITY, this.index.length * 2);
    const index = new Int32Array(length);
    for (let id = 0; id < this.count; id++) {
      let cell = (this.hashes[id] as number) & (length - 1);
      while (index[cell] !== 0) cell = (cell + 1) & (length - 1);
      index[cell] = id + 1;
    }
    this.index = index;
  }
}
