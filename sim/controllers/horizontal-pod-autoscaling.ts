// The HorizontalPodAutoscaler controller: every 15 s per autoscaler it reads metrics and sets the number of replicas. Pods are found by
// ownership, not by selector.
// Source: behaviour of kube-controller-manager's HPA controller (1.36).
import { ApiError } from "../apiserver/client.ts";
import { ask, type Steps } from "../engine/steps.ts";
import type { HorizontalPodAutoscaler, MetricTarget, PodMetrics } from "../model/objects.ts";
import { milliValue } from "../model/quantity.ts";
import { quantityText } from "../model/quantity-text.ts";
import { type Controller, type ControllerContext, type SyncResult, syncQueue } from "./framework/controller.ts";
import {
  type Failure,
  type Metric,
  type Proposed as ProposedByOne,
  proposeByOther,
  type Scene,
} from "./horizontal-pod-autoscaling/other-metrics.ts";
import {
  calculateReplicas,
  type Proposal,
  type Target,
  type Tolerances,
} from "./horizontal-pod-autoscaling/replica-calculator.ts";
import { amountOf, metricsOf, requestsOf } from "./horizontal-pod-autoscaling/resource-metrics.ts";
import { type ScaleTarget, ScaleTargets } from "./horizontal-pod-autoscaling/scale-target.ts";
import {
  decideByRules,
  decideSimply,
  downRules,
  remember,
  type ScalingMemory,
  upRules,
} from "./horizontal-pod-autoscaling/scaling-rules.ts";
import { type CurrentMetric, type HpaStatus, StatusDraft, sameStatus } from "./horizontal-pod-autoscaling/status.ts";

export const horizontalPodAutoscalingController: Controller = {
  name: "horizontal-pod-autoscaler-controller",
  eventSource: "horizontal-pod-autoscaler",
  watches: ["horizontalPodAutoscalers", "pods", "replicaSets"],
  start: (context) => new Autoscaling(context).start(),
};

const DEFAULT_METRICS: readonly Metric[] = [
  { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
];

interface Proposed {
  /** -1: not to be used. */
  readonly replicas: number;
  readonly metricName: string;
  readonly currentMetrics: readonly CurrentMetric[];
  readonly error: string | null;
}

class Autoscaling {
  private readonly context: ControllerContext;
  private readonly targets: ScaleTargets;
  private readonly memories = new Map<string, ScalingMemory>();

  constructor(context: ControllerContext) {
    this.context = context;
    this.targets = new ScaleTargets(context.client, context.informers);
  }

  start(): void {
    const { flags, informers } = this.context;
    const periodMicros = flags.horizontalPodAutoscalerSyncPeriodMicros;
    const hpas = informers.of("horizontalPodAutoscalers");
    const sync = (key: string) => this.sync(key);
    const queue = syncQueue(this.context, flags.concurrentHorizontalPodAutoscalerSyncs, function* (key) {
      const isKnown = yield* sync(key);
      return isKnown ? ({ againMicros: periodMicros } satisfies SyncResult) : undefined;
    });
    // whatever happens to it, its turn comes once per period
    hpas.listen({
      added: (_hpa, key) => queue.addAfter(key, periodMicros),
      updated: (_before, _after, key) => queue.addAfter(key, periodMicros),
      deleted: (_hpa, key) => this.memories.delete(key),
    });
    queue.start();
  }

  /** @returns is there such an autoscaler? */
  private *sync(key: string): Steps<boolean> {
    const hpa = this.context.informers.of("horizontalPodAutoscalers").cache.get(key);
    if (hpa?.spec === undefined) return false;
    const { engine, timestamps } = this.context;
    const draft = new StatusDraft(hpa.status, timestamps.at(engine.now));
    const target = yield* this.targets.get(hpa);
    if (target instanceof ApiError) {
      this.tell(hpa, "Warning", "FailedGetScale", target.message);
      const text = `the HPA controller was unable to get the target's current scale: ${target.message}`;
      draft.set("AbleToScale", false, "FailedGetScale", text);
      yield* this.write(hpa, { ...hpa.status, conditions: draft.conditions });
      return true;
    }
    const text = "the HPA controller was able to get the target's current scale";
    draft.set("AbleToScale", true, "SucceededGetScale", text);
    yield* this.reconcile(key, hpa, target, draft);
    return true;
  }

  private *reconcile(key: string, hpa: HorizontalPodAutoscaler, target: ScaleTarget, draft: StatusDraft): Steps {
    const { engine, timestamps } = this.context;
    const current = target.replicas;
    const min = hpa.spec?.minReplicas ?? 1;
    const max = hpa.spec?.maxReplicas ?? 1;
    const memory = this.memoryOf(key, current);
    let desired = current;
    let why = "";
    let currentMetrics: readonly CurrentMetric[] = [];
    if (current === 0 && min !== 0) {
      const text = "scaling is disabled since the replica count of the target is zero";
      draft.set("ScalingActive", false, "ScalingDisabled", text);
    } else if (current > max) [desired, why] = [max, "Current number of replicas above Spec.MaxReplicas"];
    else if (current < min) [desired, why] = [min, "Current number of replicas below Spec.MinReplicas"];
    else {
      const proposed = yield* this.propose(hpa, target, draft);
      currentMetrics = proposed.currentMetrics;
      if (proposed.replicas < 0) {
        const { error } = proposed;
        yield* this.write(
          hpa,
          this.statusOf(hpa, draft, current, hpa.status?.desiredReplicas ?? 0, currentMetrics, null),
        );
        this.tell(hpa, "Warning", "FailedComputeMetricsReplicas", error ?? "");
        return;
      }
      if (proposed.replicas > current) why = `${proposed.metricName} above target`;
      if (proposed.replicas < current) why = "All metrics below target";
      const request = { current, desired: proposed.replicas, min, max, nowMicros: engine.now };
      const decision = this.decide(hpa, memory, request);
      draft.set("AbleToScale", true, decision.ableToScale.reason, decision.ableToScale.message);
      draft.set("ScalingLimited", decision.isLimited, decision.limited.reason, decision.limited.message);
      desired = decision.replicas;
    }
    let lastScaleTime: string | null = null;
    if (desired !== current) {
      const refusal = yield* this.targets.scale(target, desired);
      if (refusal !== null) {
        const text = `New size: ${desired}; reason: ${why}; error: ${refusal.message}`;
        this.tell(hpa, "Warning", "FailedRescale", text);
        const failed = `the HPA controller was unable to update the target scale: ${refusal.message}`;
        draft.set("AbleToScale", false, "FailedUpdateScale", failed);
        yield* this.write(
          hpa,
          this.statusOf(hpa, draft, current, hpa.status?.desiredReplicas ?? 0, currentMetrics, null),
        );
        return;
      }
      const done = `the HPA controller was able to update the target scale to ${desired}`;
      draft.set("AbleToScale", true, "SucceededRescale", done);
      this.tell(hpa, "Normal", "SuccessfulRescale", `New size: ${desired}; reason: ${why}`);
      this.remember(hpa, memory, current, desired);
      lastScaleTime = timestamps.at(engine.now);
    }
    yield* this.write(hpa, this.statusOf(hpa, draft, current, desired, currentMetrics, lastScaleTime));
  }

  private decide(
    { spec }: HorizontalPodAutoscaler,
    memory: ScalingMemory,
    request: Parameters<typeof decideSimply>[1],
  ): ReturnType<typeof decideSimply> {
    const windowMicros = this.context.flags.horizontalPodAutoscalerDownscaleStabilizationMicros;
    if (spec?.behavior == null) return decideSimply(memory, request, windowMicros);
    const { scaleDown, scaleUp } = spec.behavior;
    return decideByRules(memory, request, upRules(scaleUp), downRules(scaleDown, windowMicros));
  }

  private remember({ spec }: HorizontalPodAutoscaler, memory: ScalingMemory, before: number, after: number): void {
    if (spec?.behavior == null) return;
    const { scaleDown, scaleUp } = spec.behavior;
    const rules = after > before ? upRules(scaleUp) : downRules(scaleDown, 0);
    remember(memory, before, after, this.context.engine.now, rules);
  }

  /** The largest proposal of all metrics. With some of them unknown it may only scale up. */
  private *propose(hpa: HorizontalPodAutoscaler, target: ScaleTarget, draft: StatusDraft): Steps<Proposed> {
    const { spec } = hpa;
    const metrics = spec?.metrics != null && spec.metrics.length > 0 ? spec.metrics : DEFAULT_METRICS;
    const pods = this.targets.podsOf(target);
    const { namespace = "default" } = hpa.metadata;
    const { client, engine, flags } = this.context;
    const isOfResource = ({ type }: Metric) => type === "Resource" || type === "ContainerResource";
    const all = !metrics.some(isOfResource)
      ? []
      : yield* ask<readonly PodMetrics[] | ApiError>((done) => client.list("podMetrics", { namespace }, done));
    const scene: Scene = {
      client,
      namespace,
      pods,
      specReplicas: target.replicas,
      statusReplicas: target.statusReplicas,
      tolerances: this.tolerancesOf(hpa),
      flags,
      nowMicros: engine.now,
    };
    let replicas = -1;
    let metricName = "";
    const currentMetrics: CurrentMetric[] = [];
    const failures: Failure[] = [];
    for (const metric of metrics) {
      const found = isOfResource(metric)
        ? this.proposeBy(metric, scene, all)
        : yield* proposeByOther(metric, { ...scene, nowMicros: engine.now });
      if ("reason" in found) {
        this.tell(hpa, "Warning", found.reason, found.message);
        failures.push(found);
        continue;
      }
      currentMetrics.push(found.status);
      if (found.replicas > replicas) [replicas, metricName] = [found.replicas, found.name];
    }
    const [first] = failures;
    if (first !== undefined && (replicas < 0 || replicas < target.replicas)) {
      const text = `the HPA was unable to compute the replica count: ${first.message}`;
      draft.set("ScalingActive", false, first.reason, text);
      const error = `invalid metrics (${failures.length} invalid out of ${metrics.length}), first error is: ${first.message}`;
      return { replicas: -1, metricName, currentMetrics, error };
    }
    const text = `the HPA was able to successfully calculate a replica count from ${metricName}`;
    draft.set("ScalingActive", true, "ValidMetricFound", text);
    return { replicas, metricName, currentMetrics, error: null };
  }

  /** Those of the flags, or of the behavior where it has its own. */
  private tolerancesOf({ spec }: HorizontalPodAutoscaler): Tolerances {
    const { horizontalPodAutoscalerTolerance: usual } = this.context.flags;
    const { scaleDown, scaleUp } = spec?.behavior ?? {};
    return {
      up: scaleUp?.tolerance == null ? usual : milliValue(scaleUp.tolerance) / 1000,
      down: scaleDown?.tolerance == null ? usual : milliValue(scaleDown.tolerance) / 1000,
    };
  }

  private proposeBy(
    metric: Metric,
    { flags, nowMicros, pods, specReplicas, tolerances }: Scene,
    all: readonly PodMetrics[] | ApiError,
  ): ProposedByOne | Failure {
    const reason = metric.type === "ContainerResource" ? "FailedGetContainerResourceMetric" : "FailedGetResourceMetric";
    const source = metric.type === "ContainerResource" ? metric.containerResource : metric.resource;
    if (source == null) return { reason, message: `unknown metric source type "${metric.type}"` };
    const { name: resource } = source;
    const container = metric.containerResource?.container ?? null;
    const wanted = targetOf(source.target, resource);
    const what = wanted.kind === "utilization" ? "utilization" : "usage";
    const fail = (why: string): Failure => ({ reason, message: `failed to get ${resource} ${what}: ${why}` });
    const unable = `unable to get metrics for resource ${resource}: `;
    if (all instanceof ApiError)
      return fail(`${unable}unable to fetch metrics from resource metrics API: ${all.message}`);
    const names = new Set(pods.map(({ metadata }) => metadata.name));
    const metrics = metricsOf(all, names, resource, container);
    if (metrics.size === 0) return fail(`${unable}no metrics returned from resource metrics API`);
    const requests = wanted.kind === "utilization" ? requestsOf(pods, resource, container) : new Map<string, number>();
    if (typeof requests === "string") return fail(requests);
    const proposal = calculateReplicas({
      currentReplicas: specReplicas,
      target: wanted,
      tolerances,
      resource,
      pods,
      metrics,
      requests,
      flags,
      nowMicros,
    });
    if (typeof proposal === "string") return fail(proposal);
    const of = container === null ? "resource" : "container resource";
    const name =
      wanted.kind === "utilization" ? `${resource} ${of} utilization (percentage of request)` : `${resource} ${of}`;
    return { replicas: proposal.replicas, name, status: currentOf(metric, resource, container, proposal) };
  }

  private statusOf(
    hpa: HorizontalPodAutoscaler,
    { conditions }: StatusDraft,
    currentReplicas: number,
    desiredReplicas: number,
    currentMetrics: readonly CurrentMetric[],
    scaledAt: string | null,
  ): HpaStatus {
    const { generation } = hpa.metadata;
    const lastScaleTime = scaledAt ?? hpa.status?.lastScaleTime ?? null;
    return {
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      ...(lastScaleTime === null ? {} : { lastScaleTime }),
      currentReplicas,
      desiredReplicas,
      ...(currentMetrics.length === 0 ? {} : { currentMetrics }),
      conditions,
    };
  }

  private *write(hpa: HorizontalPodAutoscaler, status: HpaStatus): Steps {
    if (sameStatus(hpa.status ?? {}, status)) return;
    const updated: HorizontalPodAutoscaler = { ...hpa, status };
    const answer = yield* ask<unknown>((done) =>
      this.context.client.updateStatus("horizontalPodAutoscalers", updated, done),
    );
    if (answer instanceof ApiError) this.tell(hpa, "Warning", "FailedUpdateStatus", answer.message);
  }

  private memoryOf(key: string, current: number): ScalingMemory {
    let memory = this.memories.get(key);
    if (memory === undefined) {
      memory = { recommendations: [{ atMicros: this.context.engine.now, value: current }], ups: [], downs: [] };
      this.memories.set(key, memory);
    }
    return memory;
  }

  private tell({ metadata }: HorizontalPodAutoscaler, type: "Normal" | "Warning", reason: string, text: string): void {
    const involved = { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", metadata };
    this.context.events.event(involved, type, reason, text);
  }
}

function targetOf({ averageUtilization, averageValue, value }: MetricTarget, resource: string): Target {
  if (averageUtilization != null) return { kind: "utilization", percent: averageUtilization };
  return { kind: "average", amount: Math.max(1, amountOf(resource, averageValue ?? value ?? 0)) };
}

function currentOf(
  metric: Metric,
  name: string,
  container: string | null,
  { average, utilization }: Proposal,
): CurrentMetric {
  const nanos = BigInt(average) * (name === "cpu" ? 1_000_000n : 1_000_000_000n);
  const current = {
    averageValue: quantityText(nanos, name === "memory" ? "1Ki" : 1),
    ...(utilization === null ? {} : { averageUtilization: utilization }),
  };
  if (container !== null) return { type: metric.type, containerResource: { name, container, current } };
  return { type: metric.type, resource: { name, current } };
}
