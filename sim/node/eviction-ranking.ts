// Whom a node short of something evicts first, and what it says about it. Pure functions.
// Source: behaviour of the kubelet's eviction helpers (pkg/kubelet/eviction/helpers.go), 1.36.
import type { EvictionSignal, EvictionThreshold } from "../model/kubelet-configuration.ts";
import type { Pod } from "../model/objects.ts";
import { podRequests } from "../model/resources.ts";

export interface Candidate<T> {
  readonly item: T;
  readonly pod: Pod;
  /** Of what is short. */
  readonly usedBytes: number;
}

/** Order of eviction: over its request first, then the lower priority, then by how much it is over. */
export function rank<T>(candidates: readonly Candidate<T>[], resource: "memory" | "ephemeral-storage"): Candidate<T>[] {
  const scored = candidates.map((candidate) => {
    const requests = podRequests(candidate.pod);
    const request = resource === "memory" ? requests.memoryBytes : requests.ephemeralBytes;
    return { candidate, over: candidate.usedBytes - request, priority: candidate.pod.spec.priority ?? 0 };
  });
  scored.sort((a, b) => Number(b.over > 0) - Number(a.over > 0) || a.priority - b.priority || b.over - a.over);
  return scored.map(({ candidate }) => candidate);
}

export const RESOURCE_OF: Readonly<Record<EvictionSignal, "memory" | "ephemeral-storage" | "inodes" | "pids">> = {
  "memory.available": "memory",
  "nodefs.available": "ephemeral-storage",
  "nodefs.inodesFree": "inodes",
  "imagefs.available": "ephemeral-storage",
  "imagefs.inodesFree": "inodes",
  "pid.available": "pids",
};

/** Bytes of a threshold. */
export function thresholdBytes(threshold: EvictionThreshold, capacityBytes: number): number {
  return "bytes" in threshold ? threshold.bytes : threshold.share * capacityBytes;
}

/** What the evicted pod's status says. */
export function evictionMessage(
  signal: EvictionSignal,
  thresholdQuantityBytes: number,
  availableBytes: number,
  offenders: readonly { readonly name: string; readonly usedBytes: number; readonly requestBytes: number }[],
): string {
  const resource = RESOURCE_OF[signal];
  let text = `The node was low on resource: ${resource}. Threshold quantity: ${binary(thresholdQuantityBytes)}, available: ${binary(availableBytes)}. `;
  for (const { name, requestBytes, usedBytes } of offenders) {
    if (usedBytes <= requestBytes) continue;
    text += `Container ${name} was using ${binary(usedBytes)}, request is ${requestBytes === 0 ? "0" : binary(requestBytes)}, has larger consumption of ${resource}. `;
  }
  return text;
}

/** Bytes as Kubernetes prints a binary quantity, to the next lower KiB. */
export function binary(bytes: number): string {
  const kib = Math.floor(bytes / 1024);
  if (kib > 0 && kib % (1024 * 1024) === 0) return `${kib / (1024 * 1024)}Gi`;
  if (kib > 0 && kib % 1024 === 0) return `${kib / 1024}Mi`;
  return `${kib}Ki`;
}
