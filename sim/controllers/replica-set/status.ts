// The status of a ReplicaSet (and ReplicationController), counted from its pods. Source: behaviour of kube-controller-manager 1.36,
// with terminatingReplicas (DeploymentReplicaSetTerminatingReplicas, on by default).
import type { Condition, Labels, Pod, ReplicaSet } from "../../model/objects.ts";
import { findCondition, removeCondition, sameConditions, setCondition } from "../framework/conditions.ts";
import { hasLabels, isPodAvailable, isPodReady } from "../framework/pod-state.ts";
import type { Tally } from "./pod-tally.ts";

export type ReplicaSetStatus = NonNullable<ReplicaSet["status"]>;

/** Pods of a set, counted. */
export interface PodCounts {
  readonly active: number;
  /** Active ones with all labels of the template. */
  readonly labelled: number;
  readonly ready: number;
  readonly available: number;
}

export interface Counted {
  readonly pods: PodCounts;
  /** null = not counted, as for ReplicationControllers. */
  readonly terminating: number | null;
  readonly observedGeneration: number;
  /** Why pods could not be created or deleted. */
  readonly failure: { readonly reason: "FailedCreate" | "FailedDelete"; readonly message: string } | null;
  readonly timestamp: string;
}

/** Counts one by one. */
export function countPods(
  active: readonly Pod[],
  templateLabels: Labels | undefined,
  minReadySeconds: number,
  nowMicros: number,
): PodCounts {
  let labelled = 0;
  let ready = 0;
  let available = 0;
  // those of one template share their labels
  let labels: Labels | undefined;
  let isLabelled = false;
  for (const pod of active) {
    if (pod.metadata.labels === undefined || pod.metadata.labels !== labels) {
      labels = pod.metadata.labels;
      isLabelled = hasLabels(labels, templateLabels);
    }
    if (isLabelled) labelled++;
    if (!isPodReady(pod)) continue;
    ready++;
    if (minReadySeconds === 0 || isPodAvailable(pod, minReadySeconds, nowMicros)) available++;
  }
  return { active: active.length, labelled, ready, available };
}

/** The same from a tally; whoever is ready is available: for sets without minReadySeconds. */
export function countTallies(tallies: readonly Tally[], templateLabels: Labels | undefined): PodCounts {
  let active = 0;
  let labelled = 0;
  let ready = 0;
  for (const tally of tallies) {
    active += tally.active;
    ready += tally.ready;
    if (tally.active > 0 && hasLabels(tally.labels, templateLabels)) labelled += tally.active;
  }
  return { active, labelled, ready, available: ready };
}

export function replicaSetStatus(before: ReplicaSetStatus | undefined, counted: Counted): ReplicaSetStatus {
  const { pods } = counted;
  const conditions = conditionsAfter(before?.conditions, counted);
  return {
    observedGeneration: counted.observedGeneration,
    replicas: pods.active,
    fullyLabeledReplicas: pods.labelled,
    readyReplicas: pods.ready,
    availableReplicas: pods.available,
    ...(counted.terminating === null ? {} : { terminatingReplicas: counted.terminating }),
    ...(conditions.length === 0 ? {} : { conditions }),
  };
}

// the failure that was told first stays until all goes well
function conditionsAfter(before: readonly Condition[] | null | undefined, counted: Counted): readonly Condition[] {
  const { failure, timestamp } = counted;
  if (failure === null) return removeCondition(before, "ReplicaFailure");
  if (findCondition(before, "ReplicaFailure") !== undefined) return before ?? [];
  return setCondition(before, { type: "ReplicaFailure", status: "True", lastTransitionTime: timestamp, ...failure });
}

export function sameReplicaSetStatus(a: ReplicaSetStatus | undefined, b: ReplicaSetStatus): boolean {
  return (
    (a?.observedGeneration ?? 0) === b.observedGeneration &&
    (a?.replicas ?? 0) === b.replicas &&
    (a?.fullyLabeledReplicas ?? 0) === b.fullyLabeledReplicas &&
    (a?.readyReplicas ?? 0) === b.readyReplicas &&
    (a?.availableReplicas ?? 0) === b.availableReplicas &&
    a?.terminatingReplicas === b.terminatingReplicas &&
    sameConditions(a?.conditions, b.conditions)
  );
}
