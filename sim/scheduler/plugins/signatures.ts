// Parts of a pod's signature that several plugins share. Equal signatures mean: the same nodes are feasible, with the
// same scores (KEP-5598).
import type { PodInfo } from "../shape.ts";

export function signTolerations(pod: PodInfo): string {
  return JSON.stringify(pod.shape.tolerations);
}
