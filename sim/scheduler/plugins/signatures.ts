// Parts of a pod's signature that several plugins share. Equal signatures mean: the same nodes are feasible, with the
// same scores (KEP-5598).
import type { PodInfo } from "../shape.ts";

export function signTolerations(pod: PodInfo): string {
  return JSON.stringify(pod.shape.tolerations);
}

/** Volumes that come from the API server itself make no difference to where a pod can run. */
export function signVolumes(pod: PodInfo): string {
  const volumes = pod.shape.volumes.filter((v) => v.configMap == null && v.secret == null);
  return volumes.length === 0 ? "" : JSON.stringify(volumes);
}
