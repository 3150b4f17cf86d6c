// What the Job controller reads in a pod: is it tracked, which index has it, has it failed, when did it end.
// Source: behaviour of kube-controller-manager's job controller (1.36).
import type { Pod, PodSpec } from "../../model/objects.ts";
import { parseTimestampMicros } from "../../model/timestamp.ts";
import { isPodReady as isReady } from "../framework/pod-state.ts";
import type { JobSpec } from "./spec.ts";

export const TRACKING_FINALIZER = "batch.kubernetes.io/job-tracking";
export const INDEX_ANNOTATION = "batch.kubernetes.io/job-completion-index";
export const INDEX_FAILURES_ANNOTATION = "batch.kubernetes.io/job-index-failure-count";
export const INDEX_IGNORED_FAILURES_ANNOTATION = "batch.kubernetes.io/job-index-ignored-failure-count";
/** What stands for "no index". */
export const NO_INDEX = -1;

const SECOND_MICROS = 1_000_000;
const DEFAULT_GRACE_SECONDS = 30;

export function isTracked(pod: Pod): boolean {
  return pod.metadata.finalizers?.includes(TRACKING_FINALIZER) === true;
}

export function withoutTracking(pod: Pod): Pod {
  if (!isTracked(pod)) return pod;
  const finalizers = (pod.metadata.finalizers ?? []).filter((name) => name !== TRACKING_FINALIZER);
  return { ...pod, metadata: { ...pod.metadata, finalizers } };
}

export function indexOf(pod: Pod): number {
  const text = pod.metadata.annotations?.[INDEX_ANNOTATION];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : NO_INDEX;
}

export function countOf(pod: Pod, annotation: string): number {
  const text = pod.metadata.annotations?.[annotation];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : 0;
}

/** A pod that is being deleted counts as failed at once, unless only ended pods are replaced. */
export function hasFailed(pod: Pod, spec: JobSpec): boolean {
  if (pod.status?.phase === "Failed") return true;
  if (spec.replacesOnlyFailed) return false;
  return pod.metadata.deletionTimestamp != null && pod.status?.phase !== "Succeeded";
}

/** When the pod ended, as well as its status tells: by its containers, its readiness, its deletion, or its creation. */
export function finishedMicros(pod: Pod): number {
  const containers = pod.status?.containerStatuses ?? [];
  let latest = -1;
  for (const { state } of containers) {
    const finished = state?.terminated?.finishedAt;
    const micros = finished === undefined ? undefined : parseTimestampMicros(finished);
    if (micros === undefined) {
      latest = -1;
      break;
    }
    latest = Math.max(latest, micros);
  }
  if (latest >= 0) return latest;
  const ready = pod.status?.conditions?.find(({ type, status }) => type === "Ready" && status === "False");
  const unready = ready?.lastTransitionTime == null ? undefined : parseTimestampMicros(ready.lastTransitionTime);
  if (unready !== undefined) return unready;
  const { creationTimestamp, deletionGracePeriodSeconds, deletionTimestamp } = pod.metadata;
  if (deletionTimestamp != null) {
    const graceSeconds = deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
    return (parseTimestampMicros(deletionTimestamp) ?? 0) - graceSeconds * SECOND_MICROS;
  }
  return creationTimestamp == null ? 0 : (parseTimestampMicros(creationTimestamp) ?? 0);
}

/** Restarts of all containers of a pod that has not ended. */
export function restartsOf(pod: Pod): number {
  let restarts = 0;
  for (const { restartCount = 0 } of pod.status?.initContainerStatuses ?? []) restarts += restartCount;
  for (const { restartCount = 0 } of pod.status?.containerStatuses ?? []) restarts += restartCount;
  return restarts;
}

/** The first to go when there are too many: those that have come least far, then the youngest. */
export function compareForRemoval(a: Pod, b: Pod): number {
  return (
    Number(Boolean(a.spec.nodeName)) - Number(Boolean(b.spec.nodeName)) ||
    phaseRank(a) - phaseRank(b) ||
    Number(isReady(a)) - Number(isReady(b)) ||
    (isReady(a) ? readySinceMicros(b) - readySinceMicros(a) : 0) ||
    restartsOf(b) - restartsOf(a) ||
    timeOf(b.metadata.creationTimestamp) - timeOf(a.metadata.creationTimestamp)
  );
}

function phaseRank(pod: Pod): number {
  const phase = pod.status?.phase;
  return phase === "Running" ? 2 : phase === "Unknown" ? 1 : 0;
}

function readySinceMicros(pod: Pod): number {
  return timeOf(pod.status?.conditions?.find(({ type }) => type === "Ready")?.lastTransitionTime);
}

function timeOf(timestamp: string | null | undefined): number {
  return timestamp == null ? 0 : (parseTimestampMicros(timestamp) ?? 0);
}

/** The spec of an indexed pod: its containers know their index, and it has a host name. */
export function indexedPodSpec(spec: PodSpec, jobName: string, index: number): PodSpec {
  return { ...withIndexVariable(spec), hostname: `${jobName}-${index}` };
}

const INDEX_VARIABLE = {
  name: "JOB_COMPLETION_INDEX",
  valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: `metadata.labels['${INDEX_ANNOTATION}']` } },
} as const;

function withIndexVariable(spec: PodSpec): PodSpec {
  const add = (containers: PodSpec["containers"]) =>
    containers.map((container) => {
      if (container.env?.some(({ name }) => name === INDEX_VARIABLE.name)) return container;
      return { ...container, env: [...(container.env ?? []), INDEX_VARIABLE] };
    });
  const containers = add(spec.containers);
  if (spec.initContainers == null) return { ...spec, containers };
  return { ...spec, containers, initContainers: add(spec.initContainers) };
}
