// Which taints keep a pod off a node.
import type { Taint, Toleration } from "../model/objects.ts";
import { tolerates } from "../model/taints.ts";

/** Effects that keep a new pod off a node. */
export function blocksScheduling(taint: Taint): boolean {
  return taint.effect === "NoSchedule" || taint.effect === "NoExecute";
}

export function tolerated(taint: Taint, tolerations: readonly Toleration[]): boolean {
  for (const toleration of tolerations) if (tolerates(toleration, taint)) return true;
  return false;
}

/** Does the node carry a NoSchedule or NoExecute taint that none of the tolerations covers? */
export function hasUntoleratedTaint(taints: readonly Taint[], tolerations: readonly Toleration[]): boolean {
  for (const taint of taints) if (blocksScheduling(taint) && !tolerated(taint, tolerations)) return true;
  return false;
}
