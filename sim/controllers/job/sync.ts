// One sync of a Job: what its pods have come to, whether that ends it, what is to be created or removed, and then the counting.
// Source: behaviour of the job controller's syncJob (1.36).
import { ApiError } from "../../apiserver/client.ts";
import { askAll, type Steps } from "../../engine/steps.ts";
import { SECOND } from "../../engine/tick.ts";
import type { Job, Pod } from "../../model/objects.ts";
import { parseTimestampMicros } from "../../model/timestamp.ts";
import type { SyncResult } from "../framework/controller.ts";
import { isPodFinished, isPodReady } from "../framework/pod-state.ts";
import { NO_FAILURES, withFinished } from "./back-off.ts";
import {
  announcedEnding,
  type Ending,
  failure,
  isJobFinished,
  REACHED_COMPLETIONS,
  success,
  withJobCondition,
} from "./conditions.ts";
import { involved, type JobParts, nowTimestamp } from "./controller-parts.ts";
import { failedIndexes, heldBackPods, succeededIndexes } from "./index-state.ts";
import { IndexSet } from "./indexes.ts";
import { manageJob } from "./manage.ts";
import { hasFailed, restartsOf } from "./pods.ts";
import { type JobSpec, jobSpecOf } from "./spec.ts";
import { metSuccessRule } from "./success-policy.ts";
import { activeOf, countersOf, countsAsFailure, failJobMessage, isToCount, type SyncState } from "./sync-state.ts";
import { trackPods } from "./tracking.ts";

/** @param pods all whose controller the Job is */
export function* syncJob(parts: JobParts, key: string, job: Job, pods: readonly Pod[]): Steps<SyncResult> {
  const spec = jobSpecOf(job);
  if (isJobFinished(job) || spec === undefined) {
    parts.backOffs.delete(key);
    return undefined;
  }
  const satisfied = parts.expectations.isSatisfied(key);
  const state = stateOf(parts, key, job, spec, pods);
  const { counters } = state;
  if (counters.startTime === null && !spec.isSuspended) counters.startTime = nowTimestamp(parts);
  state.ending = endingOf(parts, state);
  if (spec.isIndexed) indexEnding(state);

  let error: ApiError | null = null;
  let suspensionChanged = false;
  if (state.ending !== null) {
    const removed = yield* deleteActive(parts, state);
    error = removed.error;
    // pods are left that it does not know of, or could not delete
    if (removed.deleted !== counters.active || !satisfied) state.ending = null;
    counters.active -= removed.deleted;
    counters.terminating += removed.deleted;
    counters.ready -= removed.ready;
  } else {
    const isManaged = satisfied && job.metadata.deletionTimestamp == null;
    if (isManaged) {
      const managed = yield* manageJob(parts, state);
      counters.active = managed.active;
      error = managed.error;
    }
    const { completions } = spec;
    const isComplete = counters.active === 0 && state.succeeded >= (completions ?? 1);
    if (isComplete) state.ending = REACHED_COMPLETIONS;
    else if (isManaged) suspensionChanged = noteSuspension(parts, state);
  }
  const { status } = job;
  const hasChanged =
    suspensionChanged ||
    counters.active !== (status?.active ?? 0) ||
    counters.ready !== status?.ready ||
    counters.terminating !== status?.terminating;
  const refusal = (yield* trackPods(parts, state, hasChanged)) ?? error;
  return refusal === null ? undefined : { error: refusal.message };
}

function stateOf(parts: JobParts, key: string, job: Job, spec: JobSpec, pods: readonly Pod[]): SyncState {
  const activePods = activeOf(pods);
  const released = new Set(parts.released.get(key));
  const counters = countersOf(job, pods, activePods);
  const isNew = (pod: Pod, uncounted: readonly string[]) => isToCount(pod, spec, released, uncounted);
  const newSucceeded = pods.filter(
    (pod) => pod.status?.phase === "Succeeded" && isNew(pod, counters.uncountedSucceeded),
  );
  const newFailed = pods.filter((pod) => hasFailed(pod, spec) && isNew(pod, counters.uncountedFailed));
  const counted = newFailed.filter((pod) => countsAsFailure(pod, spec)).length;
  let succeeded = counters.succeeded + newSucceeded.length + counters.uncountedSucceeded.length;
  const indexes = spec.isIndexed ? succeededIndexes(job, spec, pods) : { before: IndexSet.EMPTY, now: IndexSet.EMPTY };
  if (spec.isIndexed) succeeded = indexes.now.size;
  const failed = spec.isIndexed && spec.backoffLimitPerIndex !== null ? failedIndexes(job, spec, pods) : null;
  return {
    key,
    job,
    spec,
    pods,
    activePods,
    releasedUids: released,
    counters,
    succeeded,
    failed: counters.failed + counted + counters.uncountedFailed.length,
    backOff: withFinished(parts.backOffs.get(key) ?? NO_FAILURES, newSucceeded, newFailed),
    previousIndexes: indexes.before,
    succeededIndexes: indexes.now,
    failedIndexes: failed,
    heldBack: failed === null ? new Map() : heldBackPods(spec, pods, released, indexes.now, failed),
    ending: null,
  };
}

function endingOf(parts: JobParts, state: SyncState): Ending | null {
  const { job, pods, spec } = state;
  const announced = announcedEnding(job);
  if (announced !== null) return announced;
  const message = failJobMessage(pods, spec);
  if (message !== null) return failure("PodFailurePolicy", message);
  if (state.failed > spec.backoffLimit || hasRestartedTooOften(spec, pods))
    return failure("BackoffLimitExceeded", "Job has reached the specified backoff limit");
  const { startTime } = state.counters;
  if (spec.activeDeadlineSeconds === null || spec.isSuspended || startTime === null) return null;
  const passedMicros = parts.context.engine.now - (parseTimestampMicros(startTime) ?? 0);
  const leftMicros = spec.activeDeadlineSeconds * SECOND - passedMicros;
  if (leftMicros <= 0) return failure("DeadlineExceeded", "Job was active longer than specified deadline");
  parts.atDeadline(state.key, leftMicros);
  return null;
}

/** Only where containers are restarted in place: then restarts are the failures. */
function hasRestartedTooOften(spec: JobSpec, pods: readonly Pod[]): boolean {
  if (spec.template.spec.restartPolicy !== "OnFailure") return false;
  let restarts = 0;
  for (const pod of pods) if (!isPodFinished(pod)) restarts += restartsOf(pod);
  return spec.backoffLimit === 0 ? restarts > 0 : restarts >= spec.backoffLimit;
}

function indexEnding(state: SyncState): void {
  const { failedIndexes: failed, spec, succeededIndexes: succeeded } = state;
  if (state.ending !== null) return;
  if (failed !== null) {
    if (spec.maxFailedIndexes !== null && failed.size > spec.maxFailedIndexes) {
      const text = "Job has exceeded the specified maximal number of failed indexes";
      state.ending = failure("MaxFailedIndexesExceeded", text);
      return;
    }
    if (failed.size > 0 && failed.size + succeeded.size >= (spec.completions ?? 0)) {
      state.ending = failure("FailedIndexes", "Job has failed indexes");
      return;
    }
  }
  const rule = metSuccessRule(spec, succeeded);
  if (rule !== null) state.ending = success("SuccessPolicy", rule);
}

interface Removed {
  readonly deleted: number;
  readonly ready: number;
  readonly error: ApiError | null;
}

/** Deletes what runs; finalizers stay until it is counted. */
function* deleteActive(parts: JobParts, { activePods, job }: SyncState): Steps<Removed> {
  const answers = yield* askAll<unknown>(
    activePods.map((pod) => (done: (answer: unknown) => void) => parts.pods.delete(involved(job), pod, done)),
  );
  let deleted = activePods.length;
  let error: ApiError | null = null;
  for (const answer of answers) {
    if (!(answer instanceof ApiError) || answer.reason === "NotFound") continue;
    deleted--;
    error ??= answer;
  }
  return { deleted, error, ready: activePods.reduce((sum, pod) => sum + (isPodReady(pod) ? 1 : 0), 0) };
}

function noteSuspension(parts: JobParts, { counters, job, spec }: SyncState): boolean {
  const timestamp = nowTimestamp(parts);
  const { events } = parts.context;
  const before = counters.conditions;
  if (spec.isSuspended) {
    counters.conditions = withJobCondition(before, "Suspended", "True", "JobSuspended", "Job suspended", timestamp);
    if (counters.conditions === before) return false;
    counters.startTime = null;
    events.event(involved(job), "Normal", "Suspended", "Job suspended");
    return true;
  }
  counters.conditions = withJobCondition(before, "Suspended", "False", "JobResumed", "Job resumed", timestamp);
  if (counters.conditions === before) return false;
  // the deadline counts from here
  counters.startTime = timestamp;
  events.event(involved(job), "Normal", "Resumed", "Job resumed");
  return true;
}
