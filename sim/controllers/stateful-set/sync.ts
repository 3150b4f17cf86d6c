// One sync of a StatefulSet: pods that are missing are made, from the first ordinal up; those beyond the number go, from the last down;
// then pods of an old revision are replaced, from the last down. With OrderedReady each step waits for the one before it.
// Source: behaviour of kube-controller-manager 1.36 (with MaxUnavailableStatefulSet, on by default).
import { ApiError } from "../../apiserver/client.ts";
import type { RandomStream } from "../../engine/random.ts";
import { runSteps, type Steps } from "../../engine/steps.ts";
import type { OwnerReference, Pod, PodTemplateSpec, StatefulSet } from "../../model/objects.ts";
import { templateOf } from "../framework/history.ts";
import { scaledCount } from "../framework/int-or-percent.ts";
import { isPodAvailable } from "../framework/pod-state.ts";
import { slowStart } from "../framework/slow-start.ts";
import { byOrdinal, isInRange, ordinalOf, podOf, replicasOf, revisionOf, startOrdinal } from "./identity.ts";
import type { StatefulPodControl } from "./pod-control.ts";
import {
  countedStatus,
  isFinished,
  isHealthy,
  isRunningAndReady,
  type Revisions,
  type StatefulSetStatus,
} from "./status.ts";

/** What a step means for those after it: go on, or not now; or it failed. */
type Outcome = "goOn" | "wait" | ApiError;

/** The status as far as it is known, also when the sync failed on the way. */
export interface SyncOutcome {
  readonly status: StatefulSetStatus;
  readonly error: ApiError | null;
}

export interface StatefulSync {
  readonly key: string;
  readonly set: StatefulSet;
  /** Of the set, terminating ones too. */
  readonly pods: readonly Pod[];
  readonly revisions: Revisions;
  readonly control: StatefulPodControl;
  readonly reference: OwnerReference;
  readonly nowMicros: number;
  /** In which order what is done in parallel reaches the server. */
  readonly race: RandomStream;
}

export function* syncPods(sync: StatefulSync): Steps<SyncOutcome> {
  const { nowMicros, pods, revisions, set } = sync;
  const status = countedStatus(set, pods, revisions, nowMicros);
  const { condemned, replicas, present } = sorted(sync);
  if (set.metadata.deletionTimestamp != null) return { status, error: null };
  const isMonotonic = set.spec?.podManagementPolicy !== "Parallel";
  const unhealthy = firstUnhealthy(sync, replicas, condemned, present);

  const made = yield* forAll(replicas, isMonotonic, sync.race, (pod) => replica(sync, pod, present, isMonotonic));
  if (made !== "goOn") return stopped(status, made);
  for (const pod of condemned) {
    const error = yield* sync.control.retainClaims(set, pod);
    if (error !== null) return { status, error };
  }
  const removed = yield* forAll(condemned, isMonotonic, sync.race, (pod) => remove(sync, pod, unhealthy, isMonotonic));
  if (removed !== "goOn") return stopped(status, removed);
  if (set.spec?.updateStrategy?.type === "OnDelete") return { status, error: null };
  return yield* replaceOld(sync, replicas, status);
}

const stopped = (status: StatefulSetStatus, why: Outcome): SyncOutcome => ({
  status,
  error: why instanceof ApiError ? why : null,
});

/** The pods that the set is to have, those to be made among them, and the ones beyond, from the last down. */
function sorted(sync: StatefulSync): {
  readonly replicas: readonly Pod[];
  readonly condemned: readonly Pod[];
  readonly present: ReadonlySet<Pod>;
} {
  const { pods, set } = sync;
  const start = startOrdinal(set);
  const replicas = new Array<Pod | undefined>(replicasOf(set)).fill(undefined);
  const condemned: Pod[] = [];
  const present = new Set(pods);
  for (const pod of pods) {
    const ordinal = ordinalOf(set, pod);
    if (isInRange(set, ordinal)) replicas[ordinal - start] = pod;
    else if (ordinal >= 0) condemned.push(pod);
  }
  const order = byOrdinal(set);
  condemned.sort((a, b) => order(b, a));
  return { replicas: replicas.map((pod, i) => pod ?? newPod(sync, start + i)), condemned, present };
}

function newPod({ reference, revisions, set }: StatefulSync, ordinal: number): Pod {
  const rollingUpdate = set.spec?.updateStrategy?.rollingUpdate;
  const isRolling = (set.spec?.updateStrategy?.type ?? "RollingUpdate") === "RollingUpdate";
  // below the partition pods are made as they were
  const isOld = isRolling && ordinal < startOrdinal(set) + (rollingUpdate?.partition ?? 0);
  const revision = isOld ? revisions.current : revisions.update;
  const template: PodTemplateSpec = templateOf(revision) ?? set.spec?.template ?? { spec: { containers: [] } };
  return podOf(set, template, revision, ordinal, reference);
}

/** Of all that are there or to be made, the first that is not up: the only one that may go although it is not. */
function firstUnhealthy(
  { set }: StatefulSync,
  replicas: readonly Pod[],
  condemned: readonly Pod[],
  present: ReadonlySet<Pod>,
): Pod | undefined {
  const order = byOrdinal(set);
  const all = [...replicas, ...condemned].sort(order);
  return all.find((pod) => !present.has(pod) || !isHealthy(pod));
}

/** One after the other until one says to wait; or all, a few at a time, each on its own. */
function* forAll(
  pods: readonly Pod[],
  isMonotonic: boolean,
  race: RandomStream,
  step: (pod: Pod) => Steps<Outcome>,
): Steps<Outcome> {
  if (isMonotonic) {
    for (const pod of pods) {
      const outcome = yield* step(pod);
      if (outcome !== "goOn") return outcome;
    }
    return "goOn";
  }
  const { error } = yield* slowStart(pods.length, (i, done) => runSteps(step(pods[i] as Pod), done), race);
  return error ?? "goOn";
}

function* replica(
  { control, key, nowMicros, set }: StatefulSync,
  pod: Pod,
  present: ReadonlySet<Pod>,
  isMonotonic: boolean,
): Steps<Outcome> {
  const isThere = present.has(pod);
  // it is made anew once it is gone
  if (isThere && isFinished(pod)) {
    if (pod.metadata.deletionTimestamp != null) return "wait";
    return (yield* control.delete(set, pod)) ?? "wait";
  }
  if (!isThere) {
    if (control.hasStaleClaim(set, pod)) return "wait";
    const error = yield* control.create(key, set, pod);
    if (error !== null) return error;
    return isMonotonic ? "wait" : "goOn";
  }
  if (pod.status?.phase === "Pending") {
    const error = yield* control.createClaims(set, pod);
    if (error !== null) return error;
  }
  if (isMonotonic) {
    if (!isHealthy(pod)) return "wait";
    if (!isPodAvailable(pod, set.spec?.minReadySeconds ?? 0, nowMicros)) return "wait";
  }
  return (yield* control.retainClaims(set, pod)) ?? "goOn";
}

function* remove(
  { control, nowMicros, set }: StatefulSync,
  pod: Pod,
  unhealthy: Pod | undefined,
  isMonotonic: boolean,
): Steps<Outcome> {
  if (pod.metadata.deletionTimestamp != null) return isMonotonic ? "wait" : "goOn";
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  const isUp = isRunningAndReady(pod) && isPodAvailable(pod, minReadySeconds, nowMicros);
  // those before it come first, unless it is itself what is in the way
  if (!isUp && isMonotonic && pod !== unhealthy) return "wait";
  return (yield* control.delete(set, pod)) ?? "wait";
}

/** Deletes pods of old revisions, from the last ordinal down to the partition, as long as few enough are unavailable. */
function* replaceOld(
  { control, nowMicros, revisions, set }: StatefulSync,
  replicas: readonly Pod[],
  status: StatefulSetStatus,
): Steps<SyncOutcome> {
  const { maxUnavailable, partition } = set.spec?.updateStrategy?.rollingUpdate ?? {};
  const limit = Math.max(1, maxUnavailable == null ? 1 : scaledCount(maxUnavailable, replicas.length, false));
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  const isUnavailable = (pod: Pod) => !isHealthy(pod) || !isPodAvailable(pod, minReadySeconds, nowMicros);
  let room = limit - replicas.filter(isUnavailable).length;
  let currentReplicas = status.currentReplicas ?? 0;
  for (let i = replicas.length - 1; i >= (partition ?? 0) && room > 0; i--) {
    const pod = replicas[i] as Pod;
    if (revisionOf(pod) === revisions.update.metadata.name || pod.metadata.deletionTimestamp != null) continue;
    const error = yield* control.delete(set, pod);
    if (error !== null) return { status: { ...status, currentReplicas }, error };
    room--;
    currentReplicas--;
  }
  return { status: { ...status, currentReplicas }, error: null };
}
