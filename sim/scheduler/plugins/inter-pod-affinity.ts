// InterPodAffinity: required and preferred affinity and anti-affinity between pods, both of the incoming pod towards the
// pods that run and of those towards the incoming one. Source: Kubernetes documentation "Inter-pod affinity and
// anti-affinity", KEP-2249 (namespaceSelector), KEP-3633 (matchLabelKeys, merged by the API server).
import type { InterPodAffinityArgs } from "../../model/scheduler-plugin-args.ts";
import { normalizedBetween } from "../arithmetic.ts";
import { type CycleState, type Handle, type Plugin, type PluginFactory, type StateData, status } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import { type AffinityTerm, type PodInfo, type PodShape, termMatches } from "../shape.ts";
import type { Snapshot } from "../snapshot.ts";
import { PairCounts } from "../topology-counts.ts";

const NAME = "InterPodAffinity";
const SCORE_STATE = `${NAME}/score`;

/** Does a term of the incoming pod select a pod like this? Namespace selectors see only namespaces that exist. */
export function incomingTermMatches(term: AffinityTerm, other: PodShape, snapshot: Snapshot): boolean {
  if (!term.namespaces.has(other.namespace) && !term.namespaceSelector.isEmpty) {
    const labels = snapshot.namespaceLabels(other.namespace);
    if (labels === undefined || !term.namespaceSelector.matches(labels)) return false;
  }
  return term.selector.matches(other.labels);
}

/** What the pods of one shape mean to the incoming pod; computed once per cycle. */
interface Relation {
  /** Required anti-affinity terms of the existing pod that select the incoming one. */
  readonly existingAnti: readonly AffinityTerm[];
  /** All required affinity terms of the incoming pod select the existing one. */
  readonly affine: boolean;
  /** Required anti-affinity terms of the incoming pod that select the existing one. */
  readonly anti: readonly AffinityTerm[];
}

class FilterState implements StateData {
  readonly shape: PodShape;
  readonly relations: Map<PodShape, Relation>;
  readonly existingAnti: PairCounts;
  readonly affinity: PairCounts;
  readonly anti: PairCounts;

  constructor(
    shape: PodShape,
    relations: Map<PodShape, Relation> = new Map(),
    existingAnti = new PairCounts(),
    affinity = new PairCounts(),
    anti = new PairCounts(),
  ) {
    this.shape = shape;
    this.relations = relations;
    this.existingAnti = existingAnti;
    this.affinity = affinity;
    this.anti = anti;
  }

  relation(existing: PodShape, snapshot: Snapshot): Relation {
    let relation = this.relations.get(existing);
    if (relation === undefined) {
      const { shape } = this;
      const selects = (term: AffinityTerm) => incomingTermMatches(term, existing, snapshot);
      relation = {
        existingAnti: existing.requiredAntiAffinity.filter((term) =>
          termMatches(term, shape, snapshot.namespaceLabels),
        ),
        affine: shape.requiredAffinity.length > 0 && shape.requiredAffinity.every(selects),
        anti: shape.requiredAntiAffinity.filter(selects),
      };
      this.relations.set(existing, relation);
    }
    return relation;
  }

  /** Counts a pod in or out. */
  count(pod: PodInfo, node: NodeInfo, delta: 1 | -1, snapshot: Snapshot): void {
    const relation = this.relation(pod.shape, snapshot);
    for (const term of relation.existingAnti) countTerm(this.existingAnti, term, node, delta);
    if (relation.affine) for (const term of this.shape.requiredAffinity) countTerm(this.affinity, term, node, delta);
    for (const term of relation.anti) countTerm(this.anti, term, node, delta);
  }

  clone(): FilterState {
    return new FilterState(
      this.shape,
      this.relations,
      this.existingAnti.clone(),
      this.affinity.clone(),
      this.anti.clone(),
    );
  }
}

/** Topology key → label value → sum of weights. */
type TopologyScores = Map<string, Map<string, number>>;

class ScoreState implements StateData {
  readonly scores: TopologyScores;

  constructor(scores: TopologyScores) {
    this.scores = scores;
  }

  clone(): ScoreState {
    return this;
  }
}

/** What one pod of a shape adds to the domains it is in. */
interface Contribution {
  readonly topologyKey: string;
  readonly weight: number;
}

export const interPodAffinity: PluginFactory = (args, handle) =>
  new InterPodAffinity(args as unknown as InterPodAffinityArgs, handle);

class InterPodAffinity implements Plugin {
  readonly name = NAME;
  private readonly snapshot: Snapshot;
  private readonly hardWeight: number;
  private readonly ignoresExistingPreferences: boolean;
  private readonly skip = status("Skip", NAME);
  private readonly noAffinity = status("UnschedulableAndUnresolvable", NAME, "node(s) didn't match pod affinity rules");
  private readonly antiAffinity = status("Unschedulable", NAME, "node(s) didn't match pod anti-affinity rules");
  private readonly existingAntiAffinity = status(
    "Unschedulable",
    NAME,
    "node(s) didn't satisfy existing pods anti-affinity rules",
  );

  constructor(args: InterPodAffinityArgs, handle: Handle) {
    this.snapshot = handle.snapshot;
    this.hardWeight = args.hardPodAffinityWeight;
    this.ignoresExistingPreferences = args.ignorePreferredTermsOfExistingPods;
  }

  preFilter(state: CycleState, pod: PodInfo, nodes: readonly NodeInfo[]) {
    const { shape } = pod;
    const own = shape.requiredAffinity.length > 0 || shape.requiredAntiAffinity.length > 0;
    if (!own && this.snapshot.antiAffinityPods === 0) return { status: this.skip };
    const filterState = new FilterState(shape);
    for (const node of nodes) {
      const pods = own ? node.pods : node.podsWithRequiredAntiAffinity;
      for (const existing of pods) filterState.count(existing, node, 1, this.snapshot);
    }
    if (!own && filterState.existingAnti.size === 0) return { status: this.skip };
    state.write(NAME, filterState);
    return { status: null };
  }

  addPod(state: CycleState, _pod: PodInfo, podToAdd: PodInfo, node: NodeInfo): null {
    state.read<FilterState>(NAME).count(podToAdd, node, 1, this.snapshot);
    return null;
  }

  removePod(state: CycleState, _pod: PodInfo, podToRemove: PodInfo, node: NodeInfo): null {
    state.read<FilterState>(NAME).count(podToRemove, node, -1, this.snapshot);
    return null;
  }

  filter(state: CycleState, _pod: PodInfo, node: NodeInfo) {
    const filterState = state.read<FilterState>(NAME);
    if (!this.satisfiesAffinity(filterState, node)) return this.noAffinity;
    const { anti, existingAnti } = filterState;
    if (anti.size > 0) {
      for (const { topologyKey } of filterState.shape.requiredAntiAffinity) {
        const value = node.labels[topologyKey];
        if (value !== undefined && anti.get(topologyKey, value) > 0) return this.antiAffinity;
      }
    }
    if (existingAnti.size > 0) {
      for (const key of existingAnti.keys()) {
        const value = node.labels[key];
        if (value !== undefined && existingAnti.get(key, value) > 0) return this.existingAntiAffinity;
      }
    }
    return null;
  }

  preScore(state: CycleState, pod: PodInfo) {
    const { shape } = pod;
    const prefers = shape.preferredAffinity.length > 0 || shape.preferredAntiAffinity.length > 0;
    if (this.ignoresExistingPreferences && !prefers) return this.skip;
    const scores: TopologyScores = new Map();
    const contributions = new Map<PodShape, readonly Contribution[]>();
    for (const node of this.snapshot.nodes) {
      for (const existing of prefers ? node.pods : node.podsWithAffinity) {
        let parts = contributions.get(existing.shape);
        if (parts === undefined) {
          parts = this.contributionsOf(existing.shape, shape);
          contributions.set(existing.shape, parts);
        }
        for (const part of parts) addScore(scores, part, node);
      }
    }
    if (scores.size === 0) return this.skip;
    state.write(SCORE_STATE, new ScoreState(scores));
    return null;
  }

  score(state: CycleState, _pod: PodInfo, node: NodeInfo): number {
    let score = 0;
    for (const [key, values] of state.read<ScoreState>(SCORE_STATE).scores) {
      const value = node.labels[key];
      if (value !== undefined) score += values.get(value) ?? 0;
    }
    return score;
  }

  normalizeScore(_state: CycleState, _pod: PodInfo, _nodes: readonly NodeInfo[], scores: Float64Array): void {
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    for (const score of scores) {
      if (score < min) min = score;
      if (score > max) max = score;
    }
    for (let i = 0; i < scores.length; i++) scores[i] = normalizedBetween(scores[i]!, min, max);
  }

  signPod({ shape }: PodInfo): string | null {
    const affinity = shape.exemplar.spec.affinity;
    if (affinity?.podAffinity != null || affinity?.podAntiAffinity != null) return null;
    // terms of existing pods select by labels; that they also select by namespace is not part of upstream's signature
    return JSON.stringify(Object.entries(shape.labels).sort((a, b) => (a[0] < b[0] ? -1 : 1)));
  }

  private satisfiesAffinity(state: FilterState, node: NodeInfo): boolean {
    const terms = state.shape.requiredAffinity;
    let present = true;
    for (const { topologyKey } of terms) {
      const value = node.labels[topologyKey];
      if (value === undefined) return false;
      if (state.affinity.get(topologyKey, value) <= 0) present = false;
    }
    if (present) return true;
    // the first pod of a group with affinity to itself may go anywhere
    return state.affinity.size === 0 && terms.every((term) => incomingTermMatches(term, state.shape, this.snapshot));
  }

  private contributionsOf(existing: PodShape, incoming: PodShape): readonly Contribution[] {
    const parts: Contribution[] = [];
    const ofIncoming = (terms: readonly AffinityTerm[], sign: 1 | -1) => {
      for (const term of terms) {
        if (incomingTermMatches(term, existing, this.snapshot)) {
          parts.push({ topologyKey: term.topologyKey, weight: sign * term.weight });
        }
      }
    };
    const ofExisting = (terms: readonly AffinityTerm[], weight: (term: AffinityTerm) => number) => {
      for (const term of terms) {
        if (termMatches(term, incoming, this.snapshot.namespaceLabels)) {
          parts.push({ topologyKey: term.topologyKey, weight: weight(term) });
        }
      }
    };
    ofIncoming(incoming.preferredAffinity, 1);
    ofIncoming(incoming.preferredAntiAffinity, -1);
    if (this.hardWeight > 0) ofExisting(existing.requiredAffinity, () => this.hardWeight);
    ofExisting(existing.preferredAffinity, (term) => term.weight);
    ofExisting(existing.preferredAntiAffinity, (term) => -term.weight);
    return parts;
  }
}

function countTerm(counts: PairCounts, { topologyKey }: AffinityTerm, node: NodeInfo, delta: 1 | -1): void {
  const value = node.labels[topologyKey];
  if (value !== undefined) counts.add(topologyKey, value, delta);
}

function addScore(scores: TopologyScores, { topologyKey, weight }: Contribution, node: NodeInfo): void {
  const value = node.labels[topologyKey];
  if (value === undefined) return;
  const values = scores.get(topologyKey);
  if (values === undefined) scores.set(topologyKey, new Map([[value, weight]]));
  else values.set(value, (values.get(value) ?? 0) + weight);
}
