// From what a scenario says about metrics to the plan.
import type { MetricSeries, MetricSource } from "../model/metric-series.ts";
import { durationMicros } from "./duration-schema.ts";
import type { MetricsSpec } from "./metrics-schema.ts";

export function metricsPlan(spec: MetricsSpec): MetricSeries[] {
  return spec.map(({ between, name, namespace = "default", values, ...of }) => ({
    metric: name,
    namespace,
    of: sourceOf(of),
    points:
      typeof values === "number"
        ? [{ atMicros: 0, milli: Math.round(values * 1000) }]
        : values.map(({ at, value }) => ({
            atMicros: durationMicros(at),
            milli: value === null ? null : Math.round(value * 1000),
          })),
    isLinear: between === "linear",
  }));
}

function sourceOf({ external, object, pods }: Pick<MetricsSpec[number], "external" | "object" | "pods">): MetricSource {
  if (object !== undefined) return { kind: "object", objectKind: object.kind, name: object.name };
  if (pods !== undefined) return { kind: "pods", labels: pods.labels, isShared: pods.shared ?? false };
  return { kind: "external", labels: external?.labels ?? {} };
}
