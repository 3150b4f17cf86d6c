// What is stored in the cluster when a run begins.
import { syntheticUid } from "../model/identity.ts";
import type { ClusterObjects, KubernetesObject } from "../model/objects.ts";
import { manifestsOf, mirrorPod, type StaticPodSet, staticPod } from "../model/static-pods.ts";
import { timestampAt } from "../model/timestamp.ts";
import { withProtection } from "../model/volume-names.ts";
import { completeNode, initialLease, isUnready, LEASE_NAMESPACE } from "../node/initial-nodes.ts";
import type { Plan } from "../scenario/plan.ts";
import type { PluginFactory } from "../scheduler/framework.ts";
import { SETTLED_MICROS, settledObjects } from "./settle.ts";

/** @param customPlugins of the scheduler, which places the pods of a settled cluster */
export function initialObjects(plan: Plan, customPlugins?: ReadonlyMap<string, PluginFactory>): ClusterObjects {
  if (plan.controllerManagers === null) return plan.objects;
  const { nodeLeaseDurationSeconds } = plan.kubelet;
  if (plan.start === "fresh") return protectedStorage(withKubelets(plan.declared, nodeLeaseDurationSeconds));
  // addresses first: statuses of pods tell their hosts'
  const objects = withMirrors(withKubelets(plan.objects, nodeLeaseDurationSeconds), plan.kubelet.staticPods);
  return protectedStorage(settledObjects({ ...plan, objects }, customPlugins));
}

/** Claims and volumes with the finalizers that admission gave them when they were made. */
function protectedStorage(objects: ClusterObjects): ClusterObjects {
  const isAlive = ({ metadata }: KubernetesObject) => metadata.deletionTimestamp == null;
  const all = <T extends KubernetesObject>(kind: keyof ClusterObjects, list: readonly T[]): readonly T[] =>
    list.map((object) => (isAlive(object) ? withProtection(kind, object) : object));
  return {
    ...objects,
    persistentVolumeClaims: all("persistentVolumeClaims", objects.persistentVolumeClaims),
    persistentVolumes: all("persistentVolumes", objects.persistentVolumes),
  };
}

/** With mirrors of the static pods, as kubelets have made them long ago. */
function withMirrors(objects: ClusterObjects, sets: readonly StaticPodSet[]): ClusterObjects {
  if (sets.length === 0) return objects;
  const seen = timestampAt(SETTLED_MICROS);
  const mirrors = objects.nodes.flatMap((node) =>
    isUnready(node)
      ? []
      : manifestsOf(node, sets).map((manifest) => {
          const mirror = mirrorPod(staticPod(manifest, node.metadata.name, seen), node);
          const { name, namespace = "default" } = mirror.metadata;
          return { ...mirror, metadata: { ...mirror.metadata, uid: syntheticUid("Pod", namespace, name) } };
        }),
  );
  return { ...objects, pods: [...objects.pods, ...mirrors] };
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
