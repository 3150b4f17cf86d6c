// Metrics that a scenario gives, as custom.metrics.k8s.io and external.metrics.k8s.io serve them. Values are integers, thousandths of a unit.
import type { Labels } from "./objects.ts";

export interface MetricSeries {
  readonly metric: string;
  readonly namespace: string;
  readonly of: MetricSource;
  /** In order of time, the first at 0. null: there is no such metric from then on. */
  readonly points: readonly { readonly atMicros: number; readonly milli: number | null }[];
  /** Between two points the value goes straight from one to the other; otherwise it stays until the next. */
  readonly isLinear: boolean;
}

export type MetricSource =
  | { readonly kind: "external"; readonly labels: Labels }
  | { readonly kind: "object"; readonly objectKind: string; readonly name: string }
  /** Pods with these labels: all of them have it, or those that are ready share it. */
  | { readonly kind: "pods"; readonly labels: Labels; readonly isShared: boolean };

/** The value at a time; null when there is none. */
export function seriesAt({ isLinear, points }: MetricSeries, micros: number): number | null {
  let at = -1;
  while (at + 1 < points.length && points[at + 1]!.atMicros <= micros) at++;
  const before = points[at];
  if (before === undefined || before.milli === null) return null;
  const after = points[at + 1];
  if (!isLinear || after === undefined || after.milli === null) return before.milli;
  const share = (micros - before.atMicros) / (after.atMicros - before.atMicros);
  return Math.round(before.milli + share * (after.milli - before.milli));
}
