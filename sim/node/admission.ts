// May a pod that was bound to this node run on it? The kubelet looks for itself, as the scheduler may have been wrong or late.
// Source: behaviour of the kubelet's predicate admit handler (pkg/kubelet/lifecycle/predicate.go) and eviction admission, 1.36.
import type { Node, Pod, Taint, Toleration } from "../model/objects.ts";
import { qosClassOf } from "../model/qos.ts";
import { milliValue, value } from "../model/quantity.ts";
import type { RequestMemo } from "../model/request-memo.ts";
import { compileLabelMap, compileNodeSelector } from "../model/selectors.ts";
import type { NodeHealth } from "./node-conditions.ts";
import type { Ending } from "./pod-worker.ts";

const CRITICAL_PRIORITY = 2_000_000_000;

/**
 * Why the node refuses a pod; null = it does not.
 *
 * @param requests of pods; shared, as many pods ask for the same
 * @param areDevicesThere device plugins have registered with this kubelet
 */
export function admit(
  pod: Pod,
  node: Node,
  others: readonly Pod[],
  health: NodeHealth,
  requests: RequestMemo,
  areDevicesThere = true,
): Ending | null {
  return (
    underPressure(pod, health) ??
    withoutDevices(pod, node, others, requests, areDevicesThere) ??
    wrongNode(pod, node) ??
    tooLarge(pod, node, others, requests)
  );
}

/** Does the pod ask for devices that plugins of this node hand out? What a node does not list is none of its business. */
export function wantsDevices(pod: Pod, node: Node, requests: RequestMemo): boolean {
  for (const [name] of requests.of(pod).scalar) {
    if (!isHugePages(name) && node.status?.allocatable?.[name] !== undefined) return true;
  }
  return false;
}

// devices are allocated before anything else is looked at
function withoutDevices(
  pod: Pod,
  node: Node,
  others: readonly Pod[],
  requests: RequestMemo,
  areDevicesThere: boolean,
): Ending | null {
  if (!wantsDevices(pod, node, requests)) return null;
  for (const [name, amount] of requests.of(pod).scalar) {
    const quantity = node.status?.allocatable?.[name];
    if (quantity === undefined || isHugePages(name) || amount === 0) continue;
    let available = value(quantity);
    for (const other of others) {
      for (const [held, count] of requests.of(other).scalar) if (held === name) available -= count;
    }
    if (!areDevicesThere || amount > available) return unexpected(name, amount, available, areDevicesThere);
  }
  return null;
}

function isHugePages(name: string): boolean {
  return name.startsWith("hugepages-");
}

function underPressure(pod: Pod, health: NodeHealth): Ending | null {
  if (isCritical(pod)) return null;
  const conditions: string[] = [];
  if (health.diskPressure) conditions.push("DiskPressure");
  if (health.memoryPressure) conditions.push("MemoryPressure");
  if (health.pidPressure) conditions.push("PIDPressure");
  if (conditions.length === 0) return null;
  // those that promise nothing are refused for want of memory; others only for want of disk or processes
  if (conditions.length === 1 && conditions[0] === "MemoryPressure") {
    const isTolerated = (pod.spec.tolerations ?? []).some((t) => tolerates(t, MEMORY_PRESSURE));
    if (qosClassOf(pod.spec) !== "BestEffort" || isTolerated) return null;
  }
  return { reason: "Evicted", message: `The node had condition: [${conditions.join(" ")}]. ` };
}

const MEMORY_PRESSURE: Taint = { key: "node.kubernetes.io/memory-pressure", effect: "NoSchedule" };

function wrongNode(pod: Pod, node: Node): Ending | null {
  const { labels = {}, name } = node.metadata;
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const fits =
    (pod.spec.nodeSelector == null || compileLabelMap(pod.spec.nodeSelector).matches(labels)) &&
    (required == null || compileNodeSelector(required).matches(labels, name));
  if (!fits) {
    const message = "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector";
    return { reason: "NodeAffinity", message };
  }
  // a pod that is on its way when a NoExecute taint comes
  const taint = (node.spec?.taints ?? []).find(
    (t) => t.effect === "NoExecute" && !(pod.spec.tolerations ?? []).some((toleration) => tolerates(toleration, t)),
  );
  if (taint === undefined || isCritical(pod)) return null;
  const message = `Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate`;
  return { reason: "TaintToleration", message };
}

function tooLarge(pod: Pod, node: Node, others: readonly Pod[], requests: RequestMemo): Ending | null {
  const { allocatable } = node.status ?? {};
  if (allocatable == null) return null;
  const wanted = requests.of(pod);
  let cpu = 0;
  let memory = 0;
  let ephemeral = 0;
  const scalar = new Map<string, number>();
  for (const other of others) {
    const held = requests.of(other);
    cpu += held.cpuMilli;
    memory += held.memoryBytes;
    ephemeral += held.ephemeralBytes;
    if (held.scalar.size === 0) continue;
    for (const [name, amount] of held.scalar) scalar.set(name, (scalar.get(name) ?? 0) + amount);
  }
  const has = (name: string): number => {
    const quantity = allocatable[name];
    if (quantity === undefined) return 0;
    return name === "cpu" ? milliValue(quantity) : value(quantity);
  };
  const checks: [name: string, requested: number, used: number, capacity: number][] = [
    ["pods", 1, others.length, has("pods")],
    ["cpu", wanted.cpuMilli, cpu, has("cpu")],
    ["memory", wanted.memoryBytes, memory, has("memory")],
  ];
  if (allocatable["ephemeral-storage"] !== undefined) {
    checks.push(["ephemeral-storage", wanted.ephemeralBytes, ephemeral, has("ephemeral-storage")]);
  }
  for (const [name, amount] of wanted.scalar) {
    if (isHugePages(name)) checks.push([name, amount, scalar.get(name) ?? 0, has(name)]);
  }
  for (const [name, requested, used, capacity] of checks) {
    if (requested === 0 || requested + used <= capacity) continue;
    const message = `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${capacity}`;
    return { reason: `OutOf${name}`, message };
  }
  return null;
}

function unexpected(name: string, requested: number, available: number, areDevicesThere: boolean): Ending {
  const why = areDevicesThere
    ? `requested number of devices unavailable for ${name}. Requested: ${requested}, Available: ${Math.max(0, available)}`
    : `no healthy devices present; cannot allocate unhealthy devices ${name}`;
  return { reason: "UnexpectedAdmissionError", message: `Allocate failed due to ${why}, which is unexpected` };
}

export function isCritical(pod: Pod): boolean {
  return (
    (pod.spec.priority ?? 0) >= CRITICAL_PRIORITY ||
    pod.metadata.annotations?.["kubernetes.io/config.source"] !== undefined
  );
}

function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (toleration.operator === "Exists") return true;
  return (toleration.value ?? "") === (taint.value ?? "");
}
