// What the table remembers of one pod shape: per node whether it fits and its node-local score, and nodes gathered in buckets
// of equal raw values for the plugins that normalize over all feasible nodes. A cycle evaluates changed nodes only, then
// normalizes once per bucket. Exactness: totals are integers, the same as the plain evaluation's; see table tests.
import { assert } from "../../engine/assert.ts";
import type { RandomStream } from "../../engine/random.ts";
import { normalizedBetween, normalizedByMax, normalizedSpread, spreadTerm, spreadWeight } from "../arithmetic.ts";
import { type Status, status } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import { incomingTermMatches } from "../plugins/inter-pod-affinity.ts";
import type { TieBreak } from "../ranking.ts";
import { type AffinityTerm, termMatches } from "../shape.ts";
import { HOSTNAME_KEY } from "../spread-constraints.ts";
import { CapturedRanking, type RankedNodes } from "./captured-ranking.ts";
import type { Counter, Group, TermKind } from "./groups.ts";
import { NodeLocal } from "./node-local.ts";
import { type NodeTable, widerInts } from "./node-table.ts";
import type { ShapeRules, SpreadRule, SpreadRules } from "./rules.ts";
import { leastPreorderKey, preorderKey } from "./selection.ts";
import { type StaticClass, sameStatus } from "./static-class.ts";
import type { TopologyKey } from "./topology.ts";

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

// components of a bucket's key
const NO_LABEL = -1;
/** What a cache takes besides its arrays, and per bucket, about. */
const OWN_BYTES = 4096;
const BUCKET_BYTES = 64;
/** Shapes with more distinct buckets than this are searched node by node over the cached values. */
const MOST_BUCKETS = 256;

/** A count per topology domain as this shape reads it: through the domain (a component) or as a value of the node. */
interface CountRef {
  readonly counter: Counter;
  /** Index of the component that holds the domain id, or the node's own sum when `byValue`. */
  readonly component: number;
  readonly byValue: boolean;
}

interface HardRef extends CountRef {
  readonly rule: SpreadRule;
}

interface SoftRef extends CountRef {
  readonly rule: SpreadRule;
  readonly isHostname: boolean;
}

interface WeightedCounter {
  readonly counter: Counter;
  readonly weight: number;
  readonly component: number;
}

const MISSING_LABEL = status(
  "UnschedulableAndUnresolvable",
  "PodTopologySpread",
  "node(s) didn't match pod topology spread constraints (missing required label)",
);
const SKEWED = status("Unschedulable", "PodTopologySpread", "node(s) didn't match pod topology spread constraints");
const AFFINITY_RULES = status(
  "UnschedulableAndUnresolvable",
  "InterPodAffinity",
  "node(s) didn't match pod affinity rules",
);
const ANTI_AFFINITY_RULES = status("Unschedulable", "InterPodAffinity", "node(s) didn't match pod anti-affinity rules");
const EXISTING_ANTI_AFFINITY = status(
  "Unschedulable",
  "InterPodAffinity",
  "node(s) didn't satisfy existing pods anti-affinity rules",
);

export class ShapeCache {
  private readonly table: NodeTable;
  private readonly rules: ShapeRules;
  private readonly statics: StaticClass;
  private readonly local: NodeLocal;
  private readonly selfMatchesAffinity: boolean;

  // per slot
  private base: Int32Array;
  private bucketOf: Int32Array;
  private rejectOf: Int32Array;
  private readonly rejections: Status[] = [];
  private readonly rejectionByMask = new Map<number, number>();

  // per bucket: components, number of feasible nodes, and per block of positions the best base and the number of feasible nodes
  private components = 0;
  private bucketCount = 0;
  private bucketComponents: Int32Array = new Int32Array(0);
  private bucketSize: Int32Array = new Int32Array(0);
  private bucketNorm: Float64Array = new Float64Array(0);
  private bucketEnabled: Uint8Array = new Uint8Array(0);
  private windowCount: Int32Array = new Int32Array(0);
  private windowBest: Int32Array = new Int32Array(0);
  private windowRaw: Float64Array = new Float64Array(0);
  // hash table of component tuples: bucket id + 1, 0 when free; and the hash of each bucket
  private bucketIndex: Int32Array = new Int32Array(0);
  private bucketHash: Int32Array = new Int32Array(0);
  private blockShift = 6;
  private blocks = 0;
  private blockBest: Int32Array = new Int32Array(0);
  private blockFeasible: Int32Array = new Int32Array(0);
  private active: number[] = [];
  /** False when there are too many buckets for the block sums: then each cycle walks the cached nodes. */
  private blocked = true;

  // compiled references
  private topologies: { readonly topology: TopologyKey; readonly unique: boolean }[] = [];
  private spreadRules: SpreadRules | null = null;
  private hard: HardRef[] = [];
  private soft: SoftRef[] = [];
  private affinityRefs: CountRef[] = [];
  private antiRefs: CountRef[] = [];
  private existingAntiRefs: CountRef[] = [];
  private antiByNode: Counter[] = [];
  private antiComponent = -1;
  private existingAntiByNode: Counter[] = [];
  private existingAntiComponent = -1;
  private scoreRefs: WeightedCounter[] = [];
  private scoreByNode: WeightedCounter[] = [];
  private scoreComponent = -1;
  private taintComponent = -1;
  private nodeAffinityComponent = -1;
  /** What each component reads: filled by compile(). */
  private readers: ((slot: number) => number)[] = [];
  private filtersBuckets = false;
  /** Keys that soft constraints spread by, where nodes without the label are a domain of their own. */
  private lenient: readonly TopologyKey[] = [];
  private scratch: Int32Array = new Int32Array(0);

  private captured: CapturedRanking | null = null;
  private cursor = 0;
  private orderEpoch = -1;
  private objectsEpoch = -1;
  private staticVersion = 0;
  private carriedSeen = 0;
  private window: Int32Array = new Int32Array(0);
  /** Nodes evaluated again so far: what the benches report as work done. */
  evaluations = 0;

  constructor(table: NodeTable, rules: ShapeRules, statics: StaticClass) {
    this.table = table;
    this.rules = rules;
    this.statics = statics;
    const shape = rules.shape;
    this.selfMatchesAffinity = shape.requiredAffinity.every((t) => incomingTermMatches(t, shape, table.snapshot));
    this.base = new Int32Array(table.capacity).fill(-2);
    this.bucketOf = new Int32Array(table.capacity);
    this.rejectOf = new Int32Array(table.capacity);
    this.local = new NodeLocal(table, rules, statics);
  }

  /** Bytes held, about: to bound the memory of all caches together. */
  get bytes(): number {
    return OWN_BYTES + this.base.length * 12 + this.blockBest.length * 8 + this.bucketSize.length * BUCKET_BYTES;
  }

  /** True when verdicts of nodes hang on counts over domains, which nominated pods would shift. */
  get dependsOnOtherNodes(): boolean {
    return this.filtersBuckets;
  }

  /** Are there nodes that spreading by default would take for nodes without the label? Then the buckets do not tell them apart. */
  get mixesBlankDomains(): boolean {
    for (const topology of this.lenient) if (topology.blankNodes > 0) return true;
    return false;
  }

  /** Catches up with every change since the last cycle of this shape. */
  sync(): void {
    const { table } = this;
    table.refreshOrder();
    this.statics.sync();
    if (table.capacity > this.base.length) this.growSlots();
    const log = table.changes;
    let all = false;
    if (this.needsCompile()) {
      this.compile();
      all = true;
    }
    if (this.statics.version !== this.staticVersion) {
      this.staticVersion = this.statics.version;
      all = true;
    }
    if (this.cursor < log.tail || log.head - this.cursor > table.order.length) all = true;
    if (all) {
      this.resetBuckets();
      this.orderEpoch = table.orderEpoch;
      this.layOutBlocks();
      this.evaluateAll();
    } else if (this.orderEpoch !== table.orderEpoch) {
      // positions moved: values per node stay, sums per block are made again
      this.orderEpoch = table.orderEpoch;
      const { blocked } = this;
      this.blocked = false;
      for (let at = this.cursor; at < log.head; at++) this.evaluateChanged(log.at(at));
      this.blocked = blocked;
      if (blocked) {
        this.layOutBlocks();
        this.sumBlocks();
      }
    } else {
      for (let at = this.cursor; at < log.head; at++) this.evaluateChanged(log.at(at));
    }
    this.cursor = log.head;
    if (this.bucketCount > MOST_BUCKETS && this.blocked) this.shedBuckets();
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
    this.enableBuckets();
    let feasible = 0;
    for (const b of this.active) if (this.bucketEnabled[b] === 1) feasible += this.bucketSize[b] as number;
    out.slot = -1;
    out.score = -1;
    out.feasible = feasible;
    out.evaluated = nodes;
    out.nextStart = start;
    if (feasible === 0) return;
    if (start === 0 && feasible <= limit && this.blocked && tieBreak !== "seeded") this.selectByBlocks(tieBreak, out);
    else this.selectInWindow(start, limit, tieBreak, stream, out);
  }

  /** Verdict of one node in this cycle; null when it is feasible. Valid between `select` and the next change. */
  verdict(slot: number): Status | null {
    if ((this.base[slot] as number) < 0) return this.rejections[this.rejectOf[slot] as number] as Status;
    const b = this.bucketOf[slot] as number;
    return this.bucketEnabled[b] === 1 ? null : this.bucketVerdict(b);
  }

  /** Would the node pass all filters now? Call `sync` first. */
  fits(slot: number): boolean {
    return (this.base[slot] as number) >= 0 && this.bucketVerdict(this.bucketOf[slot] as number) === null;
  }

  /**
   * Keeps the last selection's feasible nodes and totals, whatever changes later. Call between `select` and the next change.
   * Only changes are noted down from here on, until the next capture: nothing is copied per node.
   *
   * @param start position where that selection's search began
   */
  capture(start: number, feasible: number): CapturedRanking {
    const captured = new CapturedRanking(
      this.table.order,
      start,
      feasible,
      this.bucketNorm.slice(),
      this.bucketEnabled.slice(),
    );
    this.captured = captured;
    return captured;
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

  private evaluateAll(): void {
    const order = this.table.order;
    for (let p = 0; p < order.length; p++) this.evaluate(order[p] as number);
  }

  private evaluateChanged(slot: number): void {
    if ((this.table.position[slot] as number) < 0) {
      const base = this.base[slot] as number;
      this.captured?.note(slot, base, this.bucketOf[slot] as number);
      if (base >= 0) this.remove(slot, base, this.bucketOf[slot] as number, false);
      this.base[slot] = -2;
      return;
    }
    this.evaluate(slot);
  }

  private evaluate(slot: number): void {
    this.evaluations++;
    const verdict = this.statics.verdict[slot] as number;
    if (verdict !== 0) {
      this.reject(slot, this.rejectionOfStatic(verdict));
      return;
    }
    const { rules, table } = this;
    const shape = rules.shape;
    if (rules.profile.filtersPorts && shape.hostPorts.length > 0) {
      const ports = rules.portsVerdict(table.snapshot.nodeAt(slot) as NodeInfo);
      if (ports !== null) {
        this.reject(slot, this.rejectionIndex(ports));
        return;
      }
    }
    if (rules.profile.filtersFit) {
      const mask = this.local.lacking(slot);
      if (mask !== 0) {
        this.reject(slot, this.rejectionOfMask(mask));
        return;
      }
    }
    this.accept(slot, this.local.score(slot), this.bucketFor(slot));
  }

  private accept(slot: number, base: number, bucket: number): void {
    const oldBase = this.base[slot] as number;
    const oldBucket = this.bucketOf[slot] as number;
    if (oldBase === base && oldBucket === bucket) return;
    this.captured?.note(slot, oldBase, oldBucket);
    if (oldBase >= 0) this.remove(slot, oldBase, oldBucket, bucket === oldBucket && base > oldBase);
    this.base[slot] = base;
    this.bucketOf[slot] = bucket;
    const size = this.bucketSize[bucket] as number;
    if (size === 0) this.active.push(bucket);
    this.bucketSize[bucket] = size + 1;
    if (!this.blocked) return;
    const cell = bucket * this.blocks + ((this.table.position[slot] as number) >> this.blockShift);
    this.blockFeasible[cell] = (this.blockFeasible[cell] as number) + 1;
    if (base > (this.blockBest[cell] as number)) this.blockBest[cell] = base;
  }

  private reject(slot: number, rejection: number): void {
    const oldBase = this.base[slot] as number;
    this.rejectOf[slot] = rejection;
    if (oldBase === -1) return;
    this.captured?.note(slot, oldBase, this.bucketOf[slot] as number);
    this.base[slot] = -1;
    if (oldBase >= 0) this.remove(slot, oldBase, this.bucketOf[slot] as number, false);
  }

  /** Takes a node out of its bucket. `rises`: it comes back to the same bucket with a better base, so the best is not searched. */
  private remove(slot: number, base: number, bucket: number, rises: boolean): void {
    this.base[slot] = -1;
    const size = (this.bucketSize[bucket] as number) - 1;
    this.bucketSize[bucket] = size;
    if (size === 0) this.active.splice(this.active.indexOf(bucket), 1);
    if (!this.blocked) return;
    const block = (this.table.position[slot] as number) >> this.blockShift;
    const cell = bucket * this.blocks + block;
    const left = (this.blockFeasible[cell] as number) - 1;
    this.blockFeasible[cell] = left;
    if (rises || (this.blockBest[cell] as number) > base) return;
    this.blockBest[cell] = left === 0 ? -1 : this.bestOfBlock(bucket, block);
  }

  private bestOfBlock(bucket: number, block: number): number {
    const { order } = this.table;
    const { base, bucketOf } = this;
    const end = Math.min(order.length, (block + 1) << this.blockShift);
    let best = -1;
    for (let p = block << this.blockShift; p < end; p++) {
      const slot = order[p] as number;
      const b = base[slot] as number;
      if (b > best && bucketOf[slot] === bucket) best = b;
    }
    return best;
  }

  // ---------------------------------------------------------------- rejections

  private rejectionIndex(s: Status): number {
    let index = this.rejections.indexOf(s);
    if (index < 0) index = this.rejections.findIndex((r) => sameStatus(r, s));
    if (index < 0) index = this.rejections.push(s) - 1;
    return index;
  }

  private rejectionOfStatic(verdict: number): number {
    return this.rejectionIndex(this.statics.statuses[verdict] as Status);
  }

  private rejectionOfMask(mask: number): number {
    let index = this.rejectionByMask.get(mask);
    if (index === undefined) {
      index = this.rejectionIndex(this.local.statusOf(mask));
      this.rejectionByMask.set(mask, index);
    }
    return index;
  }

  // ---------------------------------------------------------------- what the buckets are made of

  private needsCompile(): boolean {
    const { table, rules } = this;
    if (this.spreadRules === null) return true;
    if (this.objectsEpoch !== table.objectsEpoch) {
      if (rules.spread().key !== this.spreadRules.key) return true;
      this.objectsEpoch = table.objectsEpoch;
    }
    const carried = table.groups.carriedTerms;
    for (; this.carriedSeen < carried.length; this.carriedSeen++) {
      const { term, kind } = carried[this.carriedSeen] as (typeof carried)[number];
      if (this.readsCarried(kind) && termMatches(term, rules.shape, table.snapshot.namespaceLabels)) return true;
    }
    return this.topologies.some(({ topology, unique }) => topology.isUnique !== unique);
  }

  private readsCarried(kind: TermKind): boolean {
    const { profile } = this.rules;
    if (kind === "requiredAnti") return profile.filtersInterPod;
    if (profile.interPodWeight === 0 || this.skipsInterPodScore()) return false;
    return kind !== "requiredAffinity" || profile.hardPodAffinityWeight > 0;
  }

  private compile(): void {
    const { table, rules } = this;
    const { profile, shape } = rules;
    const groups = table.groups;
    this.objectsEpoch = table.objectsEpoch;
    this.topologies = [];
    this.readers = [];
    const domainComponents = new Map<string, number>();
    const isUnique = (key: string) => {
      const topology = table.topology.key(key);
      if (!this.topologies.some((t) => t.topology === topology))
        this.topologies.push({ topology, unique: topology.isUnique });
      return topology.isUnique;
    };
    const reader = (read: (slot: number) => number) => this.readers.push(read) - 1;
    const ref = (counter: Counter): CountRef => {
      const { topology } = counter;
      if (isUnique(topology.key)) {
        const component = reader((slot) => {
          const domain = topology.domainOf[slot] as number;
          return domain < 0 ? NO_LABEL : (counter.sums[domain] as number);
        });
        return { counter, component, byValue: true };
      }
      let component = domainComponents.get(topology.key);
      if (component === undefined) {
        component = reader((slot) => topology.domainOf[slot] as number);
        domainComponents.set(topology.key, component);
      }
      return { counter, component, byValue: false };
    };
    this.taintComponent = profile.taintWeight > 0 ? reader((slot) => this.statics.taintRaw[slot] as number) : -1;
    this.nodeAffinityComponent =
      profile.nodeAffinityWeight > 0 && rules.scoresNodeAffinity
        ? reader((slot) => this.statics.nodeAffinityRaw[slot] as number)
        : -1;

    const spread = rules.spread();
    this.spreadRules = spread;
    this.hard = profile.filtersSpread ? spread.hard.map((rule) => ({ ...ref(rule.counter), rule })) : [];
    this.soft = profile.spreadWeight > 0 ? spread.soft.map((rule) => this.softRef(rule, ref, isUnique, reader)) : [];
    this.lenient = spread.requireAllTopologies
      ? []
      : this.soft.filter((s) => !s.isHostname).map((s) => table.topology.key(s.rule.topologyKey));

    const counterOf = (group: Group, key: string) => groups.counter(group, key, null);
    const ownTerms = [
      shape.requiredAffinity,
      shape.requiredAntiAffinity,
      shape.preferredAffinity,
      shape.preferredAntiAffinity,
    ];
    if (ownTerms.some((terms) => terms.some((t) => !t.namespaceSelector.isNothing))) groups.readsNamespaceLabels = true;
    const matching = (term: AffinityTerm) =>
      groups.group(
        `matches\u0000${selectionKey(term)}`,
        (s) => (incomingTermMatches(term, s, table.snapshot) ? 1 : 0),
        false,
      );
    this.affinityRefs = [];
    this.antiRefs = [];
    this.antiByNode = [];
    this.existingAntiRefs = [];
    this.existingAntiByNode = [];
    const carried = groups.carriedTerms;
    this.carriedSeen = carried.length;
    const selecting = carried.filter(
      (c) => this.readsCarried(c.kind) && termMatches(c.term, shape, table.snapshot.namespaceLabels),
    );
    if (profile.filtersInterPod) {
      const terms = shape.requiredAffinity;
      if (terms.length > 0) {
        // an existing pod counts only when it matches every term
        const all = groups.group(
          `matchesAll\u0000${terms.map(selectionKey).join("\u0000")}`,
          (s) => (terms.every((t) => incomingTermMatches(t, s, table.snapshot)) ? 1 : 0),
          false,
        );
        this.affinityRefs = terms.map((t) => ref(counterOf(all, t.topologyKey)));
      }
      const sortOut = (counter: Counter, refs: CountRef[], byNode: Counter[]) => {
        if (isUnique(counter.topology.key)) byNode.push(counter);
        else refs.push(ref(counter));
      };
      for (const t of shape.requiredAntiAffinity)
        sortOut(counterOf(matching(t), t.topologyKey), this.antiRefs, this.antiByNode);
      for (const c of selecting) {
        if (c.kind === "requiredAnti")
          sortOut(counterOf(c.carriers, c.term.topologyKey), this.existingAntiRefs, this.existingAntiByNode);
      }
    }
    this.antiComponent = this.antiByNode.length > 0 ? reader((slot) => anyOn(this.antiByNode, slot)) : -1;
    this.existingAntiComponent =
      this.existingAntiByNode.length > 0 ? reader((slot) => anyOn(this.existingAntiByNode, slot)) : -1;

    this.scoreRefs = [];
    this.scoreByNode = [];
    if (profile.interPodWeight > 0 && !this.skipsInterPodScore()) {
      const weigh = (counter: Counter, weight: number) => {
        if (isUnique(counter.topology.key)) this.scoreByNode.push({ counter, weight, component: -1 });
        else this.scoreRefs.push({ counter, weight, component: ref(counter).component });
      };
      for (const t of shape.preferredAffinity) weigh(counterOf(matching(t), t.topologyKey), t.weight);
      for (const t of shape.preferredAntiAffinity) weigh(counterOf(matching(t), t.topologyKey), -t.weight);
      for (const c of selecting) {
        const counter = counterOf(c.carriers, c.term.topologyKey);
        if (c.kind === "requiredAffinity") weigh(counter, profile.hardPodAffinityWeight);
        else if (c.kind === "preferredAffinity") weigh(counter, c.term.weight);
        else if (c.kind === "preferredAnti") weigh(counter, -c.term.weight);
      }
    }
    const byNode = this.scoreByNode;
    this.scoreComponent = byNode.length > 0 ? reader((slot) => weightedOn(byNode, slot)) : -1;
    this.filtersBuckets =
      this.hard.length > 0 ||
      this.affinityRefs.length > 0 ||
      this.antiRefs.length + this.antiByNode.length > 0 ||
      this.existingAntiRefs.length + this.existingAntiByNode.length > 0;
    this.components = this.readers.length;
    this.scratch = new Int32Array(this.components);
  }

  /** ignorePreferredTermsOfExistingPods leaves pods without preferences of their own unscored, whatever others prefer. */
  private skipsInterPodScore(): boolean {
    const { shape, profile } = this.rules;
    return (
      profile.ignorePreferredTermsOfExistingPods &&
      shape.preferredAffinity.length === 0 &&
      shape.preferredAntiAffinity.length === 0
    );
  }

  private softRef(
    rule: SpreadRule,
    ref: (counter: Counter) => CountRef,
    isUnique: (key: string) => boolean,
    reader: (read: (slot: number) => number) => number,
  ): SoftRef {
    if (rule.topologyKey !== HOSTNAME_KEY) return { ...ref(rule.counter), rule, isHostname: false };
    // the hostname key scores by the pods on the node itself, whoever else may carry the same label value
    isUnique(HOSTNAME_KEY);
    const topology = this.table.topology.key(HOSTNAME_KEY);
    const { group } = rule;
    const component = reader((slot) =>
      (topology.domainOf[slot] as number) < 0 ? NO_LABEL : (group.counts[slot] as number),
    );
    return { counter: rule.counter, component, byValue: true, rule, isHostname: true };
  }

  /** Bucket of a node by its components, through an open-addressing table; made on first sight. */
  private bucketFor(slot: number): number {
    const { components, scratch, bucketComponents } = this;
    let hash = components;
    for (let i = 0; i < components; i++) {
      const value = (this.readers[i] as (slot: number) => number)(slot) | 0;
      scratch[i] = value;
      hash = Math.imul(hash ^ value, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    if (this.bucketCount * 2 >= this.bucketIndex.length) this.growIndex();
    const mask = this.bucketIndex.length - 1;
    for (let cell = hash & mask; ; cell = (cell + 1) & mask) {
      const id = (this.bucketIndex[cell] as number) - 1;
      if (id < 0) {
        const made = this.newBucket(hash);
        this.bucketIndex[cell] = made + 1;
        return made;
      }
      let i = 0;
      const from = id * components;
      while (i < components && bucketComponents[from + i] === scratch[i]) i++;
      if (i === components) return id;
    }
  }

  private growIndex(): void {
    const length = Math.max(16, this.bucketIndex.length * 2);
    this.bucketIndex = new Int32Array(length);
    for (let id = 0; id < this.bucketCount; id++) {
      let cell = (this.bucketHash[id] as number) & (length - 1);
      while (this.bucketIndex[cell] !== 0) cell = (cell + 1) & (length - 1);
      this.bucketIndex[cell] = id + 1;
    }
  }

  private newBucket(hash: number): number {
    const id = this.bucketCount++;
    if (id >= this.bucketSize.length) {
      const capacity = Math.max(8, this.bucketSize.length * 2);
      this.bucketSize = widerInts(this.bucketSize, capacity);
      this.bucketHash = widerInts(this.bucketHash, capacity);
      this.windowCount = widerInts(this.windowCount, capacity);
      this.windowBest = widerInts(this.windowBest, capacity);
      this.bucketComponents = widerInts(this.bucketComponents, capacity * this.components);
      this.bucketEnabled = new Uint8Array(capacity);
      const norm = new Float64Array(capacity);
      norm.set(this.bucketNorm);
      this.bucketNorm = norm;
      this.windowRaw = new Float64Array(capacity);
      if (this.blocked) this.growBlocks(capacity);
    }
    for (let i = 0; i < this.components; i++)
      this.bucketComponents[id * this.components + i] = this.scratch[i] as number;
    this.bucketHash[id] = hash;
    return id;
  }

  private growBlocks(capacity: number): void {
    this.blockFeasible = widerInts(this.blockFeasible, capacity * this.blocks);
    const best = new Int32Array(capacity * this.blocks).fill(-1);
    best.set(this.blockBest);
    this.blockBest = best;
  }

  private resetBuckets(): void {
    if (this.captured !== null) {
      this.captured.freeze(this.base, this.bucketOf);
      this.captured = null;
    }
    this.bucketCount = 0;
    this.active = [];
    this.bucketIndex = new Int32Array(0);
    this.bucketHash = new Int32Array(0);
    this.bucketSize = new Int32Array(0);
    this.bucketComponents = new Int32Array(0);
    this.bucketNorm = new Float64Array(0);
    this.bucketEnabled = new Uint8Array(0);
    this.windowCount = new Int32Array(0);
    this.windowBest = new Int32Array(0);
    this.base.fill(-2);
    this.blocked = true;
    this.blockBest = new Int32Array(0);
    this.blockFeasible = new Int32Array(0);
  }

  /** Buckets that emptied are never used again, so a shape that lives long starts its numbering anew; with too many live ones it does without sums. */
  private shedBuckets(): void {
    const live = this.active.length;
    this.resetBuckets();
    this.layOutBlocks();
    if (live > MOST_BUCKETS / 2) this.blocked = false;
    this.evaluateAll();
  }

  private layOutBlocks(): void {
    const nodes = this.table.order.length;
    this.blockShift = nodes <= 16384 ? 6 : 8;
    this.blocks = (nodes >> this.blockShift) + 1;
    const capacity = this.bucketSize.length;
    this.blockFeasible = new Int32Array(capacity * this.blocks);
    this.blockBest = new Int32Array(capacity * this.blocks).fill(-1);
  }

  /** Fills the block sums from the values per node. */
  private sumBlocks(): void {
    const { order } = this.table;
    for (let p = 0; p < order.length; p++) {
      const slot = order[p] as number;
      const base = this.base[slot] as number;
      if (base < 0) continue;
      const cell = (this.bucketOf[slot] as number) * this.blocks + (p >> this.blockShift);
      this.blockFeasible[cell] = (this.blockFeasible[cell] as number) + 1;
      if (base > (this.blockBest[cell] as number)) this.blockBest[cell] = base;
    }
  }

  private growSlots(): void {
    const old = this.base.length;
    this.base = widerInts(this.base, this.table.capacity).fill(-2, old);
    this.bucketOf = widerInts(this.bucketOf, this.table.capacity);
    this.rejectOf = widerInts(this.rejectOf, this.table.capacity);
  }

  // ---------------------------------------------------------------- filters by bucket

  private component(bucket: number, index: number): number {
    return this.bucketComponents[bucket * this.components + index] as number;
  }

  /** Count that a reference gives for a bucket, NO_LABEL when its nodes lack the key. */
  private countOf(ref: CountRef, bucket: number): number {
    const value = this.component(bucket, ref.component);
    return ref.byValue || value < 0 ? value : (ref.counter.sums[value] as number);
  }

  private enableBuckets(): void {
    if (!this.filtersBuckets) {
      for (const b of this.active) this.bucketEnabled[b] = 1;
      return;
    }
    for (const b of this.active) this.bucketEnabled[b] = this.bucketVerdict(b) === null ? 1 : 0;
  }

  /** PodTopologySpread's and InterPodAffinity's Filter for all nodes of a bucket. */
  private bucketVerdict(bucket: number): Status | null {
    for (let i = 0; i < this.hard.length; i++) {
      const ref = this.hard[i] as HardRef;
      const count = this.countOf(ref, bucket);
      if (count < 0) return MISSING_LABEL;
      const { counter, rule } = ref;
      const least = counter.domains < rule.minDomains ? 0 : counter.minimum;
      if (count + rule.selfMatch - least > rule.maxSkew) return SKEWED;
    }
    if (this.affinityRefs.length > 0 && !this.satisfiesAffinity(bucket)) return AFFINITY_RULES;
    if (this.antiComponent >= 0 && this.component(bucket, this.antiComponent) > 0) return ANTI_AFFINITY_RULES;
    for (let i = 0; i < this.antiRefs.length; i++)
      if (this.countOf(this.antiRefs[i] as CountRef, bucket) > 0) return ANTI_AFFINITY_RULES;
    if (this.existingAntiComponent >= 0 && this.component(bucket, this.existingAntiComponent) > 0)
      return EXISTING_ANTI_AFFINITY;
    for (let i = 0; i < this.existingAntiRefs.length; i++) {
      if (this.countOf(this.existingAntiRefs[i] as CountRef, bucket) > 0) return EXISTING_ANTI_AFFINITY;
    }
    return null;
  }

  /** All terms find a matching pod in the node's domains; or nobody matches anywhere and the pod matches itself. */
  private satisfiesAffinity(bucket: number): boolean {
    let found = true;
    let total = 0;
    for (const ref of this.affinityRefs) {
      const count = this.countOf(ref, bucket);
      if (count < 0) return false;
      if (count === 0) found = false;
      total += ref.counter.total;
    }
    return found || (total === 0 && this.selfMatchesAffinity);
  }

  // ---------------------------------------------------------------- scores by bucket

  /** Sets `bucketNorm` of every bucket with `sizes[b]` > 0 to its weighted sum of normalized scores. */
  private normalize(sizes: Int32Array): void {
    const { profile } = this.rules;
    const buckets = this.active;
    for (const b of buckets) this.bucketNorm[b] = 0;
    if (this.taintComponent >= 0) this.addProportional(this.taintComponent, profile.taintWeight, true, sizes);
    if (this.nodeAffinityComponent >= 0)
      this.addProportional(this.nodeAffinityComponent, profile.nodeAffinityWeight, false, sizes);
    if (this.soft.length > 0) this.addSpread(profile.spreadWeight, sizes);
    if (this.scoreRefs.length > 0 || this.scoreComponent >= 0) this.addInterPod(profile.interPodWeight, sizes);
  }

  private takesPart(bucket: number, sizes: Int32Array): boolean {
    return this.bucketEnabled[bucket] === 1 && (sizes[bucket] as number) > 0;
  }

  /** The framework's default normalization: 100 * raw / max in integers, from 100 downwards when reversed. */
  private addProportional(component: number, weight: number, reverse: boolean, sizes: Int32Array): void {
    let max = 0;
    for (const b of this.active) if (this.takesPart(b, sizes)) max = Math.max(max, this.component(b, component));
    for (const b of this.active) {
      if (!this.takesPart(b, sizes)) continue;
      const score = normalizedByMax(this.component(b, component), max, reverse);
      this.bucketNorm[b] = (this.bucketNorm[b] as number) + weight * score;
    }
  }

  /** PodTopologySpread's scores: fewer matching pods in the node's domains score higher; see the plugin. */
  private addSpread(weight: number, sizes: Int32Array): void {
    const requireAll = (this.spreadRules as SpreadRules).requireAllTopologies;
    const buckets = this.active;
    const ignored = (b: number) => requireAll && this.soft.some((ref) => this.component(b, ref.component) < 0);
    const weights: number[] = [];
    for (const ref of this.soft) {
      let size = 0;
      const seen = new Set<number>();
      for (const b of buckets) {
        if (!this.takesPart(b, sizes) || ignored(b)) continue;
        const value = this.component(b, ref.component);
        if (ref.isHostname) size += sizes[b] as number;
        else if (value < 0 || !ref.byValue) {
          if (!seen.has(value)) size++;
          seen.add(value);
        } else size += sizes[b] as number;
      }
      weights.push(spreadWeight(size));
    }
    let min = Number.MAX_SAFE_INTEGER;
    let max = 0;
    for (const b of buckets) {
      if (!this.takesPart(b, sizes)) continue;
      if (ignored(b)) {
        this.windowRaw[b] = -1;
        continue;
      }
      let raw = 0;
      for (let i = 0; i < this.soft.length; i++) {
        const ref = this.soft[i] as SoftRef;
        const count = this.countOf(ref, b);
        if (count >= 0) raw += spreadTerm(count, ref.rule.maxSkew, weights[i] as number);
      }
      raw = Math.round(raw);
      this.windowRaw[b] = raw;
      if (raw < min) min = raw;
      if (raw > max) max = raw;
    }
    for (const b of buckets) {
      if (!this.takesPart(b, sizes)) continue;
      const raw = this.windowRaw[b] as number;
      const score = raw < 0 ? 0 : normalizedSpread(raw, min, max);
      this.bucketNorm[b] = (this.bucketNorm[b] as number) + weight * score;
    }
  }

  /** InterPodAffinity's scores: signed sums over the node's domains, stretched to 0 … 100. */
  private addInterPod(weight: number, sizes: Int32Array): void {
    let min = Number.MAX_SAFE_INTEGER;
    let max = -Number.MAX_SAFE_INTEGER;
    for (const b of this.active) {
      if (!this.takesPart(b, sizes)) continue;
      let raw = this.scoreComponent >= 0 ? this.component(b, this.scoreComponent) : 0;
      for (let i = 0; i < this.scoreRefs.length; i++) {
        const ref = this.scoreRefs[i] as WeightedCounter;
        const domain = this.component(b, ref.component);
        if (domain >= 0) raw += ref.weight * (ref.counter.sums[domain] as number);
      }
      this.windowRaw[b] = raw;
      if (raw < min) min = raw;
      if (raw > max) max = raw;
    }
    if (max <= min) return;
    for (const b of this.active) {
      if (!this.takesPart(b, sizes)) continue;
      const score = normalizedBetween(this.windowRaw[b] as number, min, max);
      this.bucketNorm[b] = (this.bucketNorm[b] as number) + weight * score;
    }
  }

  // ---------------------------------------------------------------- selection

  /** All feasible nodes take part and the search starts at position 0: bests per block are enough. */
  private selectByBlocks(tieBreak: TieBreak, out: Selection): void {
    const { table, blocks } = this;
    const { order } = table;
    this.normalize(this.bucketSize);
    const buckets = this.enabledBuckets();
    let best = -1;
    for (const b of buckets) {
      const norm = this.bucketNorm[b] as number;
      const from = b * blocks;
      let most = -1;
      for (let cell = from; cell < from + blocks; cell++)
        if ((this.blockBest[cell] as number) > most) most = this.blockBest[cell] as number;
      this.windowBest[b] = most;
      if (most >= 0 && most + norm > best) best = most + norm;
    }
    let rank = 0;
    let bestKey = Number.POSITIVE_INFINITY;
    const first = tieBreak === "first";
    for (let block = 0; block < blocks; block++) {
      let here = 0;
      let tied = false;
      for (let i = 0; i < buckets.length; i++) {
        const b = buckets[i] as number;
        const cell = b * blocks + block;
        const n = this.blockFeasible[cell] as number;
        here += n;
        if (n > 0 && (this.blockBest[cell] as number) + (this.bucketNorm[b] as number) === best) tied = true;
      }
      if (tied && (first || leastPreorderKey(rank, rank + here - 1) < bestKey)) {
        const end = Math.min(order.length, (block + 1) << this.blockShift);
        let r = rank;
        for (let p = block << this.blockShift; p < end; p++) {
          const slot = order[p] as number;
          const base = this.base[slot] as number;
          if (base < 0) continue;
          const b = this.bucketOf[slot] as number;
          if (this.bucketEnabled[b] !== 1) continue;
          if (base + (this.bucketNorm[b] as number) === best) {
            const key = first ? slot : preorderKey(r);
            if (key < bestKey) {
              bestKey = key;
              out.slot = slot;
            }
          }
          r++;
        }
        if (first && table.orderIsAscending) break;
      }
      rank += here;
    }
    if (out.feasible > 1) out.score = best;
  }

  private enabledBuckets(): readonly number[] {
    if (!this.filtersBuckets) return this.active;
    return this.active.filter((b) => this.bucketEnabled[b] === 1);
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
    const { base, bucketOf, bucketEnabled, bucketNorm, windowCount, windowBest } = this;
    const nodes = order.length;
    const wanted = Math.min(limit, out.feasible);
    if (this.window.length < wanted) this.window = new Int32Array(Math.max(wanted, 2 * this.window.length));
    const { window } = this;
    for (const b of this.active) {
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
      if (bucketEnabled[b] !== 1) continue;
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
    this.normalize(windowCount);
    let best = -1;
    for (const b of this.active) {
      if (this.takesPart(b, windowCount))
        best = Math.max(best, (windowBest[b] as number) + (this.bucketNorm[b] as number));
    }
    let bestKey = Number.POSITIVE_INFINITY;
    let ties = 0;
    for (let rank = 0; rank < found; rank++) {
      const slot = window[rank] as number;
      if ((base[slot] as number) + (bucketNorm[bucketOf[slot] as number] as number) !== best) continue;
      if (tieBreak === "seeded") {
        window[ties++] = slot;
        continue;
      }
      const key = tieBreak === "heap" ? preorderKey(rank) : slot;
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

function anyOn(counters: readonly Counter[], slot: number): number {
  for (const counter of counters) {
    const domain = counter.topology.domainOf[slot] as number;
    if (domain >= 0 && (counter.sums[domain] as number) > 0) return 1;
  }
  return 0;
}

function weightedOn(counters: readonly WeightedCounter[], slot: number): number {
  let sum = 0;
  for (const { counter, weight } of counters) {
    const domain = counter.topology.domainOf[slot] as number;
    if (domain >= 0) sum += weight * (counter.sums[domain] as number);
  }
  return sum;
}

/** What a term selects, whatever its topology key and weight. */
function selectionKey(term: AffinityTerm): string {
  return JSON.stringify([[...term.namespaces].sort(), term.namespaceSelector.key, term.selector.key]);
}
