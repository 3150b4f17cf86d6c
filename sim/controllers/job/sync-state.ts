// What one sync of a Job works on: the Job, its pods by what they count as, and the status that it is building.
import type { Condition, Job, Pod } from "../../model/objects.ts";
import { isPodActive, isPodReady, isPodTerminating } from "../framework/pod-state.ts";
import type { BackOffRecord } from "./back-off.ts";
import type { Ending } from "./conditions.ts";
import { matchFailurePolicy } from "./failure-policy.ts";
import type { IndexSet } from "./indexes.ts";
import { hasFailed, indexOf, isTracked, NO_INDEX } from "./pods.ts";
import type { JobSpec } from "./spec.ts";

/** The counters of a status while they change. */
export interface Counters {
  active: number;
  ready: number;
  terminating: number;
  succeeded: number;
  failed: number;
  startTime: string | null;
  completionTime: string | null;
  conditions: readonly Condition[];
  completedIndexes: string;
  /** undefined: indexes have no limit of their own. */
  failedIndexes: string | undefined;
  uncountedSucceeded: readonly string[];
  uncountedFailed: readonly string[];
}

export interface SyncState {
  readonly key: string;
  /** As read, or as last written in this sync. */
  job: Job;
  readonly spec: JobSpec;
  readonly pods: readonly Pod[];
  readonly activePods: readonly Pod[];
  /** Pods whose finalizer this controller has removed already, though the watch does not show it yet. */
  readonly releasedUids: ReadonlySet<string>;
  readonly counters: Counters;
  /** With the pods that have ended since the status was written. */
  readonly succeeded: number;
  readonly failed: number;
  readonly backOff: BackOffRecord;
  readonly previousIndexes: IndexSet;
  succeededIndexes: IndexSet;
  failedIndexes: IndexSet | null;
  /** By index: the last failed pod, kept until a replacement carries its count on. */
  heldBack: ReadonlyMap<number, Pod>;
  ending: Ending | null;
}

export function countersOf(job: Job, pods: readonly Pod[], activePods: readonly Pod[]): Counters {
  const { status } = job;
  return {
    active: activePods.length,
    ready: activePods.reduce((sum, pod) => sum + (isPodReady(pod) ? 1 : 0), 0),
    terminating: pods.reduce((sum, pod) => sum + (isPodTerminating(pod) ? 1 : 0), 0),
    succeeded: status?.succeeded ?? 0,
    failed: status?.failed ?? 0,
    startTime: status?.startTime ?? null,
    completionTime: status?.completionTime ?? null,
    conditions: status?.conditions ?? [],
    completedIndexes: status?.completedIndexes ?? "",
    failedIndexes: status?.failedIndexes ?? undefined,
    uncountedSucceeded: status?.uncountedTerminatedPods?.succeeded ?? [],
    uncountedFailed: status?.uncountedTerminatedPods?.failed ?? [],
  };
}

export function activeOf(pods: readonly Pod[]): readonly Pod[] {
  return pods.filter(isPodActive);
}

/** Has it still to be counted: is it tracked, not released, not among `uncounted`, and of a valid index? */
export function isToCount(
  pod: Pod,
  spec: JobSpec,
  released: ReadonlySet<string>,
  uncounted: readonly string[],
): boolean {
  const uid = pod.metadata.uid ?? "";
  if (!isTracked(pod) || released.has(uid) || uncounted.includes(uid)) return false;
  return !spec.isIndexed || isValidIndex(indexOf(pod), spec);
}

export function isValidIndex(index: number, spec: JobSpec): boolean {
  return index !== NO_INDEX && index < (spec.completions ?? 0);
}

/** Does the failure of this pod count towards the limits? */
export function countsAsFailure(pod: Pod, spec: JobSpec): boolean {
  if (spec.failureRules === null) return true;
  return matchFailurePolicy(spec.failureRules, pod, spec.backoffLimitPerIndex !== null).counts;
}

/** The message with which a failed pod fails the whole Job. */
export function failJobMessage(pods: readonly Pod[], spec: JobSpec): string | null {
  if (spec.failureRules === null) return null;
  for (const pod of pods) {
    if (!hasFailed(pod, spec)) continue;
    const { failJobMessage: message } = matchFailurePolicy(spec.failureRules, pod, spec.backoffLimitPerIndex !== null);
    if (message !== null) return message;
  }
  return null;
}
