// Which taints a pod tolerates. Toleration operators Lt and Gt are alpha and off in 1.36: they tolerate nothing.
import type { Taint, Toleration } from "../model/objects.ts";

/** Effects that keep a new pod off a node. */
export function blocksScheduling(taint: Taint): boolean {
  return taint.effect === "NoSchedule" || taint.effect === "NoExecute";
}

/** An empty key or effect in the toleration stands for any. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  const operator = toleration.operator || "Equal";
  if (operator === "Exists") return true;
  return operator === "Equal" && (toleration.value ?? "") === (taint.value ?? "");
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
