// What is stored in the cluster when a run begins.
import type { ClusterObjects } from "../model/objects.ts";
import { completeNode, initialLease, isUnready, LEASE_NAMESPACE } from "../node/initial-nodes.ts";
import type { Plan } from "../scenario/plan.ts";
import type { PluginFactory } from "../scheduler/framework.ts";
import { settledObjects } from "./settle.ts";

/** @param customPlugins of the scheduler, which places the pods of a settled cluster */
export function initialObjects(plan: Plan, customPlugins?: ReadonlyMap<string, PluginFactory>): ClusterObjects {
  if (plan.controllerManagers === null) return plan.objects;
  const { nodeLeaseDurationSeconds } = plan.kubelet;
  if (plan.start === "fresh") return withKubelets(plan.declared, nodeLeaseDurationSeconds);
  // addresses first: statuses of pods tell their hosts'
  return settledObjects({ ...plan, objects: withKubelets(plan.objects, nodeLeaseDurationSeconds) }, customPlugins);
}

/** The nodes as their kubelets have made them long ago, with their leases. */
export function withKubelets(objects: ClusterObjects, leaseDurationSeconds: number): ClusterObjects {
  const nodes = objects.nodes.map((node, index) => completeNode(node, index));
  const known = new Set(objects.leases.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
  const leases = nodes
    .filter((node) => !isUnready(node) && !known.has(`${LEASE_NAMESPACE}/${node.metadata.name}`))
    .map((node) => initialLease(node, leaseDurationSeconds, 0));
  return { ...objects, nodes, leases: [...objects.leases, ...leases] };
}
