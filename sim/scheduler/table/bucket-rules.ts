// What the buckets of a pod shape are made of, and what the filters and scores that look beyond one node make of a bucket:
// PodTopologySpread and InterPodAffinity through counters, TaintToleration and NodeAffinity by normalized raw values. Counts
// over domains with several nodes are read through the domain, so that a placed pod does not move nodes between buckets.
import {
  normalizedBetween,
  normalizedByMax,
  normalizedSpread,
  spreadTerm,
  spreadWeight,
  stretched,
} from "../arithmetic.ts";
import { type Status, status } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import { incomingTermMatches } from "../plugins/inter-pod-affinity.ts";
import { type AffinityTerm, termMatches } from "../shape.ts";
import { HOSTNAME_KEY } from "../spread-constraints.ts";
import type { Buckets } from "./buckets.ts";
import type { CarriedTerm, Counter, TermKind } from "./groups.ts";
import type { NodeTable } from "./node-table.ts";
import type { ShapeRules, SpreadRule, SpreadRules } from "./rules.ts";
import type { StaticClass } from "./static-class.ts";
import type { TopologyKey } from "./topology.ts";

/** Component of a node that lacks the label. */
const NO_LABEL = -1;
/** In place of a raw spread score: the bucket takes no part, or its nodes lack a key and score 0. */
const NO_PART = -2;
const IGNORED = -1;

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

/** A soft constraint. `counter` is null for the hostname key, which scores by the pods on the node itself. */
interface SoftRef {
  readonly counter: Counter | null;
  readonly component: number;
  readonly byValue: boolean;
  readonly maxSkew: number;
}

interface WeightedRef extends CountRef {
  readonly weight: number;
}

interface WeightedCounter {
  readonly counter: Counter;
  readonly weight: number;
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

export class BucketRules {
  private readonly table: NodeTable;
  private readonly rules: ShapeRules;
  private readonly statics: StaticClass;
  private readonly buckets: Buckets;
  private readonly selfMatchesAffinity: boolean;
  // what each component reads of a node
  private readers: ((slot: number) => number)[] = [];
  private readonly domainComponents = new Map<string, number>();
  // topology keys that were looked at, and whether each node was a domain of its own then
  private topologies: { readonly topology: TopologyKey; readonly unique: boolean }[] = [];
  private objectsEpoch = -1;
  private carriedSeen = 0;

  private spreadRules: SpreadRules | null = null;
  private hard: HardRef[] = [];
  private soft: SoftRef[] = [];
  /** Weight of each soft constraint in this cycle. */
  private readonly weights: number[] = [];
  /** Keys that soft constraints spread by, where nodes without the label are a domain of their own. */
  private lenient: TopologyKey[] = [];
  private affinity: CountRef[] = [];
  private anti: CountRef[] = [];
  private existingAnti: CountRef[] = [];
  /** Components that are 1 on nodes that hold a pod of the kind, for keys where each node is a domain of its own; -1: none. */
  private antiOnNode = -1;
  private existingAntiOnNode = -1;
  private scores: WeightedRef[] = [];
  /** Component with the sum over such keys; -1: none. */
  private scoreOnNode = -1;
  private taint = -1;
  private nodeAffinity = -1;
  private gpu = -1;
  /** Do verdicts hang on counts over domains, which nominated pods would shift? */
  filters = false;

  constructor(table: NodeTable, rules: ShapeRules, statics: StaticClass, buckets: Buckets) {
    this.table = table;
    this.rules = rules;
    this.statics = statics;
    this.buckets = buckets;
    const { shape } = rules;
    this.selfMatchesAffinity = shape.requiredAffinity.every((t) => incomingTermMatches(t, shape, table.snapshot));
  }

  /** Are there nodes that spreading by default would take for nodes without the label? Then the buckets do not tell them apart. */
  get mixesBlankDomains(): boolean {
    for (const topology of this.lenient) if (topology.blankNodes > 0) return true;
    return false;
  }

  /** Has something changed that the components were chosen by? */
  isStale(): boolean {
    const { table, rules } = this;
    if (this.spreadRules === null) return true;
    if (this.objectsEpoch !== table.objectsEpoch) {
      if (rules.spread().key !== this.spreadRules.key) return true;
      this.objectsEpoch = table.objectsEpoch;
    }
    const carried = table.groups.carriedTerms;
    for (; this.carriedSeen < carried.length; this.carriedSeen++)
      if (this.concerns(carried[this.carriedSeen] as CarriedTerm)) return true;
    return this.topologies.some(({ topology, unique }) => topology.isUnique !== unique);
  }

  /** Chooses the components anew. All buckets are dead then. */
  compile(): void {
    const { table, rules, statics } = this;
    const { profile } = rules;
    this.objectsEpoch = table.objectsEpoch;
    this.topologies = [];
    this.readers = [];
    this.domainComponents.clear();
    this.taint = profile.taintWeight > 0 ? this.reader((slot) => statics.taintRaw[slot] as number) : -1;
    this.nodeAffinity =
      profile.nodeAffinityWeight > 0 && rules.scoresNodeAffinity
        ? this.reader((slot) => statics.nodeAffinityRaw[slot] as number)
        : -1;
    this.gpu =
      profile.gpuWeight > 0 && profile.normalizesGpu
        ? this.reader((slot) => rules.gpuScore(table.snapshot.nodeAt(slot) as NodeInfo))
        : -1;
    this.compileSpread();
    const carried = table.groups.carriedTerms;
    this.carriedSeen = carried.length;
    const concerning = carried.filter((c) => this.concerns(c));
    this.compilePodFilters(concerning);
    this.compilePodScores(concerning);
    this.filters =
      this.hard.length + this.affinity.length + this.anti.length + this.existingAnti.length > 0 ||
      this.antiOnNode >= 0 ||
      this.existingAntiOnNode >= 0;
    this.buckets.reset(this.readers.length);
  }

  /** Bucket of a node, by what its components are now. */
  bucketOf(slot: number): number {
    const { readers } = this;
    const { wanted } = this.buckets;
    let hash = readers.length;
    for (let i = 0; i < readers.length; i++) {
      const value = (readers[i] as (slot: number) => number)(slot) | 0;
      wanted[i] = value;
      hash = Math.imul(hash ^ value, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return this.buckets.find(hash);
  }

  // ---------------------------------------------------------------- components

  private reader(read: (slot: number) => number): number {
    return this.readers.push(read) - 1;
  }

  private isUnique(topology: TopologyKey): boolean {
    if (!this.topologies.some((t) => t.topology === topology))
      this.topologies.push({ topology, unique: topology.isUnique });
    return topology.isUnique;
  }

  private refTo(counter: Counter): CountRef {
    const { topology } = counter;
    if (this.isUnique(topology)) {
      const component = this.reader((slot) => {
        const domain = topology.domainOf[slot] as number;
        return domain < 0 ? NO_LABEL : (counter.sums[domain] as number);
      });
      return { counter, component, byValue: true };
    }
    let component = this.domainComponents.get(topology.key);
    if (component === undefined) {
      component = this.reader((slot) => topology.domainOf[slot] as number);
      this.domainComponents.set(topology.key, component);
    }
    return { counter, component, byValue: false };
  }

  private compileSpread(): void {
    const { profile } = this.rules;
    const spread = this.rules.spread();
    this.spreadRules = spread;
    this.lenient = [];
    this.hard = profile.filtersSpread ? spread.hard.map((rule) => ({ ...this.refTo(rule.counter()), rule })) : [];
    this.soft = profile.spreadWeight > 0 ? spread.soft.map((rule) => this.softRef(rule, spread)) : [];
  }

  private softRef(rule: SpreadRule, { requireAllTopologies }: SpreadRules): SoftRef {
    const { maxSkew, group } = rule;
    const topology = this.table.topology.key(rule.topologyKey);
    if (rule.topologyKey !== HOSTNAME_KEY) {
      if (!requireAllTopologies) this.lenient.push(topology);
      return { ...this.refTo(rule.counter()), maxSkew };
    }
    // whoever else may carry the same hostname
    const component = this.reader((slot) =>
      (topology.domainOf[slot] as number) < 0 ? NO_LABEL : (group.counts[slot] as number),
    );
    return { counter: null, component, byValue: true, maxSkew };
  }

  private compilePodFilters(concerning: readonly CarriedTerm[]): void {
    const { shape, profile } = this.rules;
    const { groups, snapshot } = this.table;
    this.affinity = [];
    this.anti = [];
    this.existingAnti = [];
    this.antiOnNode = -1;
    this.existingAntiOnNode = -1;
    this.noteNamespaceSelectors();
    if (!profile.filtersInterPod) return;
    const terms = shape.requiredAffinity;
    if (terms.length > 0) {
      // an existing pod counts only when it matches every term
      const all = groups.group(
        `matchesAll\u0000${terms.map(selectionKey).join("\u0000")}`,
        (s) => (terms.every((t) => incomingTermMatches(t, s, snapshot)) ? 1 : 0),
        false,
      );
      this.affinity = terms.map((t) => this.refTo(groups.counter(all, t.topologyKey, null)));
    }
    this.antiOnNode = this.refuse(
      shape.requiredAntiAffinity.map((t) => this.matching(t)),
      this.anti,
    );
    const existing = concerning.filter((c) => c.kind === "requiredAnti");
    this.existingAntiOnNode = this.refuse(existing.map(carriersOf(groups)), this.existingAnti);
  }

  /** Sorts counters that must be 0 into references, and one component for those whose domains are single nodes. */
  private refuse(counters: readonly Counter[], refs: CountRef[]): number {
    const onNode: Counter[] = [];
    for (const counter of counters) {
      if (this.isUnique(counter.topology)) onNode.push(counter);
      else refs.push(this.refTo(counter));
    }
    return onNode.length > 0 ? this.reader((slot) => anyOn(onNode, slot)) : -1;
  }

  private compilePodScores(concerning: readonly CarriedTerm[]): void {
    const { shape, profile } = this.rules;
    this.scores = [];
    this.scoreOnNode = -1;
    if (profile.interPodWeight === 0 || this.skipsPodScores()) return;
    const onNode: WeightedCounter[] = [];
    const weigh = (counter: Counter, weight: number) => {
      if (this.isUnique(counter.topology)) onNode.push({ counter, weight });
      else this.scores.push({ ...this.refTo(counter), weight });
    };
    const carriers = carriersOf(this.table.groups);
    for (const t of shape.preferredAffinity) weigh(this.matching(t), t.weight);
    for (const t of shape.preferredAntiAffinity) weigh(this.matching(t), -t.weight);
    for (const c of concerning) {
      if (c.kind === "requiredAffinity") weigh(carriers(c), profile.hardPodAffinityWeight);
      else if (c.kind === "preferredAffinity") weigh(carriers(c), c.term.weight);
      else if (c.kind === "preferredAnti") weigh(carriers(c), -c.term.weight);
    }
    if (onNode.length > 0) this.scoreOnNode = this.reader((slot) => weightedOn(onNode, slot));
  }

  /** Does a term that other pods carry bear on this shape? */
  private concerns({ kind, term }: CarriedTerm): boolean {
    return this.readsCarried(kind) && termMatches(term, this.rules.shape, this.table.snapshot.namespaceLabels);
  }

  private readsCarried(kind: TermKind): boolean {
    const { profile } = this.rules;
    if (kind === "requiredAnti") return profile.filtersInterPod;
    if (profile.interPodWeight === 0 || this.skipsPodScores()) return false;
    return kind !== "requiredAffinity" || profile.hardPodAffinityWeight > 0;
  }

  /** ignorePreferredTermsOfExistingPods leaves pods without preferences of their own unscored, whatever others prefer. */
  private skipsPodScores(): boolean {
    const { shape, profile } = this.rules;
    return (
      profile.ignorePreferredTermsOfExistingPods &&
      shape.preferredAffinity.length === 0 &&
      shape.preferredAntiAffinity.length === 0
    );
  }

  /** Pods that a term of this shape selects, per domain of the term's key. */
  private matching(term: AffinityTerm): Counter {
    const { groups, snapshot } = this.table;
    const group = groups.group(
      `matches\u0000${selectionKey(term)}`,
      (s) => (incomingTermMatches(term, s, snapshot) ? 1 : 0),
      false,
    );
    return groups.counter(group, term.topologyKey, null);
  }

  private noteNamespaceSelectors(): void {
    const s = this.rules.shape;
    for (const terms of [s.requiredAffinity, s.requiredAntiAffinity, s.preferredAffinity, s.preferredAntiAffinity])
      if (terms.some((t) => !t.namespaceSelector.isNothing)) this.table.groups.readsNamespaceLabels = true;
  }

  // ---------------------------------------------------------------- filters

  /** Marks the buckets that pass, for the cycle that begins. */
  enable(): void {
    const { active, enabled } = this.buckets;
    if (!this.filters) for (const b of active) enabled[b] = 1;
    else for (const b of active) enabled[b] = this.verdict(b) === null ? 1 : 0;
  }

  /** Count that a reference gives for a bucket, NO_LABEL when its nodes lack the key. */
  private countOf(ref: CountRef, bucket: number): number {
    const value = this.buckets.value(bucket, ref.component);
    return ref.byValue || value < 0 ? value : (ref.counter.sums[value] as number);
  }

  /** PodTopologySpread's and InterPodAffinity's Filter for all nodes of a bucket. */
  verdict(bucket: number): Status | null {
    const { buckets } = this;
    for (let i = 0; i < this.hard.length; i++) {
      const ref = this.hard[i] as HardRef;
      const count = this.countOf(ref, bucket);
      if (count < 0) return MISSING_LABEL;
      const { counter, rule } = ref;
      const least = counter.domains < rule.minDomains ? 0 : counter.minimum;
      if (count + rule.selfMatch - least > rule.maxSkew) return SKEWED;
    }
    if (this.affinity.length > 0 && !this.satisfiesAffinity(bucket)) return AFFINITY_RULES;
    if (this.antiOnNode >= 0 && buckets.value(bucket, this.antiOnNode) > 0) return ANTI_AFFINITY_RULES;
    for (let i = 0; i < this.anti.length; i++)
      if (this.countOf(this.anti[i] as CountRef, bucket) > 0) return ANTI_AFFINITY_RULES;
    if (this.existingAntiOnNode >= 0 && buckets.value(bucket, this.existingAntiOnNode) > 0)
      return EXISTING_ANTI_AFFINITY;
    for (let i = 0; i < this.existingAnti.length; i++)
      if (this.countOf(this.existingAnti[i] as CountRef, bucket) > 0) return EXISTING_ANTI_AFFINITY;
    return null;
  }

  /** All terms find a matching pod in the node's domains; or nobody matches anywhere and the pod matches itself. */
  private satisfiesAffinity(bucket: number): boolean {
    let found = true;
    let total = 0;
    for (const ref of this.affinity) {
      const count = this.countOf(ref, bucket);
      if (count < 0) return false;
      if (count === 0) found = false;
      total += ref.counter.total;
    }
    return found || (total === 0 && this.selfMatchesAffinity);
  }

  // ---------------------------------------------------------------- scores

  /**
   * Sets `norm` of every bucket that takes part to its weighted sum of normalized scores.
   *
   * @param sizes nodes per bucket; a bucket with none, or one that is not enabled, takes no part
   */
  normalize(sizes: Int32Array): void {
    const { profile } = this.rules;
    const { active, norm } = this.buckets;
    for (const b of active) norm[b] = 0;
    if (this.taint >= 0) this.addProportional(this.taint, profile.taintWeight, true, sizes);
    if (this.nodeAffinity >= 0) this.addProportional(this.nodeAffinity, profile.nodeAffinityWeight, false, sizes);
    if (this.gpu >= 0) this.addStretched(this.gpu, profile.gpuWeight, sizes);
    if (this.soft.length > 0) this.addSpread(profile.spreadWeight, sizes);
    if (this.scores.length > 0 || this.scoreOnNode >= 0) this.addPodScores(profile.interPodWeight, sizes);
  }

  private takesPart(bucket: number, sizes: Int32Array): boolean {
    return this.buckets.enabled[bucket] === 1 && (sizes[bucket] as number) > 0;
  }

  /** The framework's default normalization: 100 * raw / max in integers, from 100 downwards when reversed. */
  private addProportional(component: number, weight: number, reverse: boolean, sizes: Int32Array): void {
    const { buckets } = this;
    const { active, norm } = buckets;
    let max = 0;
    for (const b of active) if (this.takesPart(b, sizes)) max = Math.max(max, buckets.value(b, component));
    for (const b of active) {
      if (!this.takesPart(b, sizes)) continue;
      const score = normalizedByMax(buckets.value(b, component), max, reverse);
      norm[b] = (norm[b] as number) + weight * score;
    }
  }

  /** Raw scores stretched between the lowest and the highest. */
  private addStretched(component: number, weight: number, sizes: Int32Array): void {
    const { buckets } = this;
    const { active, norm } = buckets;
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    for (const b of active) {
      if (!this.takesPart(b, sizes)) continue;
      const value = buckets.value(b, component);
      if (value < min) min = value;
      if (value > max) max = value;
    }
    for (const b of active) {
      if (!this.takesPart(b, sizes)) continue;
      norm[b] = (norm[b] as number) + weight * stretched(buckets.value(b, component), min, max);
    }
  }

  /** PodTopologySpread's scores: fewer matching pods in the node's domains score higher; see the plugin. */
  private addSpread(weight: number, sizes: Int32Array): void {
    const { buckets, soft } = this;
    const { active, norm, raw } = buckets;
    // nodes that lack one of the keys are not scored, except under the system's own constraints
    const allKeys = (this.spreadRules as SpreadRules).requireAllTopologies;
    for (const b of active) raw[b] = !this.takesPart(b, sizes) ? NO_PART : allKeys && this.lacksKey(b) ? IGNORED : 0;
    for (let i = 0; i < soft.length; i++) this.weights[i] = spreadWeight(this.domainsOf(soft[i] as SoftRef, sizes));
    let min = Number.MAX_SAFE_INTEGER;
    let max = 0;
    for (const b of active) {
      if ((raw[b] as number) < 0) continue;
      let sum = 0;
      for (let i = 0; i < soft.length; i++) {
        const ref = soft[i] as SoftRef;
        const value = buckets.value(b, ref.component);
        if (value < 0) continue;
        const count = ref.byValue ? value : ((ref.counter as Counter).sums[value] as number);
        sum += spreadTerm(count, ref.maxSkew, this.weights[i] as number);
      }
      sum = Math.round(sum);
      raw[b] = sum;
      if (sum < min) min = sum;
      if (sum > max) max = sum;
    }
    for (const b of active)
      if ((raw[b] as number) >= 0)
        norm[b] = (norm[b] as number) + weight * normalizedSpread(raw[b] as number, min, max);
  }

  private lacksKey(bucket: number): boolean {
    for (let i = 0; i < this.soft.length; i++)
      if (this.buckets.value(bucket, (this.soft[i] as SoftRef).component) < 0) return true;
    return false;
  }

  /** Number of domains of a soft constraint's key among the nodes that are scored; of nodes for the hostname key. */
  private domainsOf(ref: SoftRef, sizes: Int32Array): number {
    const { buckets } = this;
    const { active, raw } = buckets;
    let domains = 0;
    if (ref.counter === null) {
      for (const b of active) if ((raw[b] as number) >= 0) domains += sizes[b] as number;
      return domains;
    }
    const seen = new Set<number>();
    for (const b of active) {
      if ((raw[b] as number) < 0) continue;
      const value = buckets.value(b, ref.component);
      // all nodes without the label are one domain
      if (ref.byValue && value >= 0) domains += sizes[b] as number;
      else seen.add(value);
    }
    return domains + seen.size;
  }

  /** InterPodAffinity's scores: signed sums over the node's domains, stretched to 0 … 100. */
  private addPodScores(weight: number, sizes: Int32Array): void {
    const { buckets, scores } = this;
    const { active, norm, raw } = buckets;
    let min = Number.MAX_SAFE_INTEGER;
    let max = -Number.MAX_SAFE_INTEGER;
    for (const b of active) {
      if (!this.takesPart(b, sizes)) continue;
      let sum = this.scoreOnNode >= 0 ? buckets.value(b, this.scoreOnNode) : 0;
      for (let i = 0; i < scores.length; i++) {
        const ref = scores[i] as WeightedRef;
        const domain = buckets.value(b, ref.component);
        if (domain >= 0) sum += ref.weight * (ref.counter.sums[domain] as number);
      }
      raw[b] = sum;
      if (sum < min) min = sum;
      if (sum > max) max = sum;
    }
    if (max <= min) return;
    for (const b of active) {
      if (!this.takesPart(b, sizes)) continue;
      norm[b] = (norm[b] as number) + weight * normalizedBetween(raw[b] as number, min, max);
    }
  }
}

function carriersOf(groups: NodeTable["groups"]): (carried: CarriedTerm) => Counter {
  return ({ carriers, term }) => groups.counter(carriers, term.topologyKey, null);
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
