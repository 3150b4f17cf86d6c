// The disruption controller: counts for each PodDisruptionBudget how many pods may be evicted, forgets evictions that did not come about
// within two minutes, and takes back a pod's DisruptionTarget condition when nothing followed. Not modelled: custom resources with a scale
// subresource. Source: behaviour of kube-controller-manager's disruption controller (1.36).
import { ApiError, keyOf } from "../apiserver/client.ts";
import { ask, type Steps } from "../engine/steps.ts";
import { MINUTE } from "../engine/tick.ts";
import type { Condition, Pod, PodDisruptionBudget } from "../model/objects.ts";
import { parseTimestampMicros } from "../model/timestamp.ts";
import { type ExpectedPods, expectedPods } from "./disruption/expected-pods.ts";
import { BudgetMembership } from "./disruption/membership.ts";
import { type Controller, type ControllerContext, type SyncResult, syncQueue } from "./framework/controller.ts";
import { isPodFinished, isPodReady } from "./framework/pod-state.ts";
import type { WorkQueue } from "./framework/work-queue.ts";

/** An eviction that was allowed must have led to a deletion within this time. */
const DELETION_TIMEOUT_MICROS = 2 * MINUTE;
const STALE_CONDITION_MICROS = 2 * MINUTE;

export const disruptionController: Controller = {
  name: "disruption-controller",
  eventSource: "controllermanager",
  watches: ["pods", "podDisruptionBudgets", "replicaSets", "replicationControllers", "deployments", "statefulSets"],
  start: (context) => new DisruptionController(context).start(),
};

type Status = NonNullable<PodDisruptionBudget["status"]>;

class DisruptionController {
  private readonly context: ControllerContext;
  private readonly members = new BudgetMembership();
  private readonly queue: WorkQueue;
  private readonly stale: WorkQueue;

  constructor(context: ControllerContext) {
    this.context = context;
    this.queue = syncQueue(context, 1, (key) => this.sync(key));
    this.stale = syncQueue(context, 1, (key) => this.clearStale(key));
  }

  start(): void {
    const { informers } = this.context;
    const pods = informers.of("pods");
    const byNamespace = pods.index("namespace", ({ metadata }) => [metadata.namespace ?? "default"]);
    const budgets = informers.of("podDisruptionBudgets");
    // all budgets first, so that each pod is matched once
    let isFirst = true;
    budgets.listen({
      added: (budget, key) => {
        this.budgetSeen(budget, key, isFirst ? [] : byNamespace.get(budget.metadata.namespace ?? "default"));
      },
      updated: (before, after, key) => {
        if (before.spec?.selector === after.spec?.selector) this.queue.add(key);
        else this.budgetSeen(after, key, byNamespace.get(after.metadata.namespace ?? "default"));
      },
      deleted: (budget, key) => {
        this.members.budgetGone(key, budget);
        this.queue.add(key);
      },
    });
    isFirst = false;
    pods.listen({
      added: (pod, key) => this.podSeen(pod, key),
      updated: (_before, pod, key) => this.podSeen(pod, key),
      deleted: (_pod, key) => {
        for (const budget of this.members.podGone(key)) this.queue.add(budget);
      },
    });
    this.queue.start();
    this.stale.start();
  }

  private budgetSeen(budget: PodDisruptionBudget, key: string, candidates: readonly Pod[]): void {
    if (this.members.podsOf(key).size > 0) this.members.budgetGone(key, budget);
    this.members.budgetSeen(
      key,
      budget,
      candidates.map((pod) => [keyOf("pods", pod), pod] as const),
    );
    this.queue.add(key);
  }

  private podSeen(pod: Pod, key: string): void {
    const budgets = this.members.podSeen(key, pod);
    if (budgets.length > 1) this.warnOfSeveral(pod, budgets);
    for (const budget of budgets) this.queue.add(budget);
    const leftMicros = this.staleInMicros(pod);
    if (leftMicros !== null) this.stale.addAfter(key, leftMicros);
  }

  private warnOfSeveral(pod: Pod, budgets: readonly string[]): void {
    const { name, namespace = "default" } = pod.metadata;
    const chosen = budgets[0]?.slice(budgets[0].indexOf("/") + 1);
    const text = `Pod "${namespace}"/"${name}" matches multiple PodDisruptionBudgets.  Chose "${chosen}" arbitrarily.`;
    const involved = { apiVersion: "v1", kind: "Pod", metadata: pod.metadata };
    this.context.events.event(involved, "Warning", "MultiplePodDisruptionBudgets", text);
  }

  private *sync(key: string): Steps<SyncResult> {
    const budget = this.context.informers.of("podDisruptionBudgets").cache.get(key);
    if (budget === undefined) return undefined;
    const pods = this.members.podsOf(key);
    if (pods.size === 0) this.tell(budget, "Normal", "NoPods", "No matching pods found");
    const expected = expectedPods(this.context.informers, budget, pods);
    if (typeof expected === "string") {
      const text = `Failed to calculate the number of expected pods: ${expected}`;
      this.tell(budget, "Warning", "CalculateExpectedPodCountFailed", text);
      yield* this.failSafe(budget, expected);
      return { error: expected };
    }
    if (expected.unmanaged.length > 0) {
      const text =
        'Pods selected by this PodDisruptionBudget were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.';
      this.tell(budget, "Warning", "UnmanagedPods", text);
    }
    const { again, disrupted } = this.disruptedPods(budget, pods);
    const status = this.statusOf(budget, expected, pods, disrupted);
    if (status !== null) {
      const error = yield* this.write({ ...budget, status });
      if (error !== null) return { error: error.message };
    }
    return again === null ? undefined : { againMicros: again };
  }

  /** Evicted pods whose deletion has not been seen yet. */
  private disruptedPods(
    budget: PodDisruptionBudget,
    pods: ReadonlyMap<string, Pod>,
  ): { readonly disrupted: ReadonlyMap<string, string>; readonly again: number | null } {
    const disrupted = new Map<string, string>();
    let again: number | null = null;
    const { now } = this.context.engine;
    for (const [name, since] of Object.entries(budget.status?.disruptedPods ?? {})) {
      const pod = pods.get(`${budget.metadata.namespace ?? "default"}/${name}`);
      if (pod === undefined || pod.metadata.deletionTimestamp != null) continue;
      const leftMicros = (parseTimestampMicros(since) ?? 0) + DELETION_TIMEOUT_MICROS - now;
      if (leftMicros <= 0) {
        const { name: own, namespace = "default" } = budget.metadata;
        const text = `Pod was expected by PDB ${namespace}/${own} to be deleted but it wasn't`;
        const involved = { apiVersion: "v1", kind: "Pod", metadata: pod.metadata };
        this.context.events.event(involved, "Warning", "NotDeleted", text);
        continue;
      }
      again = again === null ? leftMicros : Math.min(again, leftMicros);
      disrupted.set(name, since);
    }
    return { disrupted, again };
  }

  /** Null when it is as it was. */
  private statusOf(
    budget: PodDisruptionBudget,
    { desiredHealthy, expected }: ExpectedPods,
    pods: ReadonlyMap<string, Pod>,
    disrupted: ReadonlyMap<string, string>,
  ): Status | null {
    let currentHealthy = 0;
    for (const pod of pods.values()) {
      if (pod.metadata.deletionTimestamp != null || disrupted.has(pod.metadata.name)) continue;
      if (isPodReady(pod)) currentHealthy++;
    }
    // a budget without pods stays closed until it has some
    const disruptionsAllowed = expected <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
    const { metadata, status: before = {} } = budget;
    const generation = metadata.generation;
    const condition = allowedCondition(
      disruptionsAllowed,
      before.conditions ?? [],
      generation,
      this.context.timestamps.at(this.context.engine.now),
    );
    const isSame =
      before.disruptionsAllowed === disruptionsAllowed &&
      before.currentHealthy === currentHealthy &&
      before.desiredHealthy === desiredHealthy &&
      before.expectedPods === expected &&
      before.observedGeneration === generation &&
      sameTimes(before.disruptedPods ?? {}, disrupted) &&
      condition === null;
    if (isSame) return null;
    const others = (before.conditions ?? []).filter(({ type }) => type !== "DisruptionAllowed");
    return {
      ...before,
      ...(disrupted.size > 0 || before.disruptedPods != null ? { disruptedPods: Object.fromEntries(disrupted) } : {}),
      disruptionsAllowed,
      currentHealthy,
      desiredHealthy,
      expectedPods: expected,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      conditions: condition === null ? (before.conditions ?? []) : [...others, condition],
    };
  }

  /** What cannot be counted may not be disrupted. */
  private *failSafe(budget: PodDisruptionBudget, why: string): Steps {
    const { status = {} } = budget;
    const timestamp = this.context.timestamps.at(this.context.engine.now);
    const known = status.conditions?.find(({ type }) => type === "DisruptionAllowed");
    if (status.disruptionsAllowed === 0 && known?.reason === "SyncFailed" && known.message === why) return;
    const condition: Condition = {
      type: "DisruptionAllowed",
      status: "False",
      reason: "SyncFailed",
      message: why,
      lastTransitionTime: known?.status === "False" ? (known.lastTransitionTime ?? timestamp) : timestamp,
      ...(budget.metadata.generation === undefined ? {} : { observedGeneration: budget.metadata.generation }),
    };
    const others = (status.conditions ?? []).filter(({ type }) => type !== "DisruptionAllowed");
    yield* this.write({ ...budget, status: { ...status, disruptionsAllowed: 0, conditions: [...others, condition] } });
  }

  private *write(budget: PodDisruptionBudget): Steps<ApiError | null> {
    const { client } = this.context;
    const answer = yield* ask<unknown>((done) => client.updateStatus("podDisruptionBudgets", budget, done));
    return answer instanceof ApiError && answer.reason !== "NotFound" ? answer : null;
  }

  /** When the pod's condition is stale; null when it never will be. */
  private staleInMicros(pod: Pod): number | null {
    if (pod.metadata.deletionTimestamp != null || isPodFinished(pod)) return null;
    for (const { lastTransitionTime, reason, status, type } of pod.status?.conditions ?? []) {
      if (type !== "DisruptionTarget" || status !== "True" || reason === "TerminationByKubelet") continue;
      const since = lastTransitionTime == null ? 0 : (parseTimestampMicros(lastTransitionTime) ?? 0);
      return Math.max(0, since + STALE_CONDITION_MICROS - this.context.engine.now);
    }
    return null;
  }

  private *clearStale(key: string): Steps<SyncResult> {
    const { client, engine, informers, timestamps } = this.context;
    const pod = informers.of("pods").cache.get(key);
    const leftMicros = pod === undefined ? null : this.staleInMicros(pod);
    if (pod === undefined || leftMicros === null) return undefined;
    if (leftMicros > 0) return { againMicros: leftMicros };
    const timestamp = timestamps.at(engine.now);
    const cleared = (before: Pod): Pod => ({
      ...before,
      status: {
        ...before.status,
        conditions: (before.status?.conditions ?? []).map((condition) =>
          condition.type === "DisruptionTarget"
            ? { type: "DisruptionTarget", status: "False", lastTransitionTime: timestamp }
            : condition,
        ),
      },
    });
    const answer = yield* ask<unknown>((done) => client.patchStatus("pods", key, cleared, done));
    return answer instanceof ApiError && answer.reason !== "NotFound" ? { error: answer.message } : undefined;
  }

  private tell({ metadata }: PodDisruptionBudget, type: "Normal" | "Warning", reason: string, text: string): void {
    this.context.events.event({ apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata }, type, reason, text);
  }
}

/** Null when the known one says the same. */
function allowedCondition(
  allowed: number,
  conditions: readonly Condition[],
  generation: number | undefined,
  timestamp: string,
): Condition | null {
  const known = conditions.find(({ type }) => type === "DisruptionAllowed");
  const status = allowed > 0 ? "True" : "False";
  const reason = allowed > 0 ? "SufficientPods" : "InsufficientPods";
  if (known?.status === status && known.reason === reason && known.observedGeneration === generation) return null;
  const transition = known?.status === status ? (known.lastTransitionTime ?? timestamp) : timestamp;
  return {
    type: "DisruptionAllowed",
    status,
    reason,
    message: "",
    lastTransitionTime: transition,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
}

function sameTimes(before: Readonly<Record<string, string>>, now: ReadonlyMap<string, string>): boolean {
  const names = Object.keys(before);
  return names.length === now.size && names.every((name) => before[name] === now.get(name));
}
