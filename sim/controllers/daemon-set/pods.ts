// The pods of a DaemonSet: for which node each one is, which of several on a node counts, and what a new one looks like.
// Source: behaviour of kube-controller-manager's daemon controller.

import type { Pod } from "../../model/objects.ts";
import type { HistoryOptions } from "../framework/history.ts";
import { isPodFinished } from "../framework/pod-state.ts";

export const HASH_LABEL = "controller-revision-hash";
export const DAEMON_SET_KIND = { apiVersion: "apps/v1", kind: "DaemonSet" } as const;
export const DAEMON_SET_HISTORY: HistoryOptions = { controller: DAEMON_SET_KIND, hashLabel: HASH_LABEL };

/** The node that a pod runs on or is bound to by its affinity; "" when there is none. */
export function targetNodeOf(pod: Pod): string {
  if (pod.spec.nodeName) return pod.spec.nodeName;
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  for (const { matchFields } of required?.nodeSelectorTerms ?? []) {
    for (const { key, operator, values } of matchFields ?? []) {
      if (key === "metadata.name" && operator === "In" && values?.length === 1) return values[0] ?? "";
    }
  }
  return "";
}

/** A pod that has ended and is being deleted is as good as gone: it does not keep its place. */
export function keepsPlace(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp == null || !isPodFinished(pod);
}

/** Those on a node first, then the older, then by name. */
export function oldestFirst(a: Pod, b: Pod): number {
  const assigned = Number(Boolean(b.spec.nodeName)) - Number(Boolean(a.spec.nodeName));
  if (assigned !== 0) return assigned;
  const left = a.metadata.creationTimestamp ?? "";
  const right = b.metadata.creationTimestamp ?? "";
  if (left !== right) return left < right ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

export function isUpdated(pod: Pod, hash: string): boolean {
  return pod.metadata.labels?.[HASH_LABEL] === hash;
}
