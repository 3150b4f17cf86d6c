// The autoscaler's marks on nodes and pods, by their upstream names, and what a node's readiness is to it.
// Source: utils/taints and utils/kubernetes of cluster-autoscaler 1.36.
import type { Node, Pod } from "../model/objects.ts";
import { NETWORK_UNAVAILABLE_TAINT, NOT_READY_TAINT, UNREACHABLE_TAINT, UNSCHEDULABLE_TAINT } from "../model/taints.ts";

export const TO_BE_DELETED_TAINT = "ToBeDeletedByClusterAutoscaler";
export const DELETION_CANDIDATE_TAINT = "DeletionCandidateOfClusterAutoscaler";
export const SCALE_DOWN_DISABLED_ANNOTATION = "cluster-autoscaler.kubernetes.io/scale-down-disabled";
export const SAFE_TO_EVICT_ANNOTATION = "cluster-autoscaler.kubernetes.io/safe-to-evict";
export const SAFE_TO_EVICT_VOLUMES_ANNOTATION = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes";
export const POD_SCALE_UP_DELAY_ANNOTATION = "cluster-autoscaler.kubernetes.io/pod-scale-up-delay";
export const ENABLE_DS_EVICTION_ANNOTATION = "cluster-autoscaler.kubernetes.io/enable-ds-eviction";
const MIRROR_ANNOTATION = "kubernetes.io/config.mirror";

const NOT_READY_TAINTS: ReadonlySet<string> = new Set([NOT_READY_TAINT, UNREACHABLE_TAINT, NETWORK_UNAVAILABLE_TAINT]);
/** Of a node's present state: a new one would not have them. */
const PASSING_TAINTS: ReadonlySet<string> = new Set([
  ...NOT_READY_TAINTS,
  UNSCHEDULABLE_TAINT,
  "node.kubernetes.io/memory-pressure",
  "node.kubernetes.io/disk-pressure",
  "node.kubernetes.io/pid-pressure",
  "node.cloudprovider.kubernetes.io/shutdown",
  "node.cloudprovider.kubernetes.io/uninitialized",
  TO_BE_DELETED_TAINT,
  DELETION_CANDIDATE_TAINT,
]);

export function isPassingTaint(key: string): boolean {
  return PASSING_TAINTS.has(key);
}

export function isNodeReady({ spec, status }: Node): boolean {
  let isReady = false;
  for (const condition of status?.conditions ?? []) {
    if (condition.type === "Ready") isReady = condition.status === "True";
    if (condition.type === "NetworkUnavailable" && condition.status === "True") return false;
  }
  return isReady && !(spec?.taints ?? []).some(({ key }) => NOT_READY_TAINTS.has(key));
}

export function isMirror({ metadata }: Pod): boolean {
  return metadata.annotations?.[MIRROR_ANNOTATION] !== undefined;
}

export function isOfDaemonSet({ metadata }: Pod): boolean {
  return metadata.ownerReferences?.some(({ controller, kind }) => controller === true && kind === "DaemonSet") ?? false;
}

/** Did the scheduler say that it fits nowhere? */
export function isUnschedulable({ metadata, spec, status }: Pod): boolean {
  if (spec.nodeName || metadata.deletionTimestamp != null) return false;
  const condition = status?.conditions?.find(({ type }) => type === "PodScheduled");
  return condition?.status === "False" && condition.reason === "Unschedulable";
}

export function isOver({ status }: Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}
