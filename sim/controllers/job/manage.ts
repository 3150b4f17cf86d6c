// Brings the number of a Job's running pods to what its spec wants: removes what is too much, or else creates what is missing, unless
// the back-off after failures has not passed. Source: behaviour of the job controller's manageJob (1.36), also where it surprises:
// while it backs off it reports no active pods, and the API server refuses that status as long as pods are ready.
import { ApiError, keyOf } from "../../apiserver/client.ts";
import { askAll, type Steps } from "../../engine/steps.ts";
import type { Pod, PodTemplateSpec } from "../../model/objects.ts";
import { controllerReference } from "../framework/controller-ref.ts";
import { isNamespaceTerminating, type PodBlueprint } from "../framework/pod-control.ts";
import { isPodReady, isPodTerminating } from "../framework/pod-state.ts";
import { slowStart } from "../framework/slow-start.ts";
import { remainingMicros, remainingOfIndexMicros } from "./back-off.ts";
import { involved, JOB_KIND, type JobParts, MAX_PODS_PER_SYNC } from "./controller-parts.ts";
import { nextFailureCounts } from "./index-state.ts";
import { IndexSet } from "./indexes.ts";
import {
  compareForRemoval,
  INDEX_ANNOTATION,
  indexedPodSpec,
  indexOf,
  TRACKING_FINALIZER,
  withoutTracking,
} from "./pods.ts";
import { jobPodLabels } from "./spec.ts";
import { isValidIndex, type SyncState } from "./sync-state.ts";

/** How many pods are active afterwards, as the controller sees it; with the first refusal of the API server. */
export interface Managed {
  readonly active: number;
  readonly error: ApiError | null;
}

export function* manageJob(parts: JobParts, state: SyncState): Steps<Managed> {
  const { activePods, counters, spec } = state;
  const active = activePods.length;
  if (spec.isSuspended) return yield* remove(parts, state, forRemoval(state, active));
  const wanted = wantedActive(state);
  const surplus = forRemoval(state, Math.max(0, active - wanted)).slice(0, MAX_PODS_PER_SYNC);
  if (surplus.length > 0) return yield* remove(parts, state, surplus);
  const terminating = spec.replacesOnlyFailed ? counters.terminating : 0;
  const missing = wanted - terminating - active;
  if (missing <= 0) return { active, error: null };
  const hasOwnLimits = spec.backoffLimitPerIndex !== null;
  const { now } = parts.context.engine;
  const pauseMicros = hasOwnLimits ? 0 : remainingMicros(state.backOff, now);
  if (pauseMicros > 0) {
    parts.again(state.key, pauseMicros);
    return { active: 0, error: null };
  }
  const count = Math.min(missing, MAX_PODS_PER_SYNC);
  if (!spec.isIndexed) return yield* create(parts, state, count, null);
  let indexes: readonly number[] = pendingIndexes(state, count);
  if (hasOwnLimits && indexes.length > 0) {
    const pauses = indexes.map((index) => remainingOfIndexMicros(state.heldBack.get(index), now));
    const shortest = Math.min(...pauses);
    if (shortest > 0) {
      parts.again(state.key, shortest);
      return { active: 0, error: null };
    }
    indexes = indexes.filter((_, i) => pauses[i] === 0);
  }
  return yield* create(parts, state, indexes.length, indexes);
}

function wantedActive({ activePods, spec, succeeded }: SyncState): number {
  if (spec.completions === null) return succeeded > 0 ? activePods.length : spec.parallelism;
  return Math.max(0, Math.min(spec.completions - succeeded, spec.parallelism));
}

/** Pods of an index that another has as well or that there is no more; further ones by what they have come to. */
function forRemoval({ activePods, spec }: SyncState, atLeast: number): Pod[] {
  const surplus: Pod[] = [];
  let rest: Pod[] = [...activePods];
  if (spec.isIndexed) {
    rest = [];
    const ordered = [...activePods].sort((a, b) => indexOf(a) - indexOf(b) || compareForRemoval(b, a));
    let last = -1;
    for (const pod of ordered) {
      const index = indexOf(pod);
      if (!isValidIndex(index, spec) || index === last) surplus.push(pod);
      else rest.push(pod);
      last = index;
    }
  }
  if (surplus.length < atLeast) surplus.push(...rest.sort(compareForRemoval).slice(0, atLeast - surplus.length));
  return surplus;
}

function pendingIndexes(
  { activePods, failedIndexes, pods, spec, succeededIndexes }: SyncState,
  count: number,
): number[] {
  let taken = succeededIndexes.union(IndexSet.of(activePods.map(indexOf)));
  if (spec.replacesOnlyFailed) taken = taken.with(pods.filter(isPodTerminating).map(indexOf));
  if (failedIndexes !== null) taken = taken.union(failedIndexes);
  return taken.missing(count, spec.completions ?? 0);
}

function* remove(parts: JobParts, state: SyncState, pods: readonly Pod[]): Steps<Managed> {
  const { counters, job, key } = state;
  const active = state.activePods.length;
  if (pods.length === 0) return { active, error: null };
  const { client } = parts.context;
  parts.expectations.expectDeletions(
    key,
    pods.map((pod) => keyOf("pods", pod)),
  );
  const answers = yield* askAll<unknown>(
    pods.map((pod) => (done: (answer: unknown) => void) => {
      const podKey = keyOf("pods", pod);
      client.patch("pods", podKey, withoutTracking, (patched) => {
        if (patched instanceof ApiError) done(patched);
        else parts.pods.delete(involved(job), pod, done);
      });
    }),
  );
  let removed = pods.length;
  let error: ApiError | null = null;
  answers.forEach((answer, i) => {
    if (!(answer instanceof ApiError)) return;
    parts.expectations.deletionObserved(key, keyOf("pods", pods[i]!));
    if (answer.reason === "NotFound") return;
    removed--;
    error ??= answer;
  });
  counters.terminating += removed;
  counters.ready -= pods.reduce((sum, pod) => sum + (isPodReady(pod) ? 1 : 0), 0);
  return { active: active - removed, error };
}

function* create(parts: JobParts, state: SyncState, count: number, indexes: readonly number[] | null): Steps<Managed> {
  const active = state.activePods.length;
  if (count === 0) return { active, error: null };
  parts.expectations.expectCreations(state.key, count);
  const common = blueprint(state);
  let tried = 0;
  let refused = 0;
  const { error } = yield* slowStart(count, (i, done) => {
    tried++;
    const own = indexes === null ? common : indexedBlueprint(common, state, indexes[i]!);
    parts.pods.create(own, (answer) => {
      // nothing can be done in a namespace that is going away: that is no failure
      if (answer instanceof ApiError && isNamespaceTerminating(answer)) return done(null);
      if (answer instanceof ApiError) {
        refused++;
        parts.expectations.creationObserved(state.key);
      }
      done(answer);
    });
  });
  for (let i = tried; i < count; i++) parts.expectations.creationObserved(state.key);
  return { active: active + tried - refused, error };
}

function blueprint({ job, spec }: SyncState): PodBlueprint {
  const { template } = spec;
  const finalizers = template.metadata?.finalizers ?? [];
  const tracked: PodTemplateSpec = {
    ...template,
    metadata: {
      ...template.metadata,
      finalizers: finalizers.includes(TRACKING_FINALIZER) ? finalizers : [...finalizers, TRACKING_FINALIZER],
    },
  };
  const labels = job.spec?.manualSelector === true ? {} : jobPodLabels(job);
  return {
    owner: involved(job),
    reference: controllerReference(job, JOB_KIND),
    template: tracked,
    labels: { ...template.metadata?.labels, ...labels },
  };
}

function indexedBlueprint(common: PodBlueprint, state: SyncState, index: number): PodBlueprint {
  const { job, spec } = state;
  const counts = spec.backoffLimitPerIndex === null ? {} : nextFailureCounts(spec, state.heldBack.get(index));
  const { template } = common;
  const annotations = { ...template.metadata?.annotations, [INDEX_ANNOTATION]: String(index), ...counts };
  return {
    ...common,
    template: { ...template, metadata: { ...template.metadata, annotations } },
    labels: { ...common.labels, [INDEX_ANNOTATION]: String(index) },
    spec: indexedPodSpec(spec.template.spec, job.metadata.name, index),
    generateName: `${job.metadata.name.slice(0, MAX_INDEXED_BASE - String(index).length)}-${index}-`,
  };
}

const MAX_INDEXED_BASE = 56;
