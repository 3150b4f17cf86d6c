// Which of two pods is worth more: the one of higher priority, and among equals the one that has run longer.
import type { PodInfo } from "../shape.ts";

/** Sorts the most important pod first. */
export function byImportance(a: PodInfo, b: PodInfo): number {
  if (a.shape.priority !== b.shape.priority) return b.shape.priority - a.shape.priority;
  return compareStarts(startOf(a), startOf(b));
}

/** When the pod started. One that has not started is younger than all that have. */
export function startOf(pod: PodInfo): number {
  return Number.isNaN(pod.startTimeMicros) ? Number.POSITIVE_INFINITY : pod.startTimeMicros;
}

// not a difference: two infinities have none
function compareStarts(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
