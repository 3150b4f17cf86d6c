// How many pods a budget expects, from the scale of the controllers of its pods, and how many of them must be healthy.
// Source: behaviour of the disruption controller's getExpectedPodCount (1.36).
import type { SharedInformers } from "../../apiserver/shared-informer.ts";
import type { Pod, PodDisruptionBudget } from "../../model/objects.ts";
import { controllerOf } from "../framework/controller-ref.ts";
import { scaledCount } from "../framework/int-or-percent.ts";

export interface ExpectedPods {
  readonly expected: number;
  readonly desiredHealthy: number;
  /** Pods without a controller: nobody says how many of them there should be. */
  readonly unmanaged: readonly Pod[];
}

/** @returns what is expected, or why it cannot be told */
export function expectedPods(
  informers: SharedInformers,
  { spec }: PodDisruptionBudget,
  pods: ReadonlyMap<string, Pod>,
): ExpectedPods | string {
  if (spec?.maxUnavailable != null) {
    const scale = expectedScale(informers, pods);
    if (typeof scale === "string") return scale;
    const maxUnavailable = scaledCount(spec.maxUnavailable, scale.expected, true);
    return { ...scale, desiredHealthy: Math.max(0, scale.expected - maxUnavailable) };
  }
  if (spec?.minAvailable == null) return { expected: 0, desiredHealthy: 0, unmanaged: [] };
  if (typeof spec.minAvailable === "number")
    return { expected: pods.size, desiredHealthy: spec.minAvailable, unmanaged: [] };
  const scale = expectedScale(informers, pods);
  if (typeof scale === "string") return scale;
  return { ...scale, desiredHealthy: scaledCount(spec.minAvailable, scale.expected, true) };
}

function expectedScale(
  informers: SharedInformers,
  pods: ReadonlyMap<string, Pod>,
): { readonly expected: number; readonly unmanaged: readonly Pod[] } | string {
  const scales = new Map<string, number>();
  const seen = new Set<string>();
  const unmanaged: Pod[] = [];
  for (const pod of pods.values()) {
    const owner = controllerOf(pod);
    if (owner === undefined) {
      unmanaged.push(pod);
      continue;
    }
    if (seen.has(owner.uid ?? "")) continue;
    seen.add(owner.uid ?? "");
    const found = scaleOf(informers, pod);
    if (typeof found === "string") return found;
    if (found === null) return `found no controllers for pod "${pod.metadata.name}"`;
    scales.set(found.uid, found.scale);
  }
  let expected = 0;
  for (const scale of scales.values()) expected += scale;
  return { expected, unmanaged };
}

function scaleOf(
  informers: SharedInformers,
  pod: Pod,
): { readonly uid: string; readonly scale: number } | string | null {
  const owner = controllerOf(pod);
  if (owner === undefined) return null;
  const { kind, name, uid } = owner;
  const { namespace = "default" } = pod.metadata;
  const key = `${namespace}/${name}`;
  switch (kind) {
    case "ReplicationController": {
      const found = informers.of("replicationControllers").cache.get(key);
      return found?.metadata.uid === uid ? { uid: uid ?? "", scale: found?.spec?.replicas ?? 1 } : null;
    }
    case "StatefulSet": {
      const found = informers.of("statefulSets").cache.get(key);
      return found?.metadata.uid === uid ? { uid: uid ?? "", scale: found?.spec?.replicas ?? 1 } : null;
    }
    case "ReplicaSet": {
      const set = informers.of("replicaSets").cache.get(key);
      if (set?.metadata.uid !== uid || set === undefined) return null;
      const above = controllerOf(set);
      if (above?.kind !== "Deployment") return { uid: uid ?? "", scale: set.spec?.replicas ?? 1 };
      // during a roll-out it is the Deployment's number that counts
      const deployment = informers.of("deployments").cache.get(`${namespace}/${above.name}`);
      if (deployment === undefined || deployment.metadata.uid !== above.uid) return null;
      return { uid: above.uid ?? "", scale: deployment.spec?.replicas ?? 1 };
    }
    default: {
      const resource = `${kind.toLowerCase()}s${owner.apiVersion?.includes("/") ? `.${owner.apiVersion.split("/")[0]}` : ""}`;
      return `${resource} does not implement the scale subresource`;
    }
  }
}
