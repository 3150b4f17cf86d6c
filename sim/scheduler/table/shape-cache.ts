// What the table remembers of one pod shape: per node whether it fits and its node-local score, and which bucket of equal raw
// values it is in (bucket-rules.ts). A cycle evaluates changed nodes only, then normalizes once per bucket and selects.
// Exactness: totals are integers, the same as the plain evaluation's; see table tests.
import { assert } from "../../engine/assert.ts";
import type { RandomStream } from "../../engine/random.ts";
import type { Status } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import type { TieBreak } from "../ranking.ts";
import { BlockSums } from "./block-sums.ts";
import { BucketRules } from "./bucket-rules.ts";
import { Buckets } from "./buckets.ts";
import { CapturedRanking, type RankedNodes } from "./captured-ranking.ts";
import { NodeLocal } from "./node-local.ts";
import { type NodeTable, widerInts } from "./node-table.ts";
import type { ShapeRules } from "./rules.ts";
import { leastPreorderKey, preorderKey } from "./selection.ts";
import { type StaticClass, sameStatus } from "./static-class.ts";

/** What a cycle on the table found; one object per evaluator, overwritten by each cycle. */
export interface Selection {
  /** Chosen slot, or -1 when no node is feasible. */
  slot: number;
  /** Total score of the chosen node, -1 when it was the only feasible one and nothing was scored. */
  score: number;
  feasible: number;
  /** Nodes that the real scheduler's search visits and counts: feasible plus rejected. */
  evaluated: number;
  nextStart: number;
}

/** What a cache takes besides its arrays, and per bucket, about. */
const OWN_BYTES = 4096;
const BUCKET_BYTES = 64;
/** With more buckets than this there are no block sums: the cached nodes are searched one by one. */
const MOST_BUCKETS = 256;
/** `base` of a node that is not there or was never looked at, and of one that is rejected by itself. */
const UNKNOWN = -2;
const REJECTED = -1;

export class ShapeCache {
  private readonly table: NodeTable;
  private readonly rules: ShapeRules;
  private readonly statics: StaticClass;
  private readonly local: NodeLocal;
  private readonly buckets = new Buckets();
  private readonly bucketRules: BucketRules;
  private readonly sums = new BlockSums();
  /** False while there are too many buckets for block sums. */
  private blocked = true;

  // per slot: sum of the node-local scores, or why there is none; the bucket of a feasible node; the index of a rejection
  private base: Int32Array;
  private bucketOf: Int32Array;
  private rejectOf: Int32Array;
  private readonly rejections: Status[] = [];
  private readonly rejectionByMask = new Map<number, number>();

  private captured: CapturedRanking | null = null;
  private cursor = 0;
  private orderEpoch = -1;
  private staticVersion = 0;
  private window: Int32Array = new Int32Array(0);
  /** Nodes evaluated again so far: what the benches report as work done. */
  evaluations = 0;

  constructor(table: NodeTable, rules: ShapeRules, statics: StaticClass) {
    this.table = table;
    this.rules = rules;
    this.statics = statics;
    this.base = new Int32Array(table.capacity).fill(UNKNOWN);
    this.bucketOf = new Int32Array(table.capacity);
    this.rejectOf = new Int32Array(table.capacity);
    this.local = new NodeLocal(table, rules, statics);
    this.bucketRules = new BucketRules(table, rules, statics, this.buckets);
  }

  /** Bytes held, about: to bound the memory of all caches together. */
  get bytes(): number {
    return OWN_BYTES + this.base.length * 12 + this.sums.best.length * 8 + this.buckets.capacity * BUCKET_BYTES;
  }

  /** True when verdicts of nodes hang on counts over domains, which nominated pods would shift. */
  get dependsOnOtherNodes(): boolean {
    return this.bucketRules.filters;
  }

  /** True when GpuShare may reject nodes. */
  get sharesGpus(): boolean {
    return this.rules.gpuVerdict !== null;
  }

  /** See BucketRules: when true, the plain evaluation must decide. */
  get mixesBlankDomains(): boolean {
    return this.bucketRules.mixesBlankDomains;
  }

  /** Catches up with every change since the last cycle of this shape. */
  sync(): void {
    const { table, buckets } = this;
    table.refreshOrder();
    this.statics.sync();
    if (table.capacity > this.base.length) this.growSlots();
    const log = table.changes;
    if (this.mustStartAnew()) this.startAnew();
    else if (this.orderEpoch === table.orderEpoch) this.evaluateLogged();
    else {
      // positions moved: values per node stay, sums per block are made again
      this.orderEpoch = table.orderEpoch;
      const { blocked } = this;
      this.blocked = false;
      this.evaluateLogged();
      this.blocked = blocked && buckets.count <= MOST_BUCKETS;
      if (this.blocked) this.sumBlocks();
    }
    this.cursor = log.head;
    // a shape that lives long leaves many empty buckets behind
    if (buckets.count > MOST_BUCKETS && buckets.count > 2 * buckets.active.length) this.startAnew();
  }

  private mustStartAnew(): boolean {
    const { table, statics } = this;
    const { changes } = table;
    let anew = this.bucketRules.isStale();
    if (anew) {
      this.freezeCaptured();
      this.bucketRules.compile();
    }
    if (statics.version !== this.staticVersion) {
      this.staticVersion = statics.version;
      anew = true;
    }
    return anew || this.cursor < changes.tail || changes.head - this.cursor > table.order.length;
  }

  /**
   * Finds the node for a pod of this shape. Call `sync` first.
   * @param startIndex position in the scheduling order where the search begins, modulo the number of nodes
   * @param limit most feasible nodes to find; the node count or more means all
   */
  select(startIndex: number, limit: number, tieBreak: TieBreak, stream: RandomStream | null, out: Selection): void {
    const nodes = this.table.order.length;
    // nodes may have gone since the index was left where it is
    const start = startIndex % nodes;
    const { active, enabled, size } = this.buckets;
    this.bucketRules.enable();
    let feasible = 0;
    for (const b of active) if (enabled[b] === 1) feasible += size[b] as number;
    out.slot = -1;
    out.score = -1;
    out.feasible = feasible;
    out.evaluated = nodes;
    out.nextStart = start;
    if (feasible === 0) return;
    if (this.rules.profile.pick !== null) this.pickInWindow(start, limit, this.rules.profile.pick, out);
    else if (start === 0 && feasible <= limit && this.blocked && tieBreak !== "seeded")
      this.selectByBlocks(tieBreak, out);
    else this.selectInWindow(start, limit, tieBreak, stream, out);
  }

  /** Verdict of one node in this cycle; null when it is feasible. Valid between `select` and the next change. */
  verdict(slot: number): Status | null {
    if ((this.base[slot] as number) < 0) return this.rejections[this.rejectOf[slot] as number] as Status;
    const b = this.bucketOf[slot] as number;
    return this.buckets.enabled[b] === 1 ? null : this.bucketRules.verdict(b);
  }

  /** Would the node pass all filters now? Call `sync` first. */
  fits(slot: number): boolean {
    return (this.base[slot] as number) >= 0 && this.bucketRules.verdict(this.bucketOf[slot] as number) === null;
  }

  /**
   * Keeps the last selection's feasible nodes and totals, whatever changes later. Call between `select` and the next change.
   * Only changes are noted down from here on, until the next capture: nothing is copied per node.
   *
   * @param start position where that selection's search began
   */
  capture(start: number, feasible: number): CapturedRanking {
    const { norm, enabled } = this.buckets;
    this.captured = new CapturedRanking(this.table.order, start, feasible, norm.slice(), enabled.slice());
    return this.captured;
  }

  /** The nodes in the order of discovery with their totals, as they were at the capture. */
  ranked(captured: CapturedRanking): RankedNodes {
    return captured.freeze(this.base, this.bucketOf);
  }

  /** Ends noting changes for a capture that nobody will ask for. */
  dropCapture(): void {
    this.captured = null;
  }

  // ---------------------------------------------------------------- evaluation of single nodes

  /** Looks at every node again, with no bucket known. */
  private startAnew(): void {
    const { order } = this.table;
    this.freezeCaptured();
    this.orderEpoch = this.table.orderEpoch;
    this.buckets.reset(this.buckets.components);
    this.blocked = true;
    this.sums.layOut(order.length, 0);
    this.base.fill(UNKNOWN);
    for (let p = 0; p < order.length; p++) this.evaluate(order[p] as number);
  }

  private evaluateLogged(): void {
    const log = this.table.changes;
    for (let at = this.cursor; at < log.head; at++) {
      const slot = log.at(at);
      if ((this.table.position[slot] as number) >= 0) this.evaluate(slot);
      else this.settle(slot, UNKNOWN);
    }
  }

  private evaluate(slot: number): void {
    this.evaluations++;
    const verdict = this.statics.verdict[slot] as number;
    if (verdict !== 0) {
      this.reject(slot, this.rejectionIndex(this.statics.statuses[verdict] as Status));
      return;
    }
    const { rules, table } = this;
    const { profile, shape } = rules;
    if (profile.filtersPorts && shape.hostPorts.length > 0) {
      const ports = rules.portsVerdict(table.snapshot.nodeAt(slot) as NodeInfo);
      if (ports !== null) {
        this.reject(slot, this.rejectionIndex(ports));
        return;
      }
    }
    if (profile.filtersFit) {
      const mask = this.local.lacking(slot);
      if (mask !== 0) {
        this.reject(slot, this.rejectionOfMask(mask));
        return;
      }
    }
    if (rules.gpuVerdict !== null) {
      const lacks = rules.gpuVerdict(table.snapshot.nodeAt(slot) as NodeInfo);
      if (lacks !== null) {
        this.reject(slot, this.rejectionIndex(lacks));
        return;
      }
    }
    this.accept(slot, this.local.score(slot), this.bucketRules.bucketOf(slot));
  }

  private accept(slot: number, base: number, bucket: number): void {
    const oldBase = this.base[slot] as number;
    const oldBucket = this.bucketOf[slot] as number;
    if (oldBase === base && oldBucket === bucket) return;
    this.captured?.note(slot, oldBase, oldBucket);
    if (oldBase >= 0) this.remove(slot, oldBase, oldBucket, bucket === oldBucket && base > oldBase);
    this.base[slot] = base;
    this.bucketOf[slot] = bucket;
    this.buckets.enter(bucket);
    if (!this.blocked) return;
    if (bucket >= this.sums.capacity && !this.makeRoom(bucket)) return;
    this.sums.add(bucket, this.table.position[slot] as number, base);
  }

  private reject(slot: number, rejection: number): void {
    this.rejectOf[slot] = rejection;
    this.settle(slot, REJECTED);
  }

  /** Notes that a node is not feasible by itself. */
  private settle(slot: number, base: typeof REJECTED | typeof UNKNOWN): void {
    const oldBase = this.base[slot] as number;
    if (oldBase === base) return;
    const bucket = this.bucketOf[slot] as number;
    this.captured?.note(slot, oldBase, bucket);
    if (oldBase >= 0) this.remove(slot, oldBase, bucket, false);
    this.base[slot] = base;
  }

  /** Takes a node out of its bucket. `rises`: it comes back to the same bucket with a better base. */
  private remove(slot: number, base: number, bucket: number, rises: boolean): void {
    // not to be found as the best of its block any more
    this.base[slot] = REJECTED;
    this.buckets.leave(bucket);
    if (!this.blocked) return;
    const position = this.table.position[slot] as number;
    if (this.sums.remove(bucket, position, base, rises))
      this.sums.setBest(bucket, position, this.bestOfBlock(bucket, position >> this.sums.shift));
  }

  private bestOfBlock(bucket: number, block: number): number {
    const { order } = this.table;
    const { base, bucketOf } = this;
    const end = Math.min(order.length, (block + 1) << this.sums.shift);
    let best = -1;
    for (let p = block << this.sums.shift; p < end; p++) {
      const slot = order[p] as number;
      const b = base[slot] as number;
      if (b > best && bucketOf[slot] === bucket) best = b;
    }
    return best;
  }

  /** Makes the block sums wide enough for a bucket, or gives them up. */
  private makeRoom(bucket: number): boolean {
    this.blocked = bucket < MOST_BUCKETS;
    if (this.blocked) this.sums.grow(this.buckets.capacity);
    else this.sums.clear();
    return this.blocked;
  }

  /** Fills the block sums from the values per node. */
  private sumBlocks(): void {
    const { order } = this.table;
    this.sums.layOut(order.length, this.buckets.capacity);
    for (let p = 0; p < order.length; p++) {
      const slot = order[p] as number;
      const base = this.base[slot] as number;
      if (base >= 0) this.sums.add(this.bucketOf[slot] as number, p, base);
    }
  }

  private growSlots(): void {
    const old = this.base.length;
    this.base = widerInts(this.base, this.table.capacity).fill(UNKNOWN, old);
    this.bucketOf = widerInts(this.bucketOf, this.table.capacity);
    this.rejectOf = widerInts(this.rejectOf, this.table.capacity);
  }

  /** Bucket numbers are about to change: a ranking that may still be asked for is worked out now. */
  private freezeCaptured(): void {
    this.captured?.freeze(this.base, this.bucketOf);
    this.captured = null;
  }

  private rejectionIndex(s: Status): number {
    let index = this.rejections.indexOf(s);
    if (index < 0) index = this.rejections.findIndex((r) => sameStatus(r, s));
    if (index < 0) index = this.rejections.push(s) - 1;
    return index;
  }

  private rejectionOfMask(mask: number): number {
    let index = this.rejectionByMask.get(mask);
    if (index === undefined) {
      index = this.rejectionIndex(this.local.statusOf(mask));
      this.rejectionByMask.set(mask, index);
    }
    return index;
  }

  // ---------------------------------------------------------------- selection

  /** All feasible nodes take part and the search starts at position 0: bests per block are enough. */
  private selectByBlocks(tieBreak: TieBreak, out: Selection): void {
    const { table, sums, base, bucketOf } = this;
    const { order } = table;
    const { enabled, norm, size } = this.buckets;
    this.bucketRules.normalize(size);
    const buckets = this.enabledBuckets();
    let best = -1;
    for (const b of buckets) {
      const most = sums.bestOf(b);
      if (most >= 0) best = Math.max(best, most + (norm[b] as number));
    }
    let rank = 0;
    let bestKey = Number.POSITIVE_INFINITY;
    const first = tieBreak !== "heap";
    const { tieKey } = table;
    for (let block = 0; block < sums.blocks; block++) {
      let here = 0;
      let tied = false;
      for (let i = 0; i < buckets.length; i++) {
        const b = buckets[i] as number;
        const cell = b * sums.blocks + block;
        const n = sums.feasible[cell] as number;
        here += n;
        if (n > 0 && (sums.best[cell] as number) + (norm[b] as number) === best) tied = true;
      }
      if (tied && (first || leastPreorderKey(rank, rank + here - 1) < bestKey)) {
        const end = Math.min(order.length, (block + 1) << sums.shift);
        let r = rank;
        for (let p = block << sums.shift; p < end; p++) {
          const slot = order[p] as number;
          const value = base[slot] as number;
          if (value < 0) continue;
          const b = bucketOf[slot] as number;
          if (enabled[b] !== 1) continue;
          if (value + (norm[b] as number) === best) {
            const key = first ? (tieKey[slot] as number) : preorderKey(r);
            if (key < bestKey) {
              bestKey = key;
              out.slot = slot;
            }
          }
          r++;
        }
        if (tieBreak === "first" && table.orderIsAscending) break;
      }
      rank += here;
    }
    if (out.feasible > 1) out.score = best;
  }

  private enabledBuckets(): readonly number[] {
    const { active, enabled } = this.buckets;
    return this.bucketRules.filters ? active.filter((b) => enabled[b] === 1) : active;
  }

  /** One node of those that the search finds, drawn by its place in the order in which nodes were added. */
  private pickInWindow(start: number, limit: number, pick: (feasible: number) => number, out: Selection): void {
    this.selectInWindow(start, limit, "first", null, out);
    const found = out.feasible;
    if (found < 2) return;
    const nodes = this.window.subarray(0, found).sort();
    out.slot = nodes[pick(found)] as number;
    out.score = this.rules.profile.pickedScore;
  }

  /** The search from `start` that stops when `limit` feasible nodes were found and one more was seen, as upstream's does. */
  private selectInWindow(
    start: number,
    limit: number,
    tieBreak: TieBreak,
    stream: RandomStream | null,
    out: Selection,
  ): void {
    const { order } = this.table;
    const { base, bucketOf } = this;
    const { active, enabled, norm, windowCount, windowBest } = this.buckets;
    const nodes = order.length;
    const wanted = Math.min(limit, out.feasible);
    if (this.window.length < wanted) this.window = new Int32Array(Math.max(wanted, 2 * this.window.length));
    const { window } = this;
    for (const b of active) {
      windowCount[b] = 0;
      windowBest[b] = -1;
    }
    let found = 0;
    let visited = 0;
    for (let p = start; visited < nodes; visited++) {
      const slot = order[p] as number;
      if (++p === nodes) p = 0;
      const value = base[slot] as number;
      if (value < 0) continue;
      const b = bucketOf[slot] as number;
      if (enabled[b] !== 1) continue;
      if (found === wanted) break;
      window[found++] = slot;
      windowCount[b] = (windowCount[b] as number) + 1;
      if (value > (windowBest[b] as number)) windowBest[b] = value;
    }
    assert(found === wanted, "the feasible nodes that the buckets count are found in the order");
    out.feasible = found;
    out.evaluated = visited;
    out.nextStart = (start + visited) % nodes;
    if (found === 1) {
      out.slot = window[0] as number;
      return;
    }
    this.bucketRules.normalize(windowCount);
    let best = -1;
    for (const b of active)
      if ((windowCount[b] as number) > 0) best = Math.max(best, (windowBest[b] as number) + (norm[b] as number));
    let bestKey = Number.POSITIVE_INFINITY;
    let ties = 0;
    for (let rank = 0; rank < found; rank++) {
      const slot = window[rank] as number;
      if ((base[slot] as number) + (norm[bucketOf[slot] as number] as number) !== best) continue;
      if (tieBreak === "seeded") {
        window[ties++] = slot;
        continue;
      }
      const key = tieBreak === "heap" ? preorderKey(rank) : (this.table.tieKey[slot] as number);
      if (key >= bestKey) continue;
      bestKey = key;
      out.slot = slot;
      // nodes found later cannot come before this one
      if (tieBreak === "heap" && (rank + 1 === found || leastPreorderKey(rank + 1, found - 1) >= key)) break;
    }
    if (tieBreak === "seeded") {
      assert(stream !== null, "a seeded tie-break has a random stream");
      // by slot, not by discovery: the draw must not depend on where the search began
      window.subarray(0, ties).sort();
      out.slot = window[ties === 1 ? 0 : stream.int(ties)] as number;
    }
    out.score = best;
  }
}
