// Serves the metrics that a scenario gives as adapters do: custom.metrics.k8s.io and external.metrics.k8s.io, worked out when somebody asks.
// Without any of a kind nobody serves it.
import type { AggregatedApi } from "../apiserver/aggregated-api.ts";
import type { ApiServer } from "../apiserver/server.ts";
import { type MetricSeries, seriesAt } from "../model/metric-series.ts";
import type { ExternalMetricValue, MetricValue, Pod } from "../model/objects.ts";
import { quantityText } from "../model/quantity-text.ts";
import { timestampAt } from "../model/timestamp.ts";

const NANOS_PER_MILLI = 1_000_000n;

/** @param running what is known of the pods that run */
export function serveMetricSeries(
  series: readonly MetricSeries[],
  api: Pick<ApiServer, "aggregate" | "get">,
  running: AggregatedApi<"podMetrics">,
  now: () => number,
): void {
  const external = series.filter(({ of }) => of.kind === "external");
  const custom = series.filter(({ of }) => of.kind !== "external");
  const within = (namespace: string | undefined) => (each: MetricSeries) =>
    namespace === undefined || namespace === "" || each.namespace === namespace;
  if (external.length > 0)
    api.aggregate("externalMetrics", {
      list: (namespace) => external.filter(within(namespace)).flatMap((each, i) => externalValues(each, i, now())),
    });
  if (custom.length === 0) return;
  const podsOf = (namespace: string): readonly Pod[] =>
    (running.list(namespace) ?? []).flatMap(({ metadata }) => api.get("pods", `${namespace}/${metadata.name}`) ?? []);
  api.aggregate("customMetrics", {
    list: (namespace) => custom.filter(within(namespace)).flatMap((each) => customValues(each, now(), podsOf)),
  });
}

function externalValues(series: MetricSeries, index: number, nowMicros: number): ExternalMetricValue[] {
  const milli = seriesAt(series, nowMicros);
  if (milli === null || series.of.kind !== "external") return [];
  const { metric, namespace, of } = series;
  return [
    {
      apiVersion: "external.metrics.k8s.io/v1beta1",
      kind: "ExternalMetricValue",
      metadata: { name: `${metric}.${index}`, namespace },
      metricName: metric,
      metricLabels: of.labels,
      timestamp: timestampAt(nowMicros),
      value: amountOf(milli),
    },
  ];
}

function customValues(
  series: MetricSeries,
  nowMicros: number,
  podsOf: (namespace: string) => readonly Pod[],
): MetricValue[] {
  const milli = seriesAt(series, nowMicros);
  if (milli === null) return [];
  const { metric, namespace, of } = series;
  const valueFor = (kind: string, name: string, amount: number): MetricValue => ({
    apiVersion: "custom.metrics.k8s.io/v1beta2",
    kind: "MetricValue",
    metadata: { name: `${metric}.${kind.toLowerCase()}.${name}`, namespace },
    describedObject: { kind, namespace, name },
    metric: { name: metric },
    timestamp: timestampAt(nowMicros),
    value: amountOf(amount),
  });
  if (of.kind === "object") return [valueFor(of.objectKind, of.name, milli)];
  if (of.kind === "external") return [];
  const names = Object.keys(of.labels);
  const pods = podsOf(namespace).filter(({ metadata }) =>
    names.every((name) => metadata.labels?.[name] === of.labels[name]),
  );
  if (!of.isShared) return pods.map(({ metadata }) => valueFor("Pod", metadata.name, milli));
  const ready = new Set(pods.filter(isReady));
  const share = ready.size === 0 ? 0 : Math.round(milli / ready.size);
  return pods.map((pod) => valueFor("Pod", pod.metadata.name, ready.has(pod) ? share : 0));
}

function isReady({ metadata, status }: Pod): boolean {
  const conditions = status?.conditions ?? [];
  return metadata.deletionTimestamp == null && conditions.some((c) => c.type === "Ready" && c.status === "True");
}

function amountOf(milli: number): string {
  return quantityText(BigInt(milli) * NANOS_PER_MILLI, 1);
}
