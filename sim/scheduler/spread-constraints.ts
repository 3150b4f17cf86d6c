// Topology spread constraints of a pod, compiled: its own, or those that the profile gives to pods without any.
import type { TopologySpreadConstraint } from "../model/objects.ts";
import type { PodTopologySpreadArgs } from "../model/scheduler-plugin-args.ts";
import { compileLabelSelector, type LabelMatcher } from "../model/selectors.ts";
import { DEFAULT_SELECTOR_KINDS, defaultSelector } from "./default-selector.ts";
import type { NodeInfo } from "./node-info.ts";
import { PerShape } from "./per-shape.ts";
import { type RequiredNodes, requiredNodes } from "./required-node-affinity.ts";
import type { PodInfo, PodShape } from "./shape.ts";
import type { Snapshot } from "./snapshot.ts";
import { hasUntoleratedTaint } from "./tolerations.ts";

export const HOSTNAME_KEY = "kubernetes.io/hostname";

/** What the system default spreads by: nodes first, then zones, both softly. */
export const SYSTEM_DEFAULT_CONSTRAINTS: readonly TopologySpreadConstraint[] = [
  { topologyKey: HOSTNAME_KEY, whenUnsatisfiable: "ScheduleAnyway", maxSkew: 3 },
  { topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "ScheduleAnyway", maxSkew: 5 },
];

/** One constraint of one pod shape. */
export class SpreadConstraint {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  readonly selector: LabelMatcher;
  /** 1 when the pod is one of those that it spreads. */
  readonly selfMatch: 0 | 1;
  /** Constraints with equal keys include the same nodes; "" = all. */
  readonly inclusionKey: string;
  private readonly shape: PodShape;
  private readonly eligible: RequiredNodes | null;
  private readonly honorsTaints: boolean;
  private readonly matching: PerShape<boolean>;

  constructor(source: TopologySpreadConstraint, selector: LabelMatcher, shape: PodShape) {
    this.topologyKey = source.topologyKey;
    this.maxSkew = source.maxSkew;
    this.minDomains = source.minDomains ?? 1;
    this.selector = selector;
    this.selfMatch = selector.matches(shape.labels) ? 1 : 0;
    this.shape = shape;
    this.eligible = (source.nodeAffinityPolicy ?? "Honor") === "Honor" ? requiredNodes(shape) : null;
    this.honorsTaints = source.nodeTaintsPolicy === "Honor";
    const { nodeSelector, affinity } = shape.exemplar.spec;
    const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? null;
    const insists = this.eligible === null || this.eligible.any ? null : [nodeSelector ?? null, required];
    const tolerations = this.honorsTaints ? shape.tolerations : null;
    this.inclusionKey = insists === null && tolerations === null ? "" : JSON.stringify([insists, tolerations]);
    this.matching = new PerShape((other) => other.namespace === shape.namespace && selector.matches(other.labels));
  }

  /** Do the pods on this node count? The inclusion policies say. */
  includes(node: NodeInfo): boolean {
    if (this.eligible !== null && !this.eligible.matches(node)) return false;
    return !this.honorsTaints || !hasUntoleratedTaint(node.taints, this.shape.tolerations);
  }

  /** Number of pods that it spreads, terminating ones left out. An empty selector counts none. */
  count(pods: readonly PodInfo[]): number {
    if (this.selector.isEmpty) return 0;
    let count = 0;
    for (const pod of pods) if (!pod.terminating && this.matching.get(pod.shape)) count++;
    return count;
  }

  /** Is this one of the pods that it spreads? Unlike `count`, also for an empty selector. */
  selects(pod: PodInfo): boolean {
    return this.matching.get(pod.shape);
  }
}

export interface SpreadConstraints {
  /** DoNotSchedule. */
  readonly hard: readonly SpreadConstraint[];
  /** ScheduleAnyway. */
  readonly soft: readonly SpreadConstraint[];
  /** Nodes without one of the topology keys of soft constraints are not scored; not so under system defaults. */
  readonly requireAllTopologies: boolean;
}

export function hasAllKeys(node: NodeInfo, constraints: readonly SpreadConstraint[]): boolean {
  for (const constraint of constraints) if (node.labels[constraint.topologyKey] === undefined) return false;
  return true;
}

/** The constraints of every shape under one profile. Default ones follow the Services and controllers of the snapshot. */
export class SpreadConstraintTable {
  readonly systemDefaulted: boolean;
  readonly defaults: readonly TopologySpreadConstraint[];
  private readonly snapshot: Snapshot;
  private readonly own: PerShape<SpreadConstraints>;
  private readonly byDefault: { readonly revision: number; readonly constraints: SpreadConstraints }[] = [];

  constructor(args: PodTopologySpreadArgs, snapshot: Snapshot) {
    this.systemDefaulted = args.defaultingType !== "List";
    this.defaults = this.systemDefaulted ? SYSTEM_DEFAULT_CONSTRAINTS : (args.defaultConstraints ?? []);
    this.snapshot = snapshot;
    this.own = new PerShape((shape) => split(ownConstraints(shape), true));
  }

  of(shape: PodShape): SpreadConstraints {
    if (shape.spreadConstraints.length > 0) return this.own.get(shape);
    if (this.defaults.length === 0) return NONE;
    let revision = 0;
    for (const kind of DEFAULT_SELECTOR_KINDS) revision += this.snapshot.revision(kind);
    const known = this.byDefault[shape.id];
    if (known !== undefined && known.revision === revision) return known.constraints;
    const selector = defaultSelector(shape, this.snapshot);
    const constraints = selector.isEmpty
      ? NONE
      : split(this.defaultConstraints(selector, shape), !this.systemDefaulted);
    this.byDefault[shape.id] = { revision, constraints };
    return constraints;
  }

  private defaultConstraints(selector: LabelMatcher, shape: PodShape): Compiled[] {
    return this.defaults.map((source) => ({ source, constraint: new SpreadConstraint(source, selector, shape) }));
  }
}

interface Compiled {
  readonly source: TopologySpreadConstraint;
  readonly constraint: SpreadConstraint;
}

const NONE: SpreadConstraints = { hard: [], soft: [], requireAllTopologies: true };

function split(all: readonly Compiled[], requireAllTopologies: boolean): SpreadConstraints {
  const of = (action: string) => all.filter((c) => c.source.whenUnsatisfiable === action).map((c) => c.constraint);
  return { hard: of("DoNotSchedule"), soft: of("ScheduleAnyway"), requireAllTopologies };
}

function ownConstraints(shape: PodShape): Compiled[] {
  return shape.spreadConstraints.map((source) => ({
    source,
    constraint: new SpreadConstraint(source, ownSelector(source, shape), shape),
  }));
}

/** matchLabelKeys adds the pod's own values of these labels; keys that the pod does not have are left out. */
function ownSelector(source: TopologySpreadConstraint, shape: PodShape): LabelMatcher {
  const own = (source.matchLabelKeys ?? []).flatMap((key) => {
    const value = shape.labels[key];
    return value === undefined ? [] : [{ key, operator: "In", values: [value] }];
  });
  if (own.length === 0) return compileLabelSelector(source.labelSelector);
  return compileLabelSelector({
    matchLabels: source.labelSelector?.matchLabels,
    matchExpressions: [...(source.labelSelector?.matchExpressions ?? []), ...own],
  });
}
