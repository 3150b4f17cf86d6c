// The eviction subresource: deletes a pod unless a disruption budget forbids it. Pods that are no loss go freely; the budget is paid
// for before the pod is marked and deleted, so a failure on the way costs the budget until its controller counts anew.
// Source: behaviour of kube-apiserver's pod eviction storage, 1.36.
import type { RandomStream } from "../engine/random.ts";
import { ask, type Steps } from "../engine/steps.ts";
import type { Condition, Pod, PodDisruptionBudget } from "../model/objects.ts";
import { withCondition } from "../model/pod-conditions.ts";
import { compileLabelSelector } from "../model/selectors.ts";
import { ApiError, type DeleteOptions, type Done } from "./client.ts";
import { forbidden, modified } from "./refusals.ts";
import type { Moment, Verdict } from "./verbs.ts";

/** What an eviction does to the store, each by a callback. */
export interface EvictionStore {
  moment(): Moment;
  getPod(key: string, done: Done<Pod>): void;
  changePod(key: string, decide: (before: Pod) => Verdict<"pods">, done: Done<Pod>): void;
  deletePod(key: string, options: DeleteOptions, done: Done<null>): void;
  budgets(namespace: string): readonly PodDisruptionBudget[];
  changeBudget(
    key: string,
    decide: (before: PodDisruptionBudget) => Verdict<"podDisruptionBudgets">,
    done: Done<PodDisruptionBudget>,
  ): void;
  wait(micros: number, then: () => void): void;
}

const MAX_TRIES = 20;
const PAUSE_MICROS = 500_000;
const PAUSE_JITTER = 0.1;
const MAX_DISRUPTED_PODS = 2000;
const VIOLATION = "Cannot evict pod as it would violate the pod's disruption budget.";
const BUSY_SECONDS = 10;

/** Ends with null when the pod is deleted or stopping. */
export function* evicted(
  store: EvictionStore,
  key: string,
  options: DeleteOptions,
  jitter: () => RandomStream,
): Steps<null | ApiError> {
  for (let tries = 1; ; tries++) {
    const answer = yield* attempt(store, key, options, jitter);
    const isConflict =
      answer instanceof ApiError && answer.reason === "Conflict" && options.resourceVersion === undefined;
    if (!isConflict || tries === MAX_TRIES) return answer;
    yield* rest(store, jitter);
  }
}

function* attempt(
  store: EvictionStore,
  key: string,
  options: DeleteOptions,
  jitter: () => RandomStream,
): Steps<null | ApiError> {
  const pod = yield* ask<Pod | ApiError>((done) => store.getPod(key, done));
  if (pod instanceof ApiError) return pod;
  const { name, namespace = "default", resourceVersion, uid } = pod.metadata;
  // the pod must still be the one that was judged
  const asJudged: DeleteOptions = { ...options, uid: options.uid ?? uid, resourceVersion };
  if (isNoLoss(pod)) return yield* markAndDelete(store, key, pod, asJudged, true);
  const budgets = store.budgets(namespace).filter((budget) => covers(budget, pod));
  if (budgets.length > 1) {
    const text = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
    return new ApiError("InternalError", text);
  }
  const [budget] = budgets;
  if (budget !== undefined) {
    if (!isReady(pod) && mayGoUnready(budget)) return yield* markAndDelete(store, key, pod, asJudged, true);
    const refusal = yield* pay(store, budget, name, jitter);
    if (refusal !== null) return refusal;
  }
  return yield* markAndDelete(store, key, pod, options, false);
}

/** Of two evictions that pay from the same budget at once, one finds it changed and tries again half a second later. */
function* pay(
  store: EvictionStore,
  budget: PodDisruptionBudget,
  podName: string,
  jitter: () => RandomStream,
): Steps<ApiError | null> {
  const { name, namespace = "default" } = budget.metadata;
  let known: PodDisruptionBudget | undefined = budget;
  for (let tries = 1; ; tries++) {
    const version = known?.metadata.resourceVersion;
    const paid = yield* ask<PodDisruptionBudget | ApiError>((done) =>
      store.changeBudget(
        `${namespace}/${name}`,
        (before) =>
          before.metadata.resourceVersion === version
            ? charged(before, podName, store.moment())
            : modified("podDisruptionBudgets", name),
        done,
      ),
    );
    if (!(paid instanceof ApiError)) return null;
    if (paid.reason !== "Conflict" || tries === MAX_TRIES) return paid;
    yield* rest(store, jitter);
    known = store.budgets(namespace).find(({ metadata }) => metadata.name === name);
  }
}

function* rest(store: EvictionStore, jitter: () => RandomStream): Steps {
  const pause = Math.round(PAUSE_MICROS * (1 + PAUSE_JITTER * jitter().nextDouble()));
  yield* ask<void>((done) => store.wait(pause, () => done()));
}

function* markAndDelete(
  store: EvictionStore,
  key: string,
  { metadata }: Pod,
  options: DeleteOptions,
  isStrict: boolean,
): Steps<null | ApiError> {
  const moment = store.moment();
  const marked = yield* ask<Pod | ApiError>((done) =>
    store.changePod(
      key,
      (before) => {
        if (isStrict && before.metadata.resourceVersion !== metadata.resourceVersion)
          return modified("pods", metadata.name);
        if (before.metadata.uid !== metadata.uid) return modified("pods", metadata.name);
        return { remove: false, object: withTarget(before, moment) };
      },
      done,
    ),
  );
  if (marked instanceof ApiError) return marked;
  const precondition = isStrict ? { uid: marked.metadata.uid, resourceVersion: marked.metadata.resourceVersion } : {};
  return yield* ask<null | ApiError>((done) => store.deletePod(key, { ...options, ...precondition }, done));
}

function withTarget(pod: Pod, moment: Moment): Pod {
  const condition: Condition = {
    type: "DisruptionTarget",
    status: "True",
    reason: "EvictionByEvictionAPI",
    message: "Eviction API: evicting",
    lastTransitionTime: moment.timestamps.at(moment.nowMicros),
  };
  return { ...pod, status: { ...pod.status, conditions: withCondition(pod.status?.conditions, condition) } };
}

function isNoLoss({ metadata, status }: Pod): boolean {
  const phase = status?.phase ?? "Pending";
  return metadata.deletionTimestamp != null || phase === "Pending" || phase === "Succeeded" || phase === "Failed";
}

function covers({ spec }: PodDisruptionBudget, pod: Pod): boolean {
  return compileLabelSelector(spec?.selector).matches(pod.metadata.labels ?? {});
}

function isReady({ status }: Pod): boolean {
  return (status?.conditions ?? []).some(({ type, status: is }) => type === "Ready" && is === "True");
}

/** May a pod that serves nobody go, whatever is left of the budget? */
function mayGoUnready({ spec, status }: PodDisruptionBudget): boolean {
  if (spec?.unhealthyPodEvictionPolicy === "AlwaysAllow") return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  return desiredHealthy > 0 && currentHealthy >= desiredHealthy;
}

function charged(before: PodDisruptionBudget, podName: string, moment: Moment): Verdict<"podDisruptionBudgets"> {
  const { metadata, status = {} } = before;
  const { disruptionsAllowed = 0, disruptedPods, observedGeneration = 0 } = status;
  const kind = "podDisruptionBudgets";
  // the controller has not counted since the budget was changed
  if (observedGeneration < (metadata.generation ?? 0)) return new ApiError("TooManyRequests", VIOLATION, BUSY_SECONDS);
  if (disruptionsAllowed < 0) return forbidden(kind, metadata.name, "pdb disruptions allowed is negative");
  if (Object.keys(disruptedPods ?? {}).length > MAX_DISRUPTED_PODS)
    return forbidden(
      kind,
      metadata.name,
      "DisruptedPods map too big - too many evictions not confirmed by PDB controller",
    );
  if (disruptionsAllowed === 0) return new ApiError("TooManyRequests", VIOLATION);
  const left = disruptionsAllowed - 1;
  const now = moment.timestamps.at(moment.nowMicros);
  const condition: Condition = {
    type: "DisruptionAllowed",
    status: left > 0 ? "True" : "False",
    reason: left > 0 ? "SufficientPods" : "InsufficientPods",
    observedGeneration,
    lastTransitionTime: now,
  };
  const after: PodDisruptionBudget = {
    ...before,
    status: {
      ...status,
      disruptionsAllowed: left,
      disruptedPods: { ...disruptedPods, [podName]: now },
      conditions: withCondition(status.conditions, condition),
    },
  };
  return { remove: false, object: after };
}
