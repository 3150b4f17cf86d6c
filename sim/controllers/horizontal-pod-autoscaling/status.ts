// An autoscaler's status while it is built. Source: behaviour of the HPA controller (1.36).
import type { Condition, HorizontalPodAutoscaler, MetricIdentifier, ObjectReference } from "../../model/objects.ts";

export type HpaStatus = NonNullable<HorizontalPodAutoscaler["status"]>;

export interface CurrentMetric {
  readonly type: string;
  readonly resource?: { readonly name: string; readonly current: Current };
  readonly pods?: { readonly metric: MetricIdentifier; readonly current: CurrentAmount };
  readonly object?: {
    readonly describedObject: ObjectReference;
    readonly metric: MetricIdentifier;
    readonly current: CurrentAmount;
  };
  readonly external?: { readonly metric: MetricIdentifier; readonly current: CurrentAmount };
  readonly containerResource?: { readonly name: string; readonly container: string; readonly current: Current };
}

interface Current {
  readonly averageUtilization?: number;
  readonly averageValue: string;
}

/** Of the whole, or per pod. */
type CurrentAmount = { readonly value: string } | { readonly averageValue: string };

export class StatusDraft {
  conditions: readonly Condition[];
  private readonly timestamp: string;

  constructor(status: HpaStatus | undefined, timestamp: string) {
    this.conditions = status?.conditions ?? [];
    this.timestamp = timestamp;
  }

  set(type: string, isTrue: boolean, reason: string, message: string): void {
    const status = isTrue ? "True" : "False";
    const at = this.conditions.findIndex((condition) => condition.type === type);
    const known = this.conditions[at];
    if (known?.status === status && known.reason === reason && known.message === message) return;
    const since = known?.status === status ? (known.lastTransitionTime ?? this.timestamp) : this.timestamp;
    const made: Condition = { type, status, lastTransitionTime: since, reason, message };
    this.conditions = at < 0 ? [...this.conditions, made] : this.conditions.map((c, i) => (i === at ? made : c));
  }
}

/** Do both say the same? */
export function sameStatus(a: HpaStatus, b: HpaStatus): boolean {
  return (
    a.currentReplicas === b.currentReplicas &&
    a.desiredReplicas === b.desiredReplicas &&
    (a.lastScaleTime ?? null) === (b.lastScaleTime ?? null) &&
    (a.observedGeneration ?? null) === (b.observedGeneration ?? null) &&
    sameConditions(a.conditions ?? [], b.conditions ?? []) &&
    metricsText(a) === metricsText(b)
  );
}

function sameConditions(a: readonly Condition[], b: readonly Condition[]): boolean {
  if (a === b) return true;
  return a.length === b.length && a.every((condition, i) => sameCondition(condition, b[i]));
}

function sameCondition(a: Condition, b: Condition | undefined): boolean {
  return a.type === b?.type && a.status === b.status && a.reason === b.reason && a.message === b.message;
}

function metricsText({ currentMetrics }: HpaStatus): string {
  return JSON.stringify(currentMetrics ?? []);
}
