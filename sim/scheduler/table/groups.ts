// Pod groups: how many pods on each node match a selector, or carry a given affinity term, counted as pods come and go;
// and counters that sum a group over topology domains. Plugins of the plain path count by walking pods; these numbers are equal.
import { assert } from "../../engine/assert.ts";
import type { NodeInfo } from "../node-info.ts";
import type { AffinityTerm, PodInfo, PodShape } from "../shape.ts";
import type { Snapshot } from "../snapshot.ts";
import type { TopologyKey, TopologyRegistry } from "./topology.ts";

/** A set of pods given by a predicate on their shape. `multiplicity` is how often a pod counts (0: not in the group). */
export class Group {
  readonly key: string;
  readonly multiplicity: (shape: PodShape) => number;
  /** Pods that are being deleted do not count (PodTopologySpread ignores them, InterPodAffinity does not). */
  readonly ignoresTerminating: boolean;
  counts: Int32Array;
  total = 0;
  readonly counters: Counter[] = [];

  constructor(key: string, multiplicity: (shape: PodShape) => number, ignoresTerminating: boolean, capacity: number) {
    this.key = key;
    this.multiplicity = multiplicity;
    this.ignoresTerminating = ignoresTerminating;
    this.counts = new Int32Array(capacity);
  }

  add(slot: number, delta: number): void {
    this.counts[slot] = (this.counts[slot] as number) + delta;
    this.total += delta;
    for (let i = 0; i < this.counters.length; i++) (this.counters[i] as Counter).add(slot, delta);
  }
}

/** Which nodes' pods count for a counter. Equal keys mean equal predicates. */
export interface Eligibility {
  readonly key: string;
  readonly test: (node: NodeInfo) => boolean;
}

/** Sums of one group over the domains of one topology key, over eligible nodes only; and the least sum, for spreading. */
export class Counter {
  readonly group: Group;
  readonly topology: TopologyKey;
  private readonly eligibility: Eligibility | null;
  private eligible: Uint8Array;
  /** Sum per domain. */
  sums: Int32Array = new Int32Array(8);
  private nodesIn: Int32Array = new Int32Array(8);
  /** Domains with at least one eligible node. */
  domains = 0;
  /** Sum over all domains. */
  total = 0;
  // histogram of the sums of domains that have eligible nodes: the least one is its first non-zero cell
  private histogram: Int32Array = new Int32Array(16);
  private least = 0;

  constructor(
    group: Group,
    topology: TopologyKey,
    eligibility: Eligibility | null,
    snapshot: Snapshot,
    capacity: number,
  ) {
    this.group = group;
    this.topology = topology;
    this.eligibility = eligibility;
    this.eligible = new Uint8Array(capacity);
    for (let slot = 0; slot < snapshot.slotCount; slot++) {
      const node = snapshot.nodeAt(slot);
      if (node !== undefined) this.enter(node);
    }
  }

  /** Least sum over the domains; the largest 32-bit integer when there is no domain, as upstream starts from. */
  get minimum(): number {
    if (this.domains === 0) return 2147483647;
    let least = this.least;
    while (this.histogram[least] === 0) least++;
    this.least = least;
    return least;
  }

  add(slot: number, delta: number): void {
    if (this.eligible[slot] !== 1) return;
    this.shift(this.topology.domainOf[slot] as number, delta);
  }

  enter(node: NodeInfo): void {
    const slot = node.slot;
    const domain = this.topology.domainOf[slot] as number;
    if (domain < 0) return;
    // also for a node that does not count: its domain is asked for, and holds no pods
    if (domain >= this.sums.length) {
      this.sums = doubled(this.sums, domain);
      this.nodesIn = doubled(this.nodesIn, domain);
    }
    if (this.eligibility !== null && !this.eligibility.test(node)) return;
    this.eligible[slot] = 1;
    if (this.nodesIn[domain] === 0) {
      this.domains++;
      this.bump(this.sums[domain] as number, 1);
    }
    this.nodesIn[domain] = (this.nodesIn[domain] as number) + 1;
    this.shift(domain, this.group.counts[slot] as number);
  }

  /** Must be called before the topology column forgets the slot's domain. */
  leave(slot: number): void {
    if (this.eligible[slot] !== 1) return;
    const domain = this.topology.domainOf[slot] as number;
    this.shift(domain, -(this.group.counts[slot] as number));
    this.eligible[slot] = 0;
    const left = (this.nodesIn[domain] as number) - 1;
    this.nodesIn[domain] = left;
    if (left === 0) {
      this.domains--;
      this.bump(this.sums[domain] as number, -1);
    }
  }

  grow(capacity: number): void {
    const wider = new Uint8Array(capacity);
    wider.set(this.eligible);
    this.eligible = wider;
  }

  private shift(domain: number, delta: number): void {
    if (delta === 0) return;
    const before = this.sums[domain] as number;
    const after = before + delta;
    assert(after >= 0, "a domain never holds fewer than no pods");
    this.sums[domain] = after;
    this.total += delta;
    this.bump(before, -1);
    this.bump(after, 1);
  }

  private bump(sum: number, delta: number): void {
    if (sum >= this.histogram.length) this.histogram = doubled(this.histogram, sum);
    this.histogram[sum] = (this.histogram[sum] as number) + delta;
    if (delta > 0 && sum < this.least) this.least = sum;
  }
}

function doubled(column: Int32Array, index: number): Int32Array {
  let length = column.length * 2;
  while (length <= index) length *= 2;
  const wider = new Int32Array(length);
  wider.set(column);
  return wider;
}

/** How an existing pod's term bears on an incoming pod that it selects. */
export type TermKind = "requiredAnti" | "requiredAffinity" | "preferredAffinity" | "preferredAnti";

/** A distinct affinity term carried by some pod in the cluster, with the group of pods that carry it. */
export interface CarriedTerm {
  readonly kind: TermKind;
  readonly term: AffinityTerm;
  readonly carriers: Group;
}

interface PlacedShape {
  readonly shape: PodShape;
  readonly live: Map<number, number>;
  readonly terminating: Map<number, number>;
}

export class GroupRegistry {
  private readonly snapshot: Snapshot;
  private readonly topology: TopologyRegistry;
  private readonly byKey = new Map<string, Group>();
  private readonly list: Group[] = [];
  private readonly counters = new Map<string, Counter>();
  private readonly counterList: Counter[] = [];
  /** Every distinct term that any pod has carried so far; it only grows, so readers keep a cursor. */
  readonly carriedTerms: CarriedTerm[] = [];
  private readonly carriedByKey = new Set<string>();
  // per shape id: the groups its pods are in, and how much of `list` was looked at
  private readonly memberships: { groups: Group[]; multiplicities: number[]; seen: number; termsNoted: boolean }[] = [];
  // per shape id: how many of its pods are on each node, those that are being deleted apart
  private readonly placed: (PlacedShape | undefined)[] = [];
  /** Does any term look at namespaces by their labels? Then counts are stale once those change. */
  readsNamespaceLabels = false;
  private capacity: number;

  constructor(snapshot: Snapshot, topology: TopologyRegistry, capacity: number) {
    this.capacity = capacity;
    this.snapshot = snapshot;
    this.topology = topology;
  }

  /** Takes over the pods that are there when the table is made, and registers their terms. */
  noteExistingPods(): void {
    for (let slot = 0; slot < this.snapshot.slotCount; slot++) {
      for (const pod of this.snapshot.nodeAt(slot)?.pods ?? []) this.place(pod, slot, 1);
    }
    for (const placed of this.placed) if (placed !== undefined) this.noteTerms(placed.shape);
  }

  private place(pod: PodInfo, slot: number, sign: 1 | -1): void {
    const { shape } = pod;
    let placed = this.placed[shape.id];
    if (placed === undefined) {
      placed = { shape, live: new Map(), terminating: new Map() };
      this.placed[shape.id] = placed;
    }
    const counts = pod.terminating ? placed.terminating : placed.live;
    const count = (counts.get(slot) ?? 0) + sign;
    if (count === 0) counts.delete(slot);
    else counts.set(slot, count);
  }

  /** The group under this key; made, and filled from the pods that are there, on first use. */
  group(key: string, multiplicity: (shape: PodShape) => number, ignoresTerminating: boolean): Group {
    let group = this.byKey.get(key);
    if (group === undefined) {
      group = new Group(key, multiplicity, ignoresTerminating, this.capacity);
      // by shape, not by pod: there are many groups, and few shapes in each
      for (const placed of this.placed) {
        if (placed === undefined || (placed.live.size === 0 && placed.terminating.size === 0)) continue;
        const times = multiplicity(placed.shape);
        if (times === 0) continue;
        for (const [slot, count] of placed.live) group.add(slot, count * times);
        if (!ignoresTerminating) for (const [slot, count] of placed.terminating) group.add(slot, count * times);
      }
      this.byKey.set(key, group);
      this.list.push(group);
    }
    return group;
  }

  counter(group: Group, topologyKey: string, eligibility: Eligibility | null): Counter {
    const key = `${topologyKey}\u0000${eligibility?.key ?? ""}\u0000${group.key}`;
    let counter = this.counters.get(key);
    if (counter === undefined) {
      counter = new Counter(group, this.topology.key(topologyKey), eligibility, this.snapshot, this.capacity);
      group.counters.push(counter);
      this.counters.set(key, counter);
      this.counterList.push(counter);
    }
    return counter;
  }

  podAdded(pod: PodInfo, slot: number, sign: 1 | -1): void {
    const member = this.membership(pod.shape);
    for (let i = 0; i < member.groups.length; i++) {
      const group = member.groups[i] as Group;
      if (pod.terminating && group.ignoresTerminating) continue;
      group.add(slot, sign * (member.multiplicities[i] as number));
    }
    // last: a group that was made just now was filled without this pod
    this.place(pod, slot, sign);
  }

  /** Before a node's labels change: its pods leave the domain sums, but stay counted on the node. */
  nodeLeaves(slot: number): void {
    for (const counter of this.counterList) counter.leave(slot);
  }

  /** A new node, or one whose labels have changed. */
  nodeEnters(node: NodeInfo): void {
    for (const counter of this.counterList) counter.enter(node);
  }

  forgetSlot(slot: number): void {
    for (const group of this.list) assert(group.counts[slot] === 0, "a removed node holds no pods");
  }

  grow(capacity: number): void {
    this.capacity = capacity;
    for (const group of this.list) {
      const wider = new Int32Array(capacity);
      wider.set(group.counts);
      group.counts = wider;
    }
    for (const counter of this.counterList) counter.grow(capacity);
  }

  /** Registers the affinity terms that pods of this shape carry. */
  private noteTerms(shape: PodShape): void {
    this.noteList("requiredAnti", shape.requiredAntiAffinity, (s) => s.requiredAntiAffinity);
    this.noteList("requiredAffinity", shape.requiredAffinity, (s) => s.requiredAffinity);
    this.noteList("preferredAffinity", shape.preferredAffinity, (s) => s.preferredAffinity);
    this.noteList("preferredAnti", shape.preferredAntiAffinity, (s) => s.preferredAntiAffinity);
  }

  private noteList(
    kind: TermKind,
    terms: readonly AffinityTerm[],
    of: (shape: PodShape) => readonly AffinityTerm[],
  ): void {
    for (const term of terms) {
      const key = `carries\u0000${kind}\u0000${term.key}`;
      if (this.carriedByKey.has(key)) continue;
      if (!term.namespaceSelector.isNothing) this.readsNamespaceLabels = true;
      this.carriedByKey.add(key);
      const times = (shape: PodShape) => {
        let n = 0;
        for (const t of of(shape)) if (t.key === term.key) n++;
        return n;
      };
      this.carriedTerms.push({ kind, term, carriers: this.group(key, times, false) });
    }
  }

  private membership(shape: PodShape) {
    let member = this.memberships[shape.id];
    if (member === undefined) {
      member = { groups: [], multiplicities: [], seen: 0, termsNoted: false };
      this.memberships[shape.id] = member;
    }
    if (!member.termsNoted) {
      member.termsNoted = true;
      // a group made here is filled from the snapshot, which may hold this very pod already: see podAdded's callers
      this.noteTermsBeforeCounting(shape);
    }
    while (member.seen < this.list.length) {
      const group = this.list[member.seen++] as Group;
      const times = group.multiplicity(shape);
      if (times > 0) {
        member.groups.push(group);
        member.multiplicities.push(times);
      }
    }
    return member;
  }

  // The first pod of a shape with new terms is already in its NodeInfo when the table hears of it. The group must
  // start empty then, because podAdded counts the pod right afterwards; no other pod can carry a term never seen.
  private noteTermsBeforeCounting(shape: PodShape): void {
    const before = this.list.length;
    this.noteTerms(shape);
    for (let i = before; i < this.list.length; i++) {
      const group = this.list[i] as Group;
      assert(group.total <= group.multiplicity(shape), "a new term has no carriers but the pod that brought it");
      group.counts.fill(0);
      group.total = 0;
    }
  }
}
