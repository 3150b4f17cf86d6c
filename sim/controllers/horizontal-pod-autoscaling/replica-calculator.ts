// How many replicas a metric asks for: the ratio of use and target, careful with pods that are not ready yet or have no metrics. A change
// that these doubts would turn round is not made. Source: behaviour of the HPA's replica calculator (1.36).
import type { ControllerFlags } from "../../model/controller-flags.ts";
import type { Pod } from "../../model/objects.ts";
import { parseTimestampMicros } from "../../model/timestamp.ts";
import type { PodMetricsByName } from "./resource-metrics.ts";

export interface Tolerances {
  readonly up: number;
  readonly down: number;
}

/** Either a share of the requests in percent, or an amount per pod. */
export type Target =
  | { readonly kind: "utilization"; readonly percent: number }
  | { readonly kind: "average"; readonly amount: number };

export interface Proposal {
  readonly replicas: number;
  /** Percent of the requests; null where the target is an amount. */
  readonly utilization: number | null;
  /** Amount per pod. */
  readonly average: number;
}

export interface Calculation {
  readonly currentReplicas: number;
  readonly target: Target;
  readonly tolerances: Tolerances;
  readonly resource: string;
  readonly pods: readonly Pod[];
  /** Is changed. */
  readonly metrics: PodMetricsByName;
  /** By pod; empty where the target is an amount. */
  readonly requests: ReadonlyMap<string, number>;
  readonly flags: ControllerFlags;
  readonly nowMicros: number;
}

export const NO_METRICS = "did not receive metrics for targeted pods (pods might be unready)";

/** @returns the proposal, or why there is none */
export function calculateReplicas(calculation: Calculation): Proposal | string {
  const { currentReplicas, metrics, requests, target, tolerances } = calculation;
  if (calculation.pods.length === 0) return "no pods returned by selector while calculating replica count";
  const groups = groupPods(calculation);
  for (const name of [...groups.ignored, ...groups.unready]) metrics.delete(name);
  if (metrics.size === 0) return NO_METRICS;
  const first = ratioOf(metrics, requests, target);
  if (first === null) return "no metrics returned matched known pods";
  const { average, ratio, utilization } = first;
  const proposal = (replicas: number): Proposal => ({ replicas, utilization, average });
  const countsUnready = groups.unready.length > 0 && ratio > 1;
  if (!countsUnready && groups.missing.length === 0) {
    if (isWithin(tolerances, ratio)) return proposal(currentReplicas);
    return proposal(Math.ceil(ratio * groups.readyCount));
  }
  if (ratio < 1) {
    // what is not known is taken to be used, or too much would be removed
    for (const name of groups.missing) metrics.set(name, assumed(fullAmount(target, requests.get(name) ?? 0)));
  } else if (ratio > 1) for (const name of groups.missing) metrics.set(name, assumed(0));
  if (countsUnready) for (const name of groups.unready) metrics.set(name, assumed(0));
  const second = ratioOf(metrics, requests, target);
  if (second === null) return proposal(currentReplicas);
  const turnsRound = (ratio < 1 && second.ratio > 1) || (ratio > 1 && second.ratio < 1);
  if (turnsRound || isWithin(tolerances, second.ratio)) return proposal(currentReplicas);
  const replicas = Math.ceil(second.ratio * metrics.size);
  const contradicts =
    (second.ratio < 1 && replicas > currentReplicas) || (second.ratio > 1 && replicas < currentReplicas);
  return proposal(contradicts ? currentReplicas : replicas);
}

function fullAmount(target: Target, request: number): number {
  if (target.kind === "average") return target.amount;
  return Math.floor((request * Math.max(100, target.percent)) / 100);
}

function assumed(value: number) {
  return { value, timestampMicros: 0, windowMicros: 0 };
}

export function isWithin({ down, up }: Tolerances, ratio: number): boolean {
  return ratio >= 1 - down && ratio <= 1 + up;
}

interface Ratio {
  readonly ratio: number;
  readonly utilization: number | null;
  readonly average: number;
}

function ratioOf(metrics: PodMetricsByName, requests: ReadonlyMap<string, number>, target: Target): Ratio | null {
  let total = 0;
  let asked = 0;
  let count = 0;
  for (const [name, { value }] of metrics) {
    if (target.kind === "utilization") {
      const request = requests.get(name);
      if (request === undefined) continue;
      asked += request;
    }
    total += value;
    count++;
  }
  if (count === 0) return null;
  const average = Math.floor(total / count);
  if (target.kind === "average") return { ratio: average / target.amount, utilization: null, average };
  if (asked === 0) return null;
  const utilization = Math.floor((total * 100) / asked);
  return { ratio: utilization / target.percent, utilization, average };
}

interface Groups {
  readyCount: number;
  readonly unready: string[];
  readonly missing: string[];
  readonly ignored: string[];
}

function groupPods({ flags, metrics, nowMicros, pods, resource }: Calculation): Groups {
  const groups: Groups = { readyCount: 0, unready: [], missing: [], ignored: [] };
  for (const pod of pods) {
    const { name, deletionTimestamp } = pod.metadata;
    const { phase } = pod.status ?? {};
    const metric = metrics.get(name);
    if (deletionTimestamp != null || phase === "Failed") groups.ignored.push(name);
    else if (phase === "Pending") groups.unready.push(name);
    else if (metric === undefined) groups.missing.push(name);
    else if (resource === "cpu" && isStarting(pod, metric, flags, nowMicros)) groups.unready.push(name);
    else groups.readyCount++;
  }
  return groups;
}

/** CPU of a pod that is starting says nothing about its load. */
function isStarting(
  { status }: Pod,
  metric: { readonly timestampMicros: number; readonly windowMicros: number },
  flags: ControllerFlags,
  nowMicros: number,
): boolean {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  const startMicros = status?.startTime == null ? undefined : parseTimestampMicros(status.startTime);
  if (ready === undefined || startMicros === undefined) return true;
  const sinceMicros = ready.lastTransitionTime == null ? 0 : (parseTimestampMicros(ready.lastTransitionTime) ?? 0);
  const isUnready = ready.status === "False";
  if (startMicros + flags.horizontalPodAutoscalerCpuInitializationPeriodMicros > nowMicros)
    return isUnready || metric.timestampMicros < sinceMicros + metric.windowMicros;
  // never ready since it started
  return isUnready && startMicros + flags.horizontalPodAutoscalerInitialReadinessDelayMicros > sinceMicros;
}
