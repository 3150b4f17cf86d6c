// The taints that control planes put on nodes, and arithmetic of taints and tolerations as controllers need it: two taints are the
// same when key and effect are. Toleration operators Lt and Gt are alpha and off in 1.36: they tolerate nothing. Source: Kubernetes' well-known taints; behaviour of its taint helpers, v1.36.
import type { Node, Taint, Toleration } from "./objects.ts";

export const NOT_READY_TAINT = "node.kubernetes.io/not-ready";
export const UNREACHABLE_TAINT = "node.kubernetes.io/unreachable";
export const UNSCHEDULABLE_TAINT = "node.kubernetes.io/unschedulable";
export const MEMORY_PRESSURE_TAINT = "node.kubernetes.io/memory-pressure";
export const DISK_PRESSURE_TAINT = "node.kubernetes.io/disk-pressure";
export const PID_PRESSURE_TAINT = "node.kubernetes.io/pid-pressure";
export const NETWORK_UNAVAILABLE_TAINT = "node.kubernetes.io/network-unavailable";
export const OUT_OF_SERVICE_TAINT = "node.kubernetes.io/out-of-service";
export const CLOUD_SHUTDOWN_TAINT = "node.cloudprovider.kubernetes.io/shutdown";

export function sameTaint(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect;
}

export function hasTaint(node: Node, key: string, effect: string): boolean {
  for (const taint of node.spec?.taints ?? []) if (taint.key === key && taint.effect === effect) return true;
  return false;
}

/** An empty key or effect in the toleration stands for any. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  const operator = toleration.operator || "Equal";
  if (operator === "Exists") return true;
  return operator === "Equal" && (toleration.value ?? "") === (taint.value ?? "");
}

/** The node with taints removed and then added; the node itself when that changes nothing. */
export function withTaints(node: Node, add: readonly Taint[], remove: readonly Taint[]): Node {
  const before = node.spec?.taints ?? [];
  const isGone = (taint: Taint) => remove.some((other) => sameTaint(taint, other));
  const missing = add.filter((taint) => !before.some((other) => sameTaint(taint, other)));
  if (missing.length === 0 && !before.some(isGone)) return node;
  return { ...node, spec: { ...node.spec, taints: [...before.filter((taint) => !isGone(taint)), ...missing] } };
}
