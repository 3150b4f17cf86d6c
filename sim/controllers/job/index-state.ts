// What the pods of an indexed Job say about its indexes: which have succeeded, which have failed for good, and which failed pod of an
// index must stay until its replacement has taken over its count. Source: KEP-3850 and behaviour of the job controller (1.36).
import type { Job, Pod } from "../../model/objects.ts";
import { isPodActive } from "../framework/pod-state.ts";
import { matchFailurePolicy } from "./failure-policy.ts";
import { IndexSet } from "./indexes.ts";
import {
  countOf,
  finishedMicros,
  hasFailed,
  INDEX_FAILURES_ANNOTATION,
  INDEX_IGNORED_FAILURES_ANNOTATION,
  indexOf,
  isTracked,
} from "./pods.ts";
import type { JobSpec } from "./spec.ts";
import { isToCount, isValidIndex } from "./sync-state.ts";

/** Those of the status, and with those of pods that have succeeded since. */
export function succeededIndexes(job: Job, spec: JobSpec, pods: readonly Pod[]): { before: IndexSet; now: IndexSet } {
  const before = IndexSet.parse(job.status?.completedIndexes, spec.completions ?? 0);
  const fresh = pods.filter(
    (pod) => pod.status?.phase === "Succeeded" && isTracked(pod) && isValidIndex(indexOf(pod), spec),
  );
  return { before, now: fresh.length === 0 ? before : before.with(fresh.map(indexOf)) };
}

export function failedIndexes(job: Job, spec: JobSpec, pods: readonly Pod[]): IndexSet {
  const before = IndexSet.parse(job.status?.failedIndexes, spec.completions ?? 0);
  const fresh = pods.filter(
    (pod) => isTracked(pod) && isValidIndex(indexOf(pod), spec) && hasFailed(pod, spec) && failsIndex(pod, spec),
  );
  return fresh.length === 0 ? before : before.with(fresh.map(indexOf));
}

/** The failure of this pod is the last that its index was allowed, or a rule says that it is. */
function failsIndex(pod: Pod, spec: JobSpec): boolean {
  if (spec.failureRules !== null) {
    const { action, counts } = matchFailurePolicy(spec.failureRules, pod, true);
    if (action === "FailIndex") return true;
    if (!counts) return false;
  }
  return countOf(pod, INDEX_FAILURES_ANNOTATION) >= (spec.backoffLimitPerIndex ?? Number.POSITIVE_INFINITY);
}

/** By index, for indexes that wait for a new pod. */
export function heldBackPods(
  spec: JobSpec,
  pods: readonly Pod[],
  released: ReadonlySet<string>,
  succeeded: IndexSet,
  failed: IndexSet,
): ReadonlyMap<number, Pod> {
  const active = new Set(pods.filter(isPodActive).map(indexOf));
  const held = new Map<number, Pod>();
  for (const pod of pods) {
    if (isPodActive(pod) || !isToCount(pod, spec, released, [])) continue;
    const index = indexOf(pod);
    if (active.has(index) || succeeded.has(index) || failed.has(index)) continue;
    const known = held.get(index);
    if (known === undefined || compareFailures(known, pod) <= 0) held.set(index, pod);
  }
  return held;
}

function compareFailures(a: Pod, b: Pod): number {
  return allFailures(a) - allFailures(b) || finishedMicros(a) - finishedMicros(b);
}

function allFailures(pod: Pod): number {
  return countOf(pod, INDEX_FAILURES_ANNOTATION) + countOf(pod, INDEX_IGNORED_FAILURES_ANNOTATION);
}

/** The counts that the next pod of an index begins with, as annotations. */
export function nextFailureCounts(spec: JobSpec, last: Pod | undefined): Readonly<Record<string, string>> {
  if (last === undefined) return { [INDEX_FAILURES_ANNOTATION]: "0" };
  const counted = countOf(last, INDEX_FAILURES_ANNOTATION);
  const ignored = countOf(last, INDEX_IGNORED_FAILURES_ANNOTATION);
  const isIgnored = spec.failureRules !== null && !matchFailurePolicy(spec.failureRules, last, true).counts;
  const annotations: Record<string, string> = {
    [INDEX_FAILURES_ANNOTATION]: String(isIgnored ? counted : counted + 1),
  };
  if (isIgnored || ignored > 0)
    annotations[INDEX_IGNORED_FAILURES_ANNOTATION] = String(isIgnored ? ignored + 1 : ignored);
  return annotations;
}
