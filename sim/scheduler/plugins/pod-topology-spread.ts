// PodTopologySpread: keeps the number of matching pods even over the domains of a topology key. DoNotSchedule constraints
// filter, ScheduleAnyway constraints score. Source: KEP-895, KEP-3022 (minDomains), KEP-3094 (inclusion policies),
// KEP-3243 (matchLabelKeys).
import type { PodTopologySpreadArgs } from "../../model/scheduler-plugin-args.ts";
import { normalizedSpread, spreadTerm, spreadWeight } from "../arithmetic.ts";
import { type CycleState, type Handle, type Plugin, type PluginFactory, type StateData, status } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import type { PodInfo } from "../shape.ts";
import { HOSTNAME_KEY, hasAllKeys, type SpreadConstraint, SpreadConstraintTable } from "../spread-constraints.ts";
import { DomainCounts } from "../topology-counts.ts";

const NAME = "PodTopologySpread";
const SCORE_STATE = `${NAME}/score`;

class FilterState implements StateData {
  readonly constraints: readonly SpreadConstraint[];
  /** Per constraint: matching pods per domain, for all domains that take part. */
  readonly counts: readonly DomainCounts[];

  constructor(constraints: readonly SpreadConstraint[], counts: readonly DomainCounts[]) {
    this.constraints = constraints;
    this.counts = counts;
  }

  clone(): FilterState {
    return new FilterState(
      this.constraints,
      this.counts.map((c) => c.clone()),
    );
  }
}

class ScoreState implements StateData {
  readonly constraints: readonly SpreadConstraint[];
  readonly weights: readonly number[];
  /** Per constraint, except for the hostname key, which counts on the node itself. */
  readonly counts: readonly Map<string, number>[];
  readonly ignored: ReadonlySet<NodeInfo>;

  constructor(
    constraints: readonly SpreadConstraint[],
    weights: readonly number[],
    counts: readonly Map<string, number>[],
    ignored: ReadonlySet<NodeInfo>,
  ) {
    this.constraints = constraints;
    this.weights = weights;
    this.counts = counts;
    this.ignored = ignored;
  }

  clone(): ScoreState {
    return this;
  }
}

export const podTopologySpread: PluginFactory = (args, handle) =>
  new PodTopologySpread(args as unknown as PodTopologySpreadArgs, handle);

class PodTopologySpread implements Plugin {
  readonly name = NAME;
  private readonly handle: Handle;
  private readonly table: SpreadConstraintTable;
  private readonly skip = status("Skip", NAME);
  private readonly missingLabel = status(
    "UnschedulableAndUnresolvable",
    NAME,
    "node(s) didn't match pod topology spread constraints (missing required label)",
  );
  private readonly skewed = status("Unschedulable", NAME, "node(s) didn't match pod topology spread constraints");

  constructor(args: PodTopologySpreadArgs, handle: Handle) {
    this.handle = handle;
    this.table = new SpreadConstraintTable(args, handle.snapshot);
  }

  preFilter(state: CycleState, pod: PodInfo, nodes: readonly NodeInfo[]) {
    const constraints = this.table.of(pod.shape).hard;
    if (constraints.length === 0) return { status: this.skip };
    const counts = constraints.map(() => new Map<string, number>());
    for (const node of nodes) {
      if (!hasAllKeys(node, constraints)) continue;
      for (let i = 0; i < constraints.length; i++) {
        const constraint = constraints[i]!;
        if (!constraint.includes(node)) continue;
        const domain = node.labels[constraint.topologyKey]!;
        const ofDomain = counts[i]!;
        ofDomain.set(domain, (ofDomain.get(domain) ?? 0) + constraint.count(node.pods));
      }
    }
    state.write(NAME, new FilterState(constraints, counts.map(DomainCounts.of)));
    return { status: null };
  }

  addPod(state: CycleState, _pod: PodInfo, podToAdd: PodInfo, node: NodeInfo) {
    return this.update(state, podToAdd, node, 1);
  }

  removePod(state: CycleState, _pod: PodInfo, podToRemove: PodInfo, node: NodeInfo) {
    return this.update(state, podToRemove, node, -1);
  }

  filter(state: CycleState, _pod: PodInfo, node: NodeInfo) {
    const { constraints, counts } = state.read<FilterState>(NAME);
    for (let i = 0; i < constraints.length; i++) {
      const constraint = constraints[i]!;
      const domain = node.labels[constraint.topologyKey];
      if (domain === undefined) return this.missingLabel;
      const perDomain = counts[i]!;
      // with fewer domains than asked for, the others count as empty ones that are still to come
      const least = perDomain.size < constraint.minDomains ? 0 : perDomain.min();
      if (perDomain.get(domain) + constraint.selfMatch - least > constraint.maxSkew) return this.skewed;
    }
    return null;
  }

  preScore(state: CycleState, pod: PodInfo, nodes: readonly NodeInfo[]) {
    const { soft: constraints, requireAllTopologies } = this.table.of(pod.shape);
    if (constraints.length === 0) return this.skip;
    const ignored = new Set<NodeInfo>();
    const counts = constraints.map(() => new Map<string, number>());
    for (const node of nodes) {
      if (requireAllTopologies && !hasAllKeys(node, constraints)) {
        ignored.add(node);
        continue;
      }
      for (let i = 0; i < constraints.length; i++) {
        const { topologyKey } = constraints[i]!;
        // under system defaults nodes without the label form a domain of their own
        if (topologyKey !== HOSTNAME_KEY) counts[i]!.set(node.labels[topologyKey] ?? "", 0);
      }
    }
    const weights = constraints.map((constraint, i) =>
      spreadWeight(constraint.topologyKey === HOSTNAME_KEY ? nodes.length - ignored.size : counts[i]!.size),
    );
    this.countPods(constraints, counts, requireAllTopologies);
    state.write(SCORE_STATE, new ScoreState(constraints, weights, counts, ignored));
    return null;
  }

  score(state: CycleState, _pod: PodInfo, node: NodeInfo): number {
    const { constraints, weights, counts, ignored } = state.read<ScoreState>(SCORE_STATE);
    if (ignored.has(node)) return 0;
    let score = 0;
    for (let i = 0; i < constraints.length; i++) {
      const constraint = constraints[i]!;
      const domain = node.labels[constraint.topologyKey];
      if (domain === undefined) continue;
      const count = constraint.topologyKey === HOSTNAME_KEY ? constraint.count(node.pods) : counts[i]!.get(domain)!;
      score += spreadTerm(count, constraint.maxSkew, weights[i]!);
    }
    return Math.round(score);
  }

  normalizeScore(state: CycleState, _pod: PodInfo, nodes: readonly NodeInfo[], scores: Float64Array): void {
    const { ignored } = state.read<ScoreState>(SCORE_STATE);
    let min = Number.POSITIVE_INFINITY;
    let max = 0;
    for (let i = 0; i < scores.length; i++) {
      if (ignored.has(nodes[i]!)) continue;
      if (scores[i]! < min) min = scores[i]!;
      if (scores[i]! > max) max = scores[i]!;
    }
    for (let i = 0; i < scores.length; i++) {
      scores[i] = ignored.has(nodes[i]!) ? 0 : normalizedSpread(scores[i]!, min, max);
    }
  }

  signPod(pod: PodInfo): string | null {
    // the outcome hangs on the pods of other nodes, which each placement changes
    return this.table.defaults.length > 0 || pod.shape.spreadConstraints.length > 0 ? null : "";
  }

  private update(state: CycleState, changed: PodInfo, node: NodeInfo, delta: 1 | -1): null {
    const { constraints, counts } = state.read<FilterState>(NAME);
    if (!hasAllKeys(node, constraints)) return null;
    for (let i = 0; i < constraints.length; i++) {
      const constraint = constraints[i]!;
      if (!constraint.selects(changed) || !constraint.includes(node)) continue;
      counts[i]!.add(node.labels[constraint.topologyKey]!, delta);
    }
    return null;
  }

  /** Adds up matching pods of all nodes, for the domains that feasible nodes are in. */
  private countPods(
    constraints: readonly SpreadConstraint[],
    counts: readonly Map<string, number>[],
    requireAllTopologies: boolean,
  ): void {
    if (constraints.every((constraint) => constraint.topologyKey === HOSTNAME_KEY)) return;
    for (const node of this.handle.snapshot.nodes) {
      if (requireAllTopologies && !hasAllKeys(node, constraints)) continue;
      for (let i = 0; i < constraints.length; i++) {
        const constraint = constraints[i]!;
        if (constraint.topologyKey === HOSTNAME_KEY) continue;
        const domain = node.labels[constraint.topologyKey] ?? "";
        const before = counts[i]!.get(domain);
        if (before === undefined || !constraint.includes(node)) continue;
        counts[i]!.set(domain, before + constraint.count(node.pods));
      }
    }
  }
}
