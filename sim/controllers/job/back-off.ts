// How long a Job waits before it replaces failed pods: 10 s after the first failure, doubled by each further one since the last success,
// up to 10 minutes, counted from the newest failure. In memory only: a controller that starts anew forgets it.
// Source: behaviour of the job controller's back-off store (1.36).
import { SECOND } from "../../engine/tick.ts";
import type { Pod } from "../../model/objects.ts";
import { countOf, finishedMicros, INDEX_FAILURES_ANNOTATION, INDEX_IGNORED_FAILURES_ANNOTATION } from "./pods.ts";

const BASE_MICROS = 10 * SECOND;
const MAX_MICROS = 600 * SECOND;

export interface BackOffRecord {
  readonly failuresSinceSuccess: number;
  readonly lastFailureMicros: number;
}

export const NO_FAILURES: BackOffRecord = { failuresSinceSuccess: 0, lastFailureMicros: 0 };

/** The record after these pods have ended. */
export function withFinished(record: BackOffRecord, succeeded: readonly Pod[], failed: readonly Pod[]): BackOffRecord {
  if (succeeded.length === 0 && failed.length === 0) return record;
  let successMicros = -1;
  for (const pod of succeeded) successMicros = Math.max(successMicros, finishedMicros(pod));
  let failures = succeeded.length === 0 ? record.failuresSinceSuccess : 0;
  let lastMicros = succeeded.length === 0 ? record.lastFailureMicros : 0;
  for (const pod of failed) {
    const micros = finishedMicros(pod);
    if (succeeded.length > 0 && micros <= successMicros) continue;
    failures++;
    lastMicros = Math.max(lastMicros, micros);
  }
  return { failuresSinceSuccess: failures, lastFailureMicros: lastMicros };
}

/** 0: pods may be made now. */
export function remainingMicros(record: BackOffRecord, nowMicros: number): number {
  return pauseLeft(record.failuresSinceSuccess, record.lastFailureMicros, nowMicros);
}

/** For an index of its own count, after this pod of it failed. */
export function remainingOfIndexMicros(lastFailed: Pod | undefined, nowMicros: number): number {
  if (lastFailed === undefined) return 0;
  const failures =
    countOf(lastFailed, INDEX_FAILURES_ANNOTATION) + countOf(lastFailed, INDEX_IGNORED_FAILURES_ANNOTATION) + 1;
  return pauseLeft(failures, finishedMicros(lastFailed), nowMicros);
}

function pauseLeft(failures: number, sinceMicros: number, nowMicros: number): number {
  if (failures === 0) return 0;
  let pauseMicros = BASE_MICROS;
  for (let i = 1; i < failures && pauseMicros < MAX_MICROS; i++) pauseMicros *= 2;
  return Math.max(0, sinceMicros + Math.min(pauseMicros, MAX_MICROS) - nowMicros);
}
