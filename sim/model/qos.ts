// The quality of service of a pod: what its requests and limits promise, and thus how it ranks when a node runs short.
// Source: Kubernetes' rules of QoS classes (component-helpers qos, kubelet's documentation).
import type { PodSpec, ResourceList, ResourceRequirements } from "./objects.ts";
import { compareQuantities, milliValue } from "./quantity.ts";

export type QosClass = "Guaranteed" | "Burstable" | "BestEffort";

const COUNTED = ["cpu", "memory"] as const;

export function qosClassOf(spec: PodSpec): QosClass {
  // requests of the pod as a whole count instead of those of its containers
  const whole = [spec.resources ?? {}];
  const all = isSaid(spec.resources) ? whole : [...spec.containers, ...(spec.initContainers ?? [])].map(resourcesOf);
  if (!all.some(isSaid)) return "BestEffort";
  return all.every(isGuaranteed) ? "Guaranteed" : "Burstable";
}

function resourcesOf({ resources }: { readonly resources?: ResourceRequirements | null }): ResourceRequirements {
  return resources ?? {};
}

function isSaid(resources: ResourceRequirements | null | undefined): boolean {
  return COUNTED.some((name) => isPositive(resources?.requests, name) || isPositive(resources?.limits, name));
}

function isPositive(list: ResourceList | null | undefined, name: string): boolean {
  const amount = list?.[name];
  return amount !== undefined && milliValue(amount) > 0;
}

function isGuaranteed({ limits, requests }: ResourceRequirements): boolean {
  return COUNTED.every((name) => {
    const limit = limits?.[name];
    if (limit === undefined || milliValue(limit) === 0) return false;
    const request = requests?.[name] ?? limit;
    return request === limit || compareQuantities(request, limit) === 0;
  });
}
