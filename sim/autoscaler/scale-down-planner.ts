// Which nodes are not needed: little used, and their pods would fit elsewhere; since when; and which of them may go now. A pass over a
// cluster in which nothing has changed looks at nothing again. Source: behaviour of core/scaledown/planner, eligibility and unneeded, 1.36.
import type { AutoscalerFlags } from "../model/autoscaler-plan.ts";
import type { Node } from "../model/objects.ts";
import type { NodeInfo } from "../scheduler/node-info.ts";
import type { PodInfo } from "../scheduler/shape.ts";
import type { Budgets } from "./budgets.ts";
import type { NodeGroup } from "./cloud-provider.ts";
import type { ClusterState } from "./cluster-state.ts";
import type { ClusterView } from "./cluster-view.ts";
import type { Deletions } from "./deletions.ts";
import { Drainability } from "./drainability.ts";
import {
  isMirror,
  isNodeReady,
  isOfDaemonSet,
  SCALE_DOWN_DISABLED_ANNOTATION,
  TO_BE_DELETED_TAINT,
} from "./node-marks.ts";
import { type Predicates, unbound, type WhatIf } from "./predicates.ts";
import { type Utilization, utilizationOf } from "./utilization.ts";

/** Stands for --scale-down-simulation-timeout: nodes that pods may be tried on in one pass. */
const MAX_EVALUATIONS = 50_000;

interface Unneeded {
  readonly sinceMicros: number;
  /** Pods that have to move. */
  readonly pods: readonly PodInfo[];
}

/** A node that may go now. */
export interface Removal {
  readonly node: Node;
  readonly group: NodeGroup;
  readonly pods: readonly PodInfo[];
}

export class ScaleDownPlanner {
  readonly unneeded = new Map<string, Unneeded>();
  /** Of nodes that are used little enough. */
  readonly utilization = new Map<string, Utilization>();
  private readonly view: ClusterView;
  private readonly state: ClusterState;
  private readonly deletions: Deletions;
  private readonly predicates: Predicates;
  private readonly budgets: Budgets;
  private readonly flags: AutoscalerFlags;
  private readonly now: () => number;
  private readonly drainability: Drainability;
  // nodes that were found to be needed, until when that is believed
  private readonly unremovable = new Map<string, number>();
  // where each pod fitted last
  private readonly hints = new Map<string, string>();
  private seen = "";
  private nextLookMicros = 0;

  constructor(
    view: ClusterView,
    state: ClusterState,
    deletions: Deletions,
    predicates: Predicates,
    budgets: Budgets,
    flags: AutoscalerFlags,
    now: () => number,
  ) {
    this.view = view;
    this.state = state;
    this.deletions = deletions;
    this.predicates = predicates;
    this.budgets = budgets;
    this.flags = flags;
    this.now = now;
    this.drainability = new Drainability(view.snapshot, budgets, (key) => view.pod(key), now, flags);
  }

  /**
   * Finds the nodes that are not needed.
   *
   * @param whatIf what the pass has changed in the snapshot so far; what is tried here is taken back
   * @param seen says what the pass has changed there
   */
  update(whatIf: WhatIf, seen: string): void {
    this.refreshUtilization();
    const now = this.now();
    const picture = `${this.view.changes}/${this.budgets.changes}/${this.state.changes}/${this.deletions.changes}/${seen}`;
    if (picture === this.seen && now < this.nextLookMicros) return;
    this.seen = picture;
    const mark = whatIf.mark;
    if (!this.placeDrained(whatIf)) this.clear();
    else this.categorize(whatIf, now);
    whatIf.revert(mark);
    this.nextLookMicros = Math.min(Number.POSITIVE_INFINITY, ...this.unremovable.values());
  }

  clear(): void {
    this.unneeded.clear();
    this.seen = "";
  }

  /** It could not be removed: not so soon again. */
  failed(node: string): void {
    this.unneeded.delete(node);
    this.unremovable.set(node, this.now() + this.flags.unremovableNodeRecheckTimeoutMicros);
    this.seen = "";
  }

  /** The nodes that have been unneeded for long enough, of each group as many as it may lose. */
  removable(): { readonly empty: readonly Removal[]; readonly drain: readonly Removal[] } {
    const empty: Removal[] = [];
    const drain: Removal[] = [];
    const taken = new Map<NodeGroup, number>();
    const now = this.now();
    for (const [name, { pods, sinceMicros }] of this.unneeded) {
      const node = this.view.nodes.get(name);
      const group = this.view.groupOf(name);
      if (node === undefined || group === null) continue;
      if (!(sinceMicros + this.waitMicros(node, group) < now)) continue;
      const leaving = (taken.get(group) ?? 0) + this.deletions.of(group);
      if (group.target - leaving <= group.plan.min) continue;
      taken.set(group, (taken.get(group) ?? 0) + 1);
      (pods.length === 0 ? empty : drain).push({ node, group, pods });
    }
    return { empty, drain };
  }

  private waitMicros(node: Node, { plan }: NodeGroup): number {
    const { flags } = this;
    if (isNodeReady(node)) return plan.overrides.scaleDownUnneededTimeMicros ?? flags.scaleDownUnneededTimeMicros;
    if (!flags.scaleDownUnreadyEnabled) return Number.POSITIVE_INFINITY;
    return plan.overrides.scaleDownUnreadyTimeMicros ?? flags.scaleDownUnreadyTimeMicros;
  }

  private refreshUtilization(): void {
    const { dirtyNodes, snapshot } = this.view;
    for (const name of dirtyNodes) {
      const info = snapshot.node(name);
      const group = this.view.groupOf(name);
      if (info === undefined || group === null || isKept(info)) {
        this.utilization.delete(name);
        continue;
      }
      const utilization = utilizationOf(info, this.flags);
      const { scaleDownGpuUtilizationThreshold, scaleDownUtilizationThreshold } = this.flags;
      const threshold =
        utilization.resource === "nvidia.com/gpu"
          ? scaleDownGpuUtilizationThreshold
          : (group.plan.overrides.scaleDownUtilizationThreshold ?? scaleDownUtilizationThreshold);
      if (utilization.value > threshold) this.utilization.delete(name);
      else this.utilization.set(name, utilization);
    }
    dirtyNodes.clear();
  }

  /** Pods of nodes that are being drained will want room elsewhere. @returns false when there is none */
  private placeDrained(whatIf: WhatIf): boolean {
    for (const name of this.deletions.drained()) {
      for (const pod of [...(this.view.snapshot.node(name)?.pods ?? [])]) {
        if (isMirror(pod.pod) || isOfDaemonSet(pod.pod)) continue;
        const found = this.place(whatIf, pod, () => true);
        if (!found) return false;
      }
    }
    return true;
  }

  private categorize(whatIf: WhatIf, now: number): void {
    for (const [name, untilMicros] of this.unremovable) if (untilMicros <= now) this.unremovable.delete(name);
    const limit = this.mostUnneeded();
    const mostEvaluations = this.predicates.evaluations + MAX_EVALUATIONS;
    const before = new Map(this.unneeded);
    const gone = new Set<string>(this.deletions.all());
    this.unneeded.clear();
    // those that were not needed the last time come first
    for (const name of [...before.keys(), ...this.utilization.keys()]) {
      if (this.unneeded.size >= limit || this.predicates.evaluations > mostEvaluations) {
        // the next pass goes on
        this.seen = "";
        break;
      }
      if (this.unneeded.has(name) || gone.has(name) || !this.isCandidate(name)) continue;
      const pods = this.simulateRemoval(whatIf, name, gone);
      if (pods === null) {
        this.unremovable.set(name, now + this.flags.unremovableNodeRecheckTimeoutMicros);
        continue;
      }
      gone.add(name);
      this.unneeded.set(name, { sinceMicros: before.get(name)?.sinceMicros ?? now, pods });
    }
  }

  /** More could not be removed in the time in which they become removable. */
  private mostUnneeded(): number {
    const { maxScaleDownParallelism: n, scaleDownUnneededTimeMicros, scanIntervalMicros } = this.flags;
    const passes = Math.max(1, Math.floor(scaleDownUnneededTimeMicros / Math.max(1, scanIntervalMicros)));
    return Math.min(this.unneeded.size + 2 * n, n * passes + n);
  }

  private isCandidate(name: string): boolean {
    const group = this.view.groupOf(name);
    if (group === null || !this.utilization.has(name) || this.unremovable.has(name)) return false;
    if (group.target <= group.plan.min) return false;
    const { deleted, notStarted } = this.state.readiness(group);
    return !deleted.has(name) && !notStarted.includes(name);
  }

  /** @returns the pods that would move, which stay where they went; null when one of them cannot */
  private simulateRemoval(whatIf: WhatIf, name: string, gone: ReadonlySet<string>): readonly PodInfo[] | null {
    const info = this.view.snapshot.node(name) as NodeInfo;
    const { blocked, pods } = this.drainability.of(info);
    if (blocked !== null) return null;
    const mark = whatIf.mark;
    for (const pod of pods) {
      whatIf.take(pod);
      if (this.place(whatIf, pod, (node) => node.name !== name && !gone.has(node.name))) continue;
      whatIf.revert(mark);
      return null;
    }
    return pods;
  }

  private place(whatIf: WhatIf, pod: PodInfo, accepts: (node: NodeInfo) => boolean): boolean {
    const guest = unbound(pod);
    const hint = this.hints.get(pod.key);
    const known = hint === undefined ? undefined : this.view.snapshot.node(hint);
    const node =
      known !== undefined && accepts(known) && this.predicates.check(guest, known) === null
        ? known
        : this.predicates.findAny(guest, accepts);
    if (node === null) {
      this.hints.delete(pod.key);
      return false;
    }
    this.hints.set(pod.key, node.name);
    whatIf.place(guest, node.name);
    return true;
  }
}

/** Somebody wants it to stay, or it goes already. */
function isKept({ node, taints }: NodeInfo): boolean {
  return (
    node.metadata.annotations?.[SCALE_DOWN_DISABLED_ANNOTATION] === "true" ||
    taints.some(({ key }) => key === TO_BE_DELETED_TAINT)
  );
}
