// The status of a Deployment: counts over its ReplicaSets, whether it is available, and how far its rollout has come.
// Pure functions. Source: behaviour of kube-controller-manager 1.36 (calculateStatus, syncRolloutStatus).
import { SECOND } from "../../engine/tick.ts";
import type { Condition, Deployment, ReplicaSet } from "../../model/objects.ts";
import { parseTimestampMicros } from "../../model/timestamp.ts";
import { findCondition, removeCondition, sameConditions, setCondition } from "../framework/conditions.ts";
import {
  actualReplicas,
  availableReplicas,
  maxUnavailable,
  progressDeadlineSeconds,
  replicasOf,
  sumOf,
  wantedReplicas,
} from "./rules.ts";

export type DeploymentStatus = NonNullable<Deployment["status"]>;

export interface Now {
  readonly micros: number;
  readonly timestamp: string;
}

export function condition(type: string, status: string, reason: string, message: string, now: Now): Condition {
  return { type, status, reason, message, lastUpdateTime: now.timestamp, lastTransitionTime: now.timestamp };
}

/** The counts, and the condition Available. */
export function countedStatus(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  newSet: ReplicaSet | undefined,
  now: Now,
): DeploymentStatus {
  const available = availableReplicas(sets);
  const { status } = deployment;
  const isAvailable = available >= replicasOf(deployment) - maxUnavailable(deployment);
  const conditions = setCondition(
    status?.conditions,
    isAvailable
      ? condition("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", now)
      : condition(
          "Available",
          "False",
          "MinimumReplicasUnavailable",
          "Deployment does not have minimum availability.",
          now,
        ),
  );
  return {
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: actualReplicas(sets),
    updatedReplicas: newSet?.status?.replicas ?? 0,
    readyReplicas: sumOf(sets, (set) => set.status?.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, wantedReplicas(sets) - available),
    terminatingReplicas: sumOf(sets, (set) => set.status?.terminatingReplicas),
    ...(status?.collisionCount === undefined ? {} : { collisionCount: status.collisionCount }),
    conditions,
  };
}

/** The status during and after a rollout: with the condition Progressing, and failures of ReplicaSets. */
export function rolloutStatus(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  newSet: ReplicaSet | undefined,
  now: Now,
): DeploymentStatus {
  const counted = countedStatus(deployment, sets, newSet, now);
  let conditions = counted.conditions ?? [];
  const hasDeadline = progressDeadlineSeconds(deployment) !== null;
  if (!hasDeadline) conditions = removeCondition(conditions, "Progressing");
  const current = findCondition(deployment.status?.conditions, "Progressing");
  const wasComplete = counted.replicas === counted.updatedReplicas && current?.reason === "NewReplicaSetAvailable";
  if (hasDeadline && !wasComplete) {
    const subject =
      newSet === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${newSet.metadata.name}"`;
    conditions = withProgress(deployment, counted, conditions, current, subject, now);
  }
  const failure = failureOf(sets, newSet);
  conditions =
    failure === undefined
      ? removeCondition(conditions, "ReplicaFailure")
      : setCondition(conditions, { ...failure, lastUpdateTime: failure.lastTransitionTime ?? null });
  return { ...counted, conditions };
}

function withProgress(
  deployment: Deployment,
  counted: DeploymentStatus,
  conditions: readonly Condition[],
  current: Condition | undefined,
  subject: string,
  now: Now,
): readonly Condition[] {
  const progressing = (status: string, reason: string, what: string) =>
    condition("Progressing", status, reason, `${subject} ${what}.`, now);
  if (isComplete(deployment, counted)) {
    return setCondition(conditions, progressing("True", "NewReplicaSetAvailable", "has successfully progressed"));
  }
  if (hasProgressed(deployment.status, counted)) {
    const next = progressing("True", "ReplicaSetUpdated", "is progressing");
    if (current === undefined) return setCondition(conditions, next);
    // the time of the last progress is told each time
    const transition = current.status === "True" ? current.lastTransitionTime : next.lastTransitionTime;
    return [...removeCondition(conditions, "Progressing"), { ...next, lastTransitionTime: transition ?? null }];
  }
  if (hasTimedOut(deployment, conditions, now)) {
    return setCondition(conditions, progressing("False", "ProgressDeadlineExceeded", "has timed out progressing"));
  }
  return conditions;
}

/** Is everything new, and available, and nothing old left? */
export function isComplete(deployment: Deployment, status: DeploymentStatus | undefined): boolean {
  const wanted = replicasOf(deployment);
  return (
    (status?.updatedReplicas ?? 0) === wanted &&
    (status?.replicas ?? 0) === wanted &&
    (status?.availableReplicas ?? 0) === wanted &&
    (status?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

function hasProgressed(before: DeploymentStatus | undefined, after: DeploymentStatus): boolean {
  const old = (status: DeploymentStatus | undefined) => (status?.replicas ?? 0) - (status?.updatedReplicas ?? 0);
  return (
    (after.updatedReplicas ?? 0) > (before?.updatedReplicas ?? 0) ||
    old(after) < old(before) ||
    (after.readyReplicas ?? 0) > (before?.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before?.availableReplicas ?? 0)
  );
}

function hasTimedOut(deployment: Deployment, conditions: readonly Condition[], now: Now): boolean {
  const current = findCondition(conditions, "Progressing");
  if (current === undefined || current.reason === "NewReplicaSetAvailable") return false;
  if (current.reason === "ProgressDeadlineExceeded") return true;
  return now.micros > deadlineMicros(deployment, current);
}

/** When the rollout that last progressed as this condition says has taken too long. */
function deadlineMicros(deployment: Deployment, current: Condition): number {
  const since = parseTimestampMicros(current.lastUpdateTime ?? "") ?? 0;
  return since + (progressDeadlineSeconds(deployment) ?? 0) * SECOND;
}

/** In how long a Deployment that does not progress must be looked at for its deadline; undefined when it need not. */
export function untilDeadlineMicros(deployment: Deployment, status: DeploymentStatus, now: Now): number | undefined {
  const current = findCondition(deployment.status?.conditions, "Progressing");
  if (progressDeadlineSeconds(deployment) === null || current === undefined) return undefined;
  if (isComplete(deployment, status) || current.reason === "ProgressDeadlineExceeded") return undefined;
  return deadlineMicros(deployment, current) - now.micros;
}

function failureOf(sets: readonly ReplicaSet[], newSet: ReplicaSet | undefined): Condition | undefined {
  const own = findCondition(newSet?.status?.conditions, "ReplicaFailure");
  if (own !== undefined) return own;
  for (const set of sets) {
    const failure = findCondition(set.status?.conditions, "ReplicaFailure");
    if (failure !== undefined) return failure;
  }
  return undefined;
}

export function sameDeploymentStatus(a: DeploymentStatus | undefined, b: DeploymentStatus): boolean {
  return (
    (a?.observedGeneration ?? 0) === b.observedGeneration &&
    (a?.replicas ?? 0) === b.replicas &&
    (a?.updatedReplicas ?? 0) === b.updatedReplicas &&
    (a?.readyReplicas ?? 0) === b.readyReplicas &&
    (a?.availableReplicas ?? 0) === b.availableReplicas &&
    (a?.unavailableReplicas ?? 0) === b.unavailableReplicas &&
    a?.terminatingReplicas === b.terminatingReplicas &&
    a?.collisionCount === b.collisionCount &&
    sameConditions(a?.conditions, b.conditions)
  );
}
