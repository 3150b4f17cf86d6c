// What controllers read in a pod's status: whether it counts, is ready, and has been ready for long enough.
// Source: behaviour of kube-controller-manager's controller_utils and the API's podutil.
import { SECOND } from "../../engine/tick.ts";
import type { Labels, Pod } from "../../model/objects.ts";
import { parseTimestampMicros } from "../../model/timestamp.ts";

/** Neither finished nor being deleted. */
export function isPodActive(pod: Pod): boolean {
  return !isPodFinished(pod) && pod.metadata.deletionTimestamp == null;
}

export function isPodFinished(pod: Pod): boolean {
  const phase = pod.status?.phase;
  return phase === "Succeeded" || phase === "Failed";
}

/** Being deleted, and still running. */
export function isPodTerminating(pod: Pod): boolean {
  return !isPodFinished(pod) && pod.metadata.deletionTimestamp != null;
}

export function isPodReady(pod: Pod): boolean {
  return readyCondition(pod)?.status === "True";
}

/** Since when the pod is ready, as its status says; undefined when it is not. */
export function readySinceMicros(pod: Pod): number | undefined {
  const ready = readyCondition(pod);
  if (ready?.status !== "True") return undefined;
  return ready.lastTransitionTime == null ? undefined : parseTimestampMicros(ready.lastTransitionTime);
}

/** Ready for at least so many seconds. */
export function isPodAvailable(pod: Pod, minReadySeconds: number, nowMicros: number): boolean {
  if (!isPodReady(pod)) return false;
  if (minReadySeconds === 0) return true;
  const since = readySinceMicros(pod);
  return since !== undefined && since + minReadySeconds * SECOND <= nowMicros;
}

/** How long until the first of the pods that are ready, but not for long enough, will have been; undefined when none is. */
export function nextAvailabilityMicros(
  pods: readonly Pod[],
  minReadySeconds: number,
  nowMicros: number,
): number | undefined {
  if (minReadySeconds === 0) return undefined;
  let next: number | undefined;
  for (const pod of pods) {
    const since = readySinceMicros(pod);
    if (since === undefined) continue;
    const left = since + minReadySeconds * SECOND - nowMicros;
    if (left > 0 && (next === undefined || left < next)) next = left;
  }
  return next;
}

/** Does it carry all these labels with these values? */
export function hasLabels(labels: Labels | undefined, wanted: Labels | undefined): boolean {
  if (labels === wanted) return true;
  for (const key of Object.keys(wanted ?? {})) if (labels?.[key] !== wanted?.[key]) return false;
  return true;
}

function readyCondition(pod: Pod) {
  for (const condition of pod.status?.conditions ?? []) if (condition.type === "Ready") return condition;
  return undefined;
}
