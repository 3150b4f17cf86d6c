// Scale-up: which node groups could make room for the pods that fit nowhere, how many nodes each would need, which one is taken, and the
// calls that ask for the machines. Source: behaviour of core/scaleup/orchestrator, 1.36 (without quotas, node autoprovisioning and
// groups that scale from zero to their maximum only).

import type { RandomStream } from "../engine/random.ts";
import { ask, type Steps } from "../engine/steps.ts";
import type { PodInfo } from "../scheduler/shape.ts";
import { areSimilar, balance, type Share } from "./balancing.ts";
import type { NodeGroup } from "./cloud-provider.ts";
import type { ClusterState } from "./cluster-state.ts";
import type { ClusterView, GroupNodes } from "./cluster-view.ts";
import type { AutoscalerContext } from "./context.ts";
import { estimate, type PodGroup, podGroups } from "./estimator.ts";
import { choose, type ExpansionOption } from "./expanders.ts";
import { type Predicates, WhatIf } from "./predicates.ts";
import { addTemplateNode, type Templates } from "./templates.ts";

export type ScaleUpResult = "successful" | "noOptions" | "failed";

/** A group that may be scaled up, and the pods that would fit on a new node of it. */
interface Candidate {
  readonly of: GroupNodes;
  readonly group: NodeGroup;
  readonly fitting: readonly PodGroup[];
}

export class ScaleUp {
  private readonly context: AutoscalerContext;
  private readonly view: ClusterView;
  private readonly state: ClusterState;
  private readonly predicates: Predicates;
  private readonly templates: Templates;
  private readonly stream: RandomStream;

  constructor(
    context: AutoscalerContext,
    view: ClusterView,
    state: ClusterState,
    predicates: Predicates,
    templates: Templates,
    stream: RandomStream,
  ) {
    this.context = context;
    this.view = view;
    this.state = state;
    this.predicates = predicates;
    this.templates = templates;
    this.stream = stream;
  }

  /** @param upcoming nodes that are to come, which count as there */
  *run(pods: readonly PodInfo[], upcoming: number): Steps<ScaleUpResult> {
    const groups = podGroups(pods);
    // reasons by shape, so that each pod is told why
    const reasons = new Map<PodGroup, string[]>();
    for (const group of groups) reasons.set(group, []);
    const candidates = this.candidates(groups, reasons);
    const nodes = this.view.snapshot.nodeCount;
    const options = candidates.flatMap((candidate) => this.option(candidate, candidates, nodes));
    const best = choose(options, this.context.flags.expander, nodes, this.stream);
    if (best === null) {
      this.tellWhyNot(groups, candidates, reasons);
      return "noOptions";
    }
    const wanted = this.capped(best.nodes, nodes - upcoming);
    if (wanted < 1) return "failed";
    const chosen = candidates.find(({ group }) => group === best.group) as Candidate;
    const shares = balance([best.group, ...this.similar(chosen, candidates).map(({ group }) => group)], wanted);
    if (!(yield* this.execute(shares, best.pods.length))) return "failed";
    this.tellTriggered(best.pods, shares);
    return "successful";
  }

  /** Groups below their minimum, where that is enforced. */
  *toMinimum(): Steps<boolean> {
    const shares = this.view.groups.flatMap(({ group }) => {
      const { min } = group!.plan;
      if (group!.target >= min || this.state.hindrance(group!) !== null) return [];
      return [{ group: group!, from: group!.target, to: min }];
    });
    return shares.length > 0 && (yield* this.execute(shares, 0));
  }

  private candidates(groups: readonly PodGroup[], reasons: ReadonlyMap<PodGroup, string[]>): readonly Candidate[] {
    const skip = (why: string) => {
      for (const list of reasons.values()) list.push(why);
    };
    return this.view.groups.flatMap((of) => {
      const group = of.group!;
      const hindrance = this.state.hindrance(group);
      if (hindrance !== null) {
        skip(hindrance);
        return [];
      }
      if (group.target >= group.plan.max) {
        skip("max node group size reached");
        return [];
      }
      return [{ of, group, fitting: this.fitting(of, groups, reasons) }];
    });
  }

  private fitting(of: GroupNodes, groups: readonly PodGroup[], reasons: ReadonlyMap<PodGroup, string[]>): PodGroup[] {
    const whatIf = new WhatIf(this.view.snapshot);
    const node = addTemplateNode(whatIf, this.templates.of(of), of.group!.plan.id, "test");
    const fitting = groups.filter((group) => {
      const status = this.predicates.check(group.pods[0] as PodInfo, node);
      if (status !== null) reasons.get(group)!.push(...status.reasons);
      return status === null;
    });
    whatIf.revert();
    return fitting;
  }

  private option(candidate: Candidate, all: readonly Candidate[], clusterNodes: number): ExpansionOption[] {
    const { fitting, group, of } = candidate;
    if (fitting.length === 0) return [];
    const { maxNodesPerScaleup, maxNodesTotal } = this.context.flags;
    const room = [candidate, ...this.similar(candidate, all)].reduce(
      (sum, c) => sum + c.group.plan.max - c.group.target,
      0,
    );
    const left = maxNodesTotal > 0 ? Math.max(0, maxNodesTotal - clusterNodes) : Number.POSITIVE_INFINITY;
    const most = Math.min(maxNodesPerScaleup, room, left);
    const template = this.templates.of(of);
    const { nodes, pods } = estimate(this.predicates, fitting, template, group.plan.id, most);
    if (nodes === 0 || pods.length === 0) return [];
    const whatIf = new WhatIf(this.view.snapshot);
    const info = addTemplateNode(whatIf, template, group.plan.id, "size");
    whatIf.revert();
    const { allocatableCpuMilli: cpuMilli, allocatableMemoryBytes: memoryBytes, allocatableScalar } = info;
    return [{ group, nodes, pods, cpuMilli, memoryBytes, gpus: allocatableScalar.get("nvidia.com/gpu") ?? 0 }];
  }

  /** Groups that are alike and would do for all pods of this one. */
  private similar(one: Candidate, all: readonly Candidate[]): readonly Candidate[] {
    if (!this.context.flags.balanceSimilarNodeGroups) return [];
    const whatIf = new WhatIf(this.view.snapshot);
    const info = addTemplateNode(whatIf, this.templates.of(one.of), one.group.plan.id, "like");
    const found = all.filter((other) => {
      if (other === one || !one.fitting.every((pods) => other.fitting.includes(pods))) return false;
      return areSimilar(info, addTemplateNode(whatIf, this.templates.of(other.of), other.group.plan.id, "like"));
    });
    whatIf.revert();
    return found;
  }

  private capped(wanted: number, nodes: number): number {
    const { maxNodesTotal } = this.context.flags;
    if (maxNodesTotal === 0 || nodes + wanted <= maxNodesTotal) return wanted;
    this.context.events.log("Warning", "MaxNodesTotalReached", `Max total nodes in cluster reached: ${maxNodesTotal}`);
    return maxNodesTotal - nodes;
  }

  private *execute(shares: readonly Share[], pods: number): Steps<boolean> {
    const { events, provider, recorder } = this.context;
    for (const [i, { from, group, to }] of shares.entries()) {
      const { id, max } = group.plan;
      events.log(
        "Normal",
        "ScaledUpGroup",
        `Scale-up: setting group ${id} size to ${to} instead of ${from} (max: ${max})`,
      );
      recorder.autoscaler.scaleUp({ group: id, fromSize: from, toSize: to, pods: i === 0 ? pods : 0 });
      const error = yield* ask<string | null>((done) => provider.increaseSize(group, to - from, done));
      if (error !== null) {
        events.log("Warning", "FailedToScaleUpGroup", `Scale-up failed for group ${id}: ${error}`);
        recorder.autoscaler.scaleUpFailed(id, error);
        this.state.registerFailedScaleUp(group, `failed to increase node group size: ${error}`);
        return false;
      }
      this.state.registerScaleUp(group, to - from);
      events.log("Normal", "ScaledUpGroup", `Scale-up: group ${id} size set to ${to} instead of ${from} (max: ${max})`);
    }
    return true;
  }

  private tellTriggered(pods: readonly PodInfo[], shares: readonly Share[]): void {
    const sizes = shares.map(({ from, group, to }) => `{${group.plan.id} ${from}->${to} (max: ${group.plan.max})}`);
    for (const { pod } of pods) {
      const involved = { apiVersion: "v1", kind: "Pod", metadata: pod.metadata };
      this.context.events.of(involved, "Normal", "TriggeredScaleUp", `pod triggered scale-up: [${sizes.join(" ")}]`);
    }
  }

  private tellWhyNot(
    groups: readonly PodGroup[],
    candidates: readonly Candidate[],
    reasons: ReadonlyMap<PodGroup, readonly string[]>,
  ): void {
    for (const group of groups) {
      // it would fit somewhere: another pass may help it
      if (candidates.some(({ fitting }) => fitting.includes(group))) continue;
      const counts = new Map<string, number>();
      for (const reason of reasons.get(group)!) counts.set(reason, (counts.get(reason) ?? 0) + 1);
      const text = [...counts].map(([reason, count]) => `${count} ${reason}`).join(", ");
      for (const { pod } of group.pods) {
        const involved = { apiVersion: "v1", kind: "Pod", metadata: pod.metadata };
        this.context.events.of(involved, "Normal", "NotTriggerScaleUp", `pod didn't trigger scale-up: ${text}`);
      }
    }
  }
}
