// What pods use, as metrics.k8s.io tells it, and what they asked for. CPU in millicores, everything else in its units.
// Source: behaviour of the HPA controller's metrics client (1.36).
import type { Container, Pod, PodMetrics, Quantity } from "../../model/objects.ts";
import { milliValue, value } from "../../model/quantity.ts";
import { parseTimestampMicros } from "../../model/timestamp.ts";

export interface PodMetric {
  readonly value: number;
  readonly timestampMicros: number;
  readonly windowMicros: number;
}

/** By name of the pod. */
export type PodMetricsByName = Map<string, PodMetric>;

export function amountOf(resource: string, quantity: Quantity): number {
  return resource === "cpu" ? milliValue(quantity) : value(quantity);
}

/** Pods of which a container has no value are left out. */
export function metricsOf(
  all: readonly PodMetrics[],
  podNames: ReadonlySet<string>,
  resource: string,
  container: string | null,
): PodMetricsByName {
  const metrics: PodMetricsByName = new Map();
  for (const { containers, metadata, timestamp, window } of all) {
    if (!podNames.has(metadata.name)) continue;
    let sum = 0;
    let isComplete = containers.length > 0;
    for (const { name, usage } of containers) {
      if (container !== null && name !== container) continue;
      const amount = usage[resource];
      if (amount === undefined) isComplete = false;
      else sum += amountOf(resource, amount);
    }
    if (!isComplete) continue;
    const timestampMicros = timestamp === undefined ? 0 : (parseTimestampMicros(timestamp) ?? 0);
    metrics.set(metadata.name, { value: sum, timestampMicros, windowMicros: durationMicros(window ?? "") });
  }
  return metrics;
}

/** @returns requests by pod, or why they cannot be summed up */
export function requestsOf(
  pods: readonly Pod[],
  resource: string,
  container: string | null,
): ReadonlyMap<string, number> | string {
  const requests = new Map<string, number>();
  for (const pod of pods) {
    const sidecars = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
    const own = [...pod.spec.containers, ...sidecars].filter(({ name }) => container === null || name === container);
    let sum = 0;
    for (const one of own) {
      const request = requestOf(one, resource);
      if (request === undefined)
        return `missing request for ${resource} in container ${one.name} of Pod ${pod.metadata.name}`;
      sum += amountOf(resource, request);
    }
    requests.set(pod.metadata.name, sum);
  }
  return requests;
}

// the API server takes a limit for the request where none is given
function requestOf({ resources }: Container, resource: string): Quantity | undefined {
  return resources?.requests?.[resource] ?? resources?.limits?.[resource];
}

/** Durations as Go writes them: "15s", "1m0s". */
export function durationMicros(text: string): number {
  let micros = 0;
  for (const [, amount = "0", unit = "s"] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)) {
    const scale = unit === "h" ? 3_600_000_000 : unit === "m" ? 60_000_000 : unit === "s" ? 1_000_000 : 1000;
    micros += Math.round(Number(amount) * scale);
  }
  return micros;
}
