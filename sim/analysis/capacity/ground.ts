// The cluster that a capacity question is asked about, as data: its nodes and pods at one moment, and how its scheduler decides. Nodes are
// added with their DaemonSet pods and taken away with everything on them; the ground itself never changes.
import type { ClusterState } from "../../cluster.ts";
import { daemonPodsOf } from "../../model/expand.ts";
import { KNOWN_KINDS } from "../../model/kinds.ts";
import { type ClusterObjects, type Node, noObjects, type Pod } from "../../model/objects.ts";
import type { SchedulerConfiguration } from "../../model/scheduler-configuration.ts";
import type { Plan } from "../../scenario/plan.ts";
import type { PluginFactory } from "../../scheduler/framework.ts";
import type { TieBreak } from "../../scheduler/ranking.ts";
import { podsOfPlan } from "../plan-pods.ts";

export interface Ground {
  /** With defaults, and with the pods of workload objects, bound or not. */
  readonly objects: ClusterObjects;
  readonly configuration: SchedulerConfiguration;
  readonly tieBreak: TieBreak;
  /** Of seeded tie-breaks, and of what is drawn for the question. */
  readonly seed: string;
  readonly customPlugins?: ReadonlyMap<string, PluginFactory>;
}

/**
 * The cluster of a plan as it is meant to be: nodes that boot later are there.
 *
 * @param arrivals pods that each endless source brings; 0 leaves those of all sources out
 */
export function groundOfPlan(plan: Plan, arrivals: number, customPlugins?: Ground["customPlugins"]): Ground {
  const late = plan.lateNodes.flatMap(({ nodes }) => nodes);
  const lateDaemons = plan.lateNodes.flatMap(({ daemonPods }) => daemonPods.flat());
  const held = plan.objects.pods.filter(({ spec }) => spec.nodeName);
  const waiting =
    arrivals > 0
      ? podsOfPlan(plan, arrivals)
      : [...plan.objects.pods.filter(({ spec }) => !spec.nodeName), ...lateDaemons];
  return {
    objects: {
      ...plan.objects,
      nodes: [...plan.objects.nodes, ...late],
      pods: [...held, ...waiting],
    },
    configuration: plan.scheduler.configuration,
    tieBreak: plan.scheduler.tieBreak,
    seed: plan.seed,
    customPlugins,
  };
}

/** The cluster as a run left it. */
export function groundOfState(plan: Plan, state: ClusterState, customPlugins?: Ground["customPlugins"]): Ground {
  const objects: Record<string, unknown> = { ...noObjects() };
  for (const { list } of KNOWN_KINDS) objects[list] = state.list(list);
  return {
    objects: objects as unknown as ClusterObjects,
    configuration: plan.scheduler.configuration,
    tieBreak: plan.scheduler.tieBreak,
    seed: plan.seed,
    customPlugins,
  };
}

/** The ground with more nodes, and the DaemonSet pods that they bring. */
export function withNodes(ground: Ground, nodes: readonly Node[]): Ground {
  if (nodes.length === 0) return ground;
  const { objects } = ground;
  const daemons = nodes.flatMap((node) => daemonPodsOf(node, objects));
  return {
    ...ground,
    objects: { ...objects, nodes: [...objects.nodes, ...nodes], pods: [...objects.pods, ...daemons] },
  };
}

/** The ground without these nodes: DaemonSet pods and static pods go with them, all others wait for a place. */
export function withoutNodes(ground: Ground, names: ReadonlySet<string>): Ground {
  if (names.size === 0) return ground;
  const { objects } = ground;
  const pods: Pod[] = [];
  for (const pod of objects.pods) {
    const at = pinnedTo(pod);
    if (at !== null && names.has(at)) continue;
    pods.push(names.has(pod.spec.nodeName ?? "") ? unbound(pod) : pod);
  }
  return { ...ground, objects: { ...objects, nodes: objects.nodes.filter((n) => !names.has(n.metadata.name)), pods } };
}

/** The ground with all its pods waiting, but for those that belong to their nodes. */
export function emptied(ground: Ground): Ground {
  const pods = ground.objects.pods.map((pod) => (pod.spec.nodeName && pinnedTo(pod) === null ? unbound(pod) : pod));
  return { ...ground, objects: { ...ground.objects, pods } };
}

/** The node that a pod goes and comes with: of a DaemonSet, or static. null for all others. */
export function pinnedTo(pod: Pod): string | null {
  const isDaemon = pod.metadata.ownerReferences?.some((o) => o.controller === true && o.kind === "DaemonSet");
  const isStatic = pod.metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined;
  if (isDaemon !== true && !isStatic) return null;
  if (pod.spec.nodeName) return pod.spec.nodeName;
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required?.nodeSelectorTerms?.[0]?.matchFields?.[0]?.values?.[0] ?? null;
}

/** The pod as its controller would create it again. */
export function unbound(pod: Pod): Pod {
  const { nodeName: _, ...spec } = pod.spec;
  return { ...pod, spec, status: { phase: "Pending" } };
}
