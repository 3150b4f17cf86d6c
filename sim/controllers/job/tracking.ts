// Counts ended pods without losing or repeating one, in two steps: first the status names the pods that are about to be counted, then
// their finalizers are removed, then they move from the names into the numbers. An indexed Job's successes need no names: the index is
// one. When all is counted and no pod is left, the Job ends. Source: KEP-2307 and behaviour of the job controller (1.36).
import { ApiError, keyOf } from "../../apiserver/client.ts";
import { ask, askAll, type Steps } from "../../engine/steps.ts";
import type { Job, Pod } from "../../model/objects.ts";
import { withJobCondition } from "./conditions.ts";
import { involved, type JobParts, MAX_PODS_PER_SYNC, nowTimestamp } from "./controller-parts.ts";
import { hasFailed, indexOf, isTracked, withoutTracking } from "./pods.ts";
import { type Counters, countsAsFailure, isValidIndex, type SyncState } from "./sync-state.ts";

/** The first refusal of the API server, or null. */
export function* trackPods(parts: JobParts, state: SyncState, hasChanged: boolean): Steps<ApiError | null> {
  const { counters } = state;
  const tracked = new Set<string>();
  for (const pod of state.pods) if (isOpen(pod, state)) tracked.add(pod.metadata.uid ?? "");
  let needsWrite = countReleased(counters, tracked) || hasChanged;
  const found = collect(state);
  needsWrite ||= found.hasNews;
  if (state.spec.isIndexed && setIndexes(state, found.newIndexes)) needsWrite = true;
  if (state.ending !== null && !state.ending.isAnnounced) {
    announce(parts, state);
    needsWrite = true;
  }
  if (needsWrite) {
    const error = yield* writeStatus(parts, state);
    if (error !== null) return error;
    parts.backOffs.set(state.key, state.backOff);
    needsWrite = false;
  }
  const error = yield* release(parts, state, found.release, tracked);
  if (countReleased(counters, tracked)) needsWrite = true;
  if (error !== null) {
    // what was done is not lost
    if (needsWrite) yield* writeStatus(parts, state);
    return error;
  }
  const isOver = !found.isCut && finish(parts, state);
  if (!needsWrite && !isOver) return null;
  const refusal = yield* writeStatus(parts, state);
  if (refusal === null && isOver) report(parts, state);
  return refusal;
}

function isOpen(pod: Pod, { releasedUids }: SyncState): boolean {
  return isTracked(pod) && !releasedUids.has(pod.metadata.uid ?? "");
}

interface Found {
  readonly release: Pod[];
  readonly newIndexes: number[];
  hasNews: boolean;
  /** There were more than one sync may count. */
  isCut: boolean;
}

function collect(state: SyncState): Found {
  const { counters, ending, spec } = state;
  const found: Found = { release: [], newIndexes: [], hasNews: false, isCut: false };
  const succeeded = [...counters.uncountedSucceeded];
  const failed = [...counters.uncountedFailed];
  const knownSucceeded = new Set(succeeded);
  const knownFailed = new Set(failed);
  const pods = spec.isIndexed ? [...state.pods].sort((a, b) => indexOf(a) - indexOf(b)) : state.pods;
  for (const pod of pods) {
    if (!isOpen(pod, state) || !isReleasable(pod, state)) continue;
    found.release.push(pod);
    const uid = pod.metadata.uid ?? "";
    const index = indexOf(pod);
    if (pod.status?.phase === "Succeeded" && !knownFailed.has(uid)) {
      if (spec.isIndexed) {
        if (isValidIndex(index, spec) && !state.previousIndexes.has(index)) {
          found.newIndexes.push(index);
          found.hasNews = true;
        }
      } else if (!knownSucceeded.has(uid)) {
        succeeded.push(uid);
        found.hasNews = true;
      }
    } else if (hasFailed(pod, spec) || ending?.early === "FailureTarget") {
      const isCounted = !knownFailed.has(uid) && (!spec.isIndexed || isValidIndex(index, spec));
      if (isCounted && countsAsFailure(pod, spec)) {
        failed.push(uid);
        found.hasNews = true;
      }
    }
    if (found.newIndexes.length + succeeded.length + failed.length >= MAX_PODS_PER_SYNC) {
      found.isCut = true;
      break;
    }
  }
  counters.uncountedSucceeded = succeeded;
  counters.uncountedFailed = failed;
  return found;
}

/** A pod that still runs keeps its finalizer, and so does one whose count its replacement must carry on. */
function isReleasable(pod: Pod, { ending, heldBack, job, spec }: SyncState): boolean {
  if (job.metadata.deletionTimestamp != null || ending !== null || pod.status?.phase === "Succeeded") return true;
  if (!hasFailed(pod, spec)) return false;
  if (spec.backoffLimitPerIndex === null) return true;
  return heldBack.get(indexOf(pod))?.metadata.uid !== pod.metadata.uid;
}

function setIndexes(state: SyncState, newIndexes: readonly number[]): boolean {
  const { counters } = state;
  state.succeededIndexes = state.succeededIndexes.with(newIndexes);
  const completed = state.succeededIndexes.toString();
  const failed = state.failedIndexes?.toString();
  const hasChanged = completed !== counters.completedIndexes || failed !== counters.failedIndexes;
  counters.succeeded = state.succeededIndexes.size;
  counters.completedIndexes = completed;
  counters.failedIndexes = failed;
  return hasChanged;
}

function announce(parts: JobParts, state: SyncState): void {
  const { counters, ending } = state;
  if (ending === null) return;
  const timestamp = nowTimestamp(parts);
  const { early, message, reason } = ending;
  counters.conditions = withJobCondition(counters.conditions, early, "True", reason, message, timestamp);
}

function* release(
  parts: JobParts,
  state: SyncState,
  pods: readonly Pod[],
  tracked: Set<string>,
): Steps<ApiError | null> {
  if (pods.length === 0) return null;
  const { client } = parts.context;
  let released = parts.released.get(state.key);
  if (released === undefined) {
    released = new Set();
    parts.released.set(state.key, released);
  }
  for (const pod of pods) released.add(pod.metadata.uid ?? "");
  const answers = yield* askAll<unknown>(
    pods.map(
      (pod) => (done: (answer: unknown) => void) => client.patch("pods", keyOf("pods", pod), withoutTracking, done),
    ),
  );
  let error: ApiError | null = null;
  answers.forEach((answer, i) => {
    const uid = pods[i]!.metadata.uid ?? "";
    if (answer instanceof ApiError) {
      parts.released.get(state.key)?.delete(uid);
      if (answer.reason !== "NotFound") {
        error ??= answer;
        return;
      }
    }
    tracked.delete(uid);
  });
  return error;
}

/** Moves those whose finalizer is gone from the names into the numbers. */
function countReleased(counters: Counters, tracked: ReadonlySet<string>): boolean {
  const succeeded = counters.uncountedSucceeded.filter((uid) => tracked.has(uid));
  const failed = counters.uncountedFailed.filter((uid) => tracked.has(uid));
  const newSucceeded = counters.uncountedSucceeded.length - succeeded.length;
  const newFailed = counters.uncountedFailed.length - failed.length;
  if (newSucceeded === 0 && newFailed === 0) return false;
  counters.succeeded += newSucceeded;
  counters.failed += newFailed;
  counters.uncountedSucceeded = succeeded;
  counters.uncountedFailed = failed;
  return true;
}

function finish(parts: JobParts, { counters, ending }: SyncState): boolean {
  if (ending === null || counters.uncountedSucceeded.length + counters.uncountedFailed.length > 0) return false;
  if (counters.terminating > 0) return false;
  const timestamp = nowTimestamp(parts);
  const type = ending.early === "FailureTarget" ? "Failed" : "Complete";
  const { message, reason } = ending;
  counters.conditions = withJobCondition(counters.conditions, type, "True", reason, message, timestamp);
  if (type === "Complete") counters.completionTime = timestamp;
  return true;
}

function report(parts: JobParts, { counters, ending, job, spec }: SyncState): void {
  const { events } = parts.context;
  if (ending === null) return;
  if (ending.early === "FailureTarget") {
    events.event(involved(job), "Warning", ending.reason, ending.message);
    return;
  }
  if (spec.completions !== null && counters.succeeded > spec.completions) {
    const text = "Too many succeeded pods running after completion count reached";
    events.event(involved(job), "Warning", "TooManySucceededPods", text);
  }
  events.event(involved(job), "Normal", "Completed", "Job completed");
}

function* writeStatus(parts: JobParts, state: SyncState): Steps<ApiError | null> {
  const job: Job = { ...state.job, status: statusOf(state.counters) };
  const answer = yield* ask<Job | ApiError>((done) => parts.context.client.updateStatus("jobs", job, done));
  if (answer instanceof ApiError) return answer;
  state.job = answer;
  return null;
}

/** As the API has it: what is zero or empty is left out where upstream leaves it out. */
function statusOf(counters: Counters): Job["status"] {
  const { active, completedIndexes, completionTime, conditions, failed, failedIndexes, startTime, succeeded } =
    counters;
  return {
    ...(active > 0 ? { active } : {}),
    ...(completedIndexes === "" ? {} : { completedIndexes }),
    ...(completionTime === null ? {} : { completionTime }),
    ...(conditions.length === 0 ? {} : { conditions }),
    ...(failed > 0 ? { failed } : {}),
    ...(failedIndexes === undefined ? {} : { failedIndexes }),
    ready: counters.ready,
    ...(startTime === null ? {} : { startTime }),
    ...(succeeded > 0 ? { succeeded } : {}),
    terminating: counters.terminating,
    uncountedTerminatedPods: {
      ...(counters.uncountedSucceeded.length === 0 ? {} : { succeeded: counters.uncountedSucceeded }),
      ...(counters.uncountedFailed.length === 0 ? {} : { failed: counters.uncountedFailed }),
    },
  };
}
