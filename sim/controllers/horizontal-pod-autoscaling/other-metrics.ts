// Proposals by metrics of type Pods, Object and External: values that adapters serve through custom.metrics.k8s.io and
// external.metrics.k8s.io, in thousandths. Source: behaviour of the HPA controller and its replica calculator (1.36), also its texts.
import { ApiError, type Client } from "../../apiserver/client.ts";
import { ask, type Steps } from "../../engine/steps.ts";
import type { ControllerFlags } from "../../model/controller-flags.ts";
import type {
  ExternalMetricValue,
  HorizontalPodAutoscaler,
  LabelSelector,
  MetricIdentifier,
  MetricTarget,
  MetricValue,
  Pod,
} from "../../model/objects.ts";
import { milliValue } from "../../model/quantity.ts";
import { quantityText } from "../../model/quantity-text.ts";
import { compileLabelSelector } from "../../model/selectors.ts";
import { parseTimestampMicros } from "../../model/timestamp.ts";
import { calculateReplicas, isWithin, type Tolerances } from "./replica-calculator.ts";
import type { PodMetricsByName } from "./resource-metrics.ts";
import type { CurrentMetric } from "./status.ts";

export type Metric = NonNullable<NonNullable<HorizontalPodAutoscaler["spec"]>["metrics"]>[number];

/** What the proposals are made from. */
export interface Scene {
  readonly client: Client;
  readonly namespace: string;
  readonly pods: readonly Pod[];
  /** As the scale says it wants them, and as its status says they are. */
  readonly specReplicas: number;
  readonly statusReplicas: number;
  readonly tolerances: Tolerances;
  readonly flags: ControllerFlags;
  readonly nowMicros: number;
}

export interface Proposed {
  readonly replicas: number;
  readonly name: string;
  readonly status: CurrentMetric;
}

/** Why there is no proposal, and the reason of its Event and condition. */
export interface Failure {
  readonly reason: string;
  readonly message: string;
}

const CUSTOM = "custom metrics API";
const EXTERNAL = "external metrics API";
const WINDOW_MICROS = 60_000_000;

export function* proposeByOther(metric: Metric, scene: Scene): Steps<Proposed | Failure> {
  if (metric.pods != null) return yield* byPods(metric.pods, scene);
  if (metric.object != null) return yield* byObject(metric.object, scene);
  if (metric.external != null) return yield* byExternal(metric.external, scene);
  return { reason: "InvalidMetricSourceType", message: `unknown metric source type "${metric.type}"` };
}

function* byPods({ metric, target }: NonNullable<Metric["pods"]>, scene: Scene): Steps<Proposed | Failure> {
  const reason = "FailedGetPodsMetric";
  const fail = (why: string): Failure => ({ reason, message: `failed to get pods metric value: ${why}` });
  const unable = `unable to get metric ${metric.name}: `;
  const values = yield* customValues(scene, metric, (value) => value.describedObject.kind === "Pod");
  if (values instanceof ApiError) return fail(`${unable}unable to fetch metrics from ${CUSTOM}: ${values.message}`);
  const names = new Set(scene.pods.map(({ metadata }) => metadata.name));
  const metrics: PodMetricsByName = new Map();
  for (const { describedObject, timestamp, value } of values) {
    if (!names.has(describedObject.name ?? "")) continue;
    const timestampMicros = timestamp === undefined ? 0 : (parseTimestampMicros(timestamp) ?? 0);
    metrics.set(describedObject.name ?? "", { value: milliValue(value), timestampMicros, windowMicros: WINDOW_MICROS });
  }
  if (metrics.size === 0) return fail(`${unable}no metrics returned from ${CUSTOM}`);
  const proposal = calculateReplicas({
    currentReplicas: scene.specReplicas,
    target: { kind: "average", amount: targetOf(target.averageValue) },
    tolerances: scene.tolerances,
    resource: "",
    pods: scene.pods,
    metrics,
    requests: new Map(),
    flags: scene.flags,
    nowMicros: scene.nowMicros,
  });
  if (typeof proposal === "string") return fail(proposal);
  const current = { averageValue: textOf(proposal.average) };
  return {
    replicas: proposal.replicas,
    name: `pods metric ${metric.name}`,
    status: { type: "Pods", pods: { metric, current } },
  };
}

function* byObject(
  { describedObject, metric, target }: NonNullable<Metric["object"]>,
  scene: Scene,
): Steps<Proposed | Failure> {
  const fail = (why: string): Failure => ({
    reason: "FailedGetObjectMetric",
    message: `failed to get object metric value: ${why}`,
  });
  const { kind = "", name = "" } = describedObject;
  const unable = `unable to get metric ${metric.name}: ${kind} on ${scene.namespace} ${name}`;
  const values = yield* customValues(
    scene,
    metric,
    (value) => value.describedObject.kind === kind && value.describedObject.name === name,
  );
  if (values instanceof ApiError) return fail(`${unable}/unable to fetch metrics from ${CUSTOM}: ${values.message}`);
  const [found] = values;
  if (found === undefined) {
    const missing = `the server could not find the metric ${metric.name} for ${kind.toLowerCase()}s ${name}`;
    return fail(`${unable}/unable to fetch metrics from ${CUSTOM}: ${missing}`);
  }
  const usage = milliValue(found.value);
  const status = (current: { readonly value: string } | { readonly averageValue: string }): CurrentMetric => ({
    type: "Object",
    object: { describedObject, metric, current },
  });
  if (isAverage(target)) {
    const { average, replicas } = perPod(usage, targetOf(target.averageValue), scene);
    const current = { averageValue: textOf(average) };
    return {
      replicas,
      name: `external metric ${metric.name}(${selectorText(metric.selector)})`,
      status: status(current),
    };
  }
  const replicas = byRatio(usage / targetOf(target.value), scene);
  if (typeof replicas === "string") return fail(replicas);
  return { replicas, name: `${kind} metric ${metric.name}`, status: status({ value: textOf(usage) }) };
}

function* byExternal({ metric, target }: NonNullable<Metric["external"]>, scene: Scene): Steps<Proposed | Failure> {
  const reason = "FailedGetExternalMetric";
  if (target.averageValue == null && target.value == null) {
    const message = "invalid external metric source: neither a value target nor an average value target was set";
    return { reason, message };
  }
  const fail = (why: string): Failure => ({ reason, message: `failed to get ${metric.name} external metric: ${why}` });
  const all = yield* ask<readonly ExternalMetricValue[] | ApiError>((done) =>
    scene.client.list("externalMetrics", { namespace: scene.namespace }, done),
  );
  const unable = `unable to get external metric ${scene.namespace}/${metric.name}/${selectorText(metric.selector)}: `;
  if (all instanceof ApiError) return fail(`${unable}unable to fetch metrics from ${EXTERNAL}: ${all.message}`);
  const selector = compileLabelSelector(metric.selector ?? {});
  const series = all.filter(
    ({ metricLabels, metricName }) => metricName === metric.name && selector.matches(metricLabels),
  );
  if (series.length === 0) return fail(`${unable}no metrics returned from ${EXTERNAL}`);
  const usage = series.reduce((sum, { value }) => sum + milliValue(value), 0);
  const name = `external metric ${metric.name}(${selectorText(metric.selector)})`;
  if (isAverage(target)) {
    const { average, replicas } = perPod(usage, targetOf(target.averageValue), scene);
    const current = { averageValue: textOf(average) };
    return { replicas, name, status: { type: "External", external: { metric, current } } };
  }
  const replicas = byRatio(usage / targetOf(target.value), scene);
  if (typeof replicas === "string") return fail(replicas);
  return { replicas, name, status: { type: "External", external: { metric, current: { value: textOf(usage) } } } };
}

function* customValues(
  { client, namespace }: Scene,
  metric: MetricIdentifier,
  isWanted: (value: MetricValue) => boolean,
): Steps<readonly MetricValue[] | ApiError> {
  const all = yield* ask<readonly MetricValue[] | ApiError>((done) =>
    client.list("customMetrics", { namespace }, done),
  );
  if (all instanceof ApiError) return all;
  return all.filter((value) => value.metric.name === metric.name && isWanted(value));
}

function isAverage({ averageValue, type, value }: MetricTarget): boolean {
  return type === "AverageValue" || (value == null && averageValue != null);
}

function targetOf(amount: MetricTarget["value"]): number {
  return Math.max(1, milliValue(amount ?? 0));
}

/** The use is shared by as many pods as the status says there are. */
function perPod(usage: number, target: number, { statusReplicas, tolerances }: Scene) {
  const ratio = statusReplicas === 0 ? 0 : usage / (target * statusReplicas);
  const isNear = statusReplicas > 0 && isWithin(tolerances, ratio);
  return {
    replicas: isNear ? statusReplicas : Math.ceil(usage / target),
    average: statusReplicas === 0 ? 0 : Math.ceil(usage / statusReplicas),
  };
}

/** As many times the ready pods as the use is too high. */
function byRatio(ratio: number, { pods, specReplicas, tolerances }: Scene): number | string {
  if (specReplicas === 0) return Math.ceil(ratio);
  if (isWithin(tolerances, ratio)) return specReplicas;
  if (pods.length === 0)
    return "unable to calculate ready pods: no pods returned by selector while calculating replica count";
  const ready = pods.filter(
    ({ status }) =>
      status?.phase === "Running" && status.conditions?.some((c) => c.type === "Ready" && c.status === "True"),
  );
  return Math.ceil(ratio * ready.length);
}

function textOf(milli: number): string {
  return quantityText(BigInt(milli) * 1_000_000n, 1);
}

/** As Go prints one: in the names of metrics, which Events and conditions quote. */
function selectorText(selector: LabelSelector | null | undefined): string {
  if (selector == null) return "nil";
  const labels = Object.keys(selector.matchLabels ?? {})
    .sort()
    .map((name) => `${name}: ${selector.matchLabels?.[name]},`)
    .join("");
  const expressions = (selector.matchExpressions ?? []).map(
    ({ key, operator, values }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${(values ?? []).join(" ")}],},`,
  );
  return `&LabelSelector{MatchLabels:map[string]string{${labels}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join("")}},}`;
}
