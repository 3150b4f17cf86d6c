// The feasible nodes of a selection with their totals, for batching: usually nobody asks, so nothing is copied per node. What
// changes after the selection is noted down, and the ranking is worked out only when it is wanted.
import { assert } from "../../engine/assert.ts";

/** Positions in the node order of the moment of the capture, and the totals there. */
export interface RankedNodes {
  readonly positions: Int32Array;
  readonly totals: Float64Array;
}

/** A selection's totals from a moment that may have passed: what has changed since is noted here, the rest is as it is. */
export class CapturedRanking {
  private result: RankedNodes | null = null;
  private readonly order: Int32Array;
  private readonly start: number;
  private readonly feasible: number;
  private readonly norm: Float64Array;
  private readonly enabled: Uint8Array;
  // slot → base and bucket at the moment of the capture
  private readonly before = new Map<number, { readonly base: number; readonly bucket: number }>();

  constructor(order: Int32Array, start: number, feasible: number, norm: Float64Array, enabled: Uint8Array) {
    this.order = order;
    this.start = start;
    this.feasible = feasible;
    this.norm = norm;
    this.enabled = enabled;
  }

  note(slot: number, base: number, bucket: number): void {
    if (this.result === null && !this.before.has(slot)) this.before.set(slot, { base, bucket });
  }

  /** Works the ranking out the first time, given the values per slot as they are then. */
  freeze(baseNow: Int32Array, bucketNow: Int32Array): RankedNodes {
    if (this.result !== null) return this.result;
    const { order, start, feasible, norm, enabled, before } = this;
    const positions = new Int32Array(feasible);
    const totals = new Float64Array(feasible);
    for (let i = 0, found = 0; found < feasible; i++) {
      assert(i < order.length, "the captured nodes are found in their order");
      const position = (start + i) % order.length;
      const slot = order[position] as number;
      const old = before.get(slot);
      const base = old === undefined ? (baseNow[slot] as number) : old.base;
      const bucket = old === undefined ? (bucketNow[slot] as number) : old.bucket;
      if (base < 0 || enabled[bucket] !== 1) continue;
      positions[found] = position;
      totals[found++] = base + (norm[bucket] as number);
    }
    this.result = { positions, totals };
    return this.result;
  }
}
