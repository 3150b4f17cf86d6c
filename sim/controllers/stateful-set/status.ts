// The status of a StatefulSet, counted from its pods, and when an update is complete. Pure functions.
// Source: behaviour of kube-controller-manager 1.36.
import type { ControllerRevision, Pod, StatefulSet } from "../../model/objects.ts";
import { isPodAvailable, isPodReady } from "../framework/pod-state.ts";
import { replicasOf, revisionOf } from "./identity.ts";

export type StatefulSetStatus = NonNullable<StatefulSet["status"]>;

export interface Revisions {
  readonly current: ControllerRevision;
  readonly update: ControllerRevision;
  readonly collisionCount: number;
}

export function isRunningAndReady(pod: Pod): boolean {
  return pod.status?.phase === "Running" && isPodReady(pod);
}

export function isHealthy(pod: Pod): boolean {
  return isRunningAndReady(pod) && pod.metadata.deletionTimestamp == null;
}

export function isFinished(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

export function countedStatus(
  set: StatefulSet,
  pods: readonly Pod[],
  revisions: Revisions,
  nowMicros: number,
): StatefulSetStatus {
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  const current = revisions.current.metadata.name;
  const update = revisions.update.metadata.name;
  let ready = 0;
  let available = 0;
  let ofCurrent = 0;
  let ofUpdate = 0;
  for (const pod of pods) {
    if (isRunningAndReady(pod)) {
      ready++;
      if (isPodAvailable(pod, minReadySeconds, nowMicros)) available++;
    }
    if (pod.metadata.deletionTimestamp != null) continue;
    if (revisionOf(pod) === current) ofCurrent++;
    if (revisionOf(pod) === update) ofUpdate++;
  }
  return {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: pods.length,
    readyReplicas: ready,
    availableReplicas: available,
    currentReplicas: ofCurrent,
    updatedReplicas: ofUpdate,
    currentRevision: current,
    updateRevision: update,
    collisionCount: revisions.collisionCount,
  };
}

/** When all pods are of the new revision and ready, it becomes the current one. */
export function completed(set: StatefulSet, status: StatefulSetStatus): StatefulSetStatus {
  const wanted = replicasOf(set);
  const isComplete =
    (set.spec?.updateStrategy?.type ?? "RollingUpdate") === "RollingUpdate" &&
    status.updatedReplicas === wanted &&
    status.readyReplicas === wanted &&
    status.replicas === wanted;
  if (!isComplete) return status;
  return { ...status, currentReplicas: status.updatedReplicas ?? 0, currentRevision: status.updateRevision ?? "" };
}

/** Is there anything to be written? */
export function isInconsistent(before: StatefulSetStatus | undefined, after: StatefulSetStatus): boolean {
  return (
    (after.observedGeneration ?? 0) > (before?.observedGeneration ?? 0) ||
    after.replicas !== (before?.replicas ?? 0) ||
    after.readyReplicas !== (before?.readyReplicas ?? 0) ||
    after.availableReplicas !== (before?.availableReplicas ?? 0) ||
    after.currentReplicas !== (before?.currentReplicas ?? 0) ||
    after.updatedReplicas !== (before?.updatedReplicas ?? 0) ||
    after.currentRevision !== before?.currentRevision ||
    after.updateRevision !== before?.updateRevision
  );
}
