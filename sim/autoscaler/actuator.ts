// Removes nodes: taints them one after the other, waits a little, looks again whether they may go, empties them, and has their machines
// deleted. What fails is taken back. Source: behaviour of core/scaledown/actuation, 1.36 (without batches of deletions and delay annotations).
import { ApiError } from "../apiserver/client.ts";
import { ask, runSteps, type Steps } from "../engine/steps.ts";
import { SECOND } from "../engine/tick.ts";
import type { Node } from "../model/objects.ts";
import { withTaints } from "../model/taints.ts";
import { START_EPOCH_SECONDS } from "../model/timestamp.ts";
import type { Budgets } from "./budgets.ts";
import type { NodeGroup } from "./cloud-provider.ts";
import type { ClusterView } from "./cluster-view.ts";
import type { AutoscalerContext } from "./context.ts";
import type { Deletions } from "./deletions.ts";
import { Drainability } from "./drainability.ts";
import { drain, evictDaemons } from "./evictor.ts";
import { DELETION_CANDIDATE_TAINT, TO_BE_DELETED_TAINT } from "./node-marks.ts";
import type { Removal, ScaleDownPlanner } from "./scale-down-planner.ts";
import { type Utilization, utilizationText } from "./utilization.ts";

export type Started = "nothing" | "started" | "failed";

export class Actuator {
  /** When a removal failed last. */
  failedMicros = Number.NEGATIVE_INFINITY;
  private readonly context: AutoscalerContext;
  private readonly view: ClusterView;
  private readonly deletions: Deletions;
  private readonly planner: ScaleDownPlanner;
  private readonly drainability: Drainability;

  constructor(
    context: AutoscalerContext,
    view: ClusterView,
    deletions: Deletions,
    planner: ScaleDownPlanner,
    budgets: Budgets,
  ) {
    this.context = context;
    this.view = view;
    this.deletions = deletions;
    this.planner = planner;
    const { engine, flags } = context;
    this.drainability = new Drainability(
      view.snapshot,
      budgets,
      (key) => view.pod(key),
      () => engine.now,
      flags,
    );
  }

  /** Begins to remove as many of these nodes as may be removed at once. */
  *start(empty: readonly Removal[], drained: readonly Removal[]): Steps<Started> {
    const { maxDrainParallelism, maxScaleDownParallelism } = this.context.flags;
    const budget = maxScaleDownParallelism - this.deletions.of(null);
    const emptyNow = empty.slice(0, Math.max(0, budget));
    const drainBudget = Math.min(budget - emptyNow.length, maxDrainParallelism - this.deletions.drained().length);
    const drainNow = drained.slice(0, Math.max(0, drainBudget));
    if (emptyNow.length + drainNow.length === 0) return "nothing";
    for (const [removals, hasPods] of [
      [emptyNow, false],
      [drainNow, true],
    ] as const) {
      // before anything leaves one of them: it must not come to another
      if (!(yield* this.taintAll(removals))) return "failed";
      this.deleteAll(removals, hasPods);
    }
    return "started";
  }

  /** Takes the marks of a former life back. */
  *cleanUp(): Steps {
    for (const node of [...this.view.nodes.values()])
      if ((node.spec?.taints ?? []).some(({ key }) => key === TO_BE_DELETED_TAINT))
        yield* this.untaint(node.metadata.name);
  }

  private *taintAll(removals: readonly Removal[]): Steps<boolean> {
    const { client, engine, events, flags } = this.context;
    const tainted: string[] = [];
    for (const { node } of removals) {
      const { name } = node.metadata;
      const value = String(START_EPOCH_SECONDS + Math.floor(engine.now / SECOND));
      const taint = { key: TO_BE_DELETED_TAINT, value, effect: "NoSchedule" } as const;
      const answer = yield* ask<Node | ApiError>((done) =>
        client.patch(
          "nodes",
          name,
          (before) => marked(withTaints(before, [taint], []), flags.cordonNodeBeforeTerminating),
          done,
        ),
      );
      if (answer instanceof ApiError) {
        const text = `failed to mark the node as toBeDeleted/unschedulable: ${answer.message}`;
        events.of(involved(node), "Warning", "ScaleDownFailed", text);
        for (const other of tainted) yield* this.untaint(other);
        return false;
      }
      events.of(involved(node), "Normal", "ScaleDown", "marked the node as toBeDeleted/unschedulable");
      tainted.push(name);
    }
    return true;
  }

  private deleteAll(removals: readonly Removal[], hasPods: boolean): void {
    const { events, flags, life, recorder } = this.context;
    if (removals.length === 0) return;
    for (const { group, node, pods } of removals) {
      const { name } = node.metadata;
      const text = hasPods
        ? `Scale-down: removing node ${name}, utilization: ${this.utilization(name)}, pods to reschedule: ${pods.map(({ pod }) => pod.metadata.name).join(",")}`
        : `Scale-down: removing empty node "${name}"`;
      events.log("Normal", hasPods ? "ScaleDown" : "ScaleDownEmpty", text);
      recorder.autoscaler.scaleDown(group.plan.id, name, group.target - this.deletions.of(group), pods.length);
      this.deletions.begin(name, group, hasPods);
    }
    life.after(flags.nodeDeleteDelayAfterTaintMicros, () => {
      for (const { group, node } of removals) runSteps(this.remove(node, group, hasPods), () => undefined);
    });
  }

  private *remove(node: Node, group: NodeGroup, hasPods: boolean): Steps {
    const { events, provider, recorder } = this.context;
    const { name } = node.metadata;
    const error =
      (yield* this.prepare(name, hasPods)) ??
      (yield* ask<string | null>((done) => provider.deleteNodes(group, [name], done)));
    if (error === null) events.of(involved(node), "Normal", "ScaleDown", "nodes removed by cluster autoscaler");
    else {
      const what = hasPods ? "failed to drain and delete node" : "failed to delete empty node";
      events.of(involved(node), "Warning", "ScaleDownFailed", `${what}: ${error}`);
      this.failedMicros = this.context.engine.now;
      yield* this.untaint(name);
      this.planner.failed(name);
    }
    recorder.autoscaler.scaledDown(name, error ?? "");
    this.deletions.end(name);
  }

  /** @returns why it cannot go; null when its machine may be deleted */
  private *prepare(name: string, hasPods: boolean): Steps<string | null> {
    const info = this.view.snapshot.node(name);
    if (info === undefined) return `can't retrieve node "${name}" from snapshot`;
    const { blocked, daemons, pods } = this.drainability.of(info);
    if (blocked !== null) return blocked.message;
    if (hasPods) return yield* drain(this.context, name, pods, daemons);
    if (pods.length > 0) return `failed to delete empty node "${name}", new pods scheduled`;
    evictDaemons(this.context, daemons, this.context.flags.daemonsetEvictionForEmptyNodes);
    return null;
  }

  private *untaint(name: string): Steps {
    const { client, flags } = this.context;
    const taint = { key: TO_BE_DELETED_TAINT, effect: "NoSchedule" };
    yield* ask<Node | ApiError>((done) =>
      client.patch(
        "nodes",
        name,
        (before) => unmarked(withTaints(before, [], [taint]), flags.cordonNodeBeforeTerminating),
        done,
      ),
    );
  }

  private utilization(name: string): string {
    const none: Utilization = { cpu: 0, memory: 0, gpu: 0, resource: "cpu", value: 0 };
    return utilizationText(this.planner.utilization.get(name) ?? none);
  }
}

/** Soft taints: on nodes that are not needed, and off those that are, a few at a time. */
export function* softTaints(
  { client, engine, flags }: AutoscalerContext,
  view: ClusterView,
  unneeded: ReadonlySet<string>,
): Steps {
  let budget = flags.maxBulkSoftTaintCount;
  const key = DELETION_CANDIDATE_TAINT;
  const has = (node: Node) => (node.spec?.taints ?? []).some((taint) => taint.key === key);
  for (const name of [...view.softTainted]) {
    if (unneeded.has(name) || budget === 0) continue;
    budget--;
    yield* ask<Node | ApiError>((done) =>
      client.patch("nodes", name, (before) => withTaints(before, [], [{ key, effect: "PreferNoSchedule" }]), done),
    );
  }
  for (const name of [...unneeded]) {
    const node = view.nodes.get(name);
    if (budget === 0 || node === undefined || has(node)) continue;
    budget--;
    const value = String(START_EPOCH_SECONDS + Math.floor(engine.now / SECOND));
    const taint = { key, value, effect: "PreferNoSchedule" } as const;
    yield* ask<Node | ApiError>((done) =>
      client.patch("nodes", name, (before) => withTaints(before, [taint], []), done),
    );
  }
}

function marked(node: Node, cordons: boolean): Node {
  return cordons ? { ...node, spec: { ...node.spec, unschedulable: true } } : node;
}

function unmarked(node: Node, uncordons: boolean): Node {
  if (!uncordons || node.spec?.unschedulable !== true) return node;
  const { unschedulable: _cordoned, ...spec } = node.spec;
  return { ...node, spec };
}

function involved({ metadata }: Node) {
  return { apiVersion: "v1", kind: "Node", metadata: { name: metadata.name, uid: metadata.uid } };
}
