// The lines of `expect`: `<metric> <comparison> <value>` or `<aggregate>(<metric>) <comparison> <value>`, such as
// `scheduled == all`, `pending == 0`, `p99(pendingSeconds) < 30s`, `mean(cpuRequested) >= 60%`. Parsed here, evaluated
// against the numbers of a result.
import { parseDurationMicros } from "../engine/tick.ts";
import { nearest } from "../model/problem.ts";
import { value as bytesOf, quantityError } from "../model/quantity.ts";
import type { Expectation } from "./plan.ts";

/** What a metric counts in: pods and the like, microseconds, shares of 1, or bytes. */
export type MetricUnit = "count" | "duration" | "share" | "bytes";

interface Metric {
  readonly name: string;
  readonly unit: MetricUnit;
  /** Of many values: it needs an aggregate such as p99 or mean. */
  readonly aggregated: boolean;
  readonly what: string;
}

/** The metrics that an expectation may name. */
export const METRICS: readonly Metric[] = [
  { name: "created", unit: "count", aggregated: false, what: "pods created, those there at the start included" },
  { name: "scheduled", unit: "count", aggregated: false, what: "pods that were bound to a node at any time" },
  { name: "pending", unit: "count", aggregated: false, what: "pods not bound when the run ends" },
  { name: "finished", unit: "count", aggregated: false, what: "pods that ran to their end" },
  { name: "preempted", unit: "count", aggregated: false, what: "pods deleted to make room for others" },
  { name: "attempts", unit: "count", aggregated: false, what: "scheduling attempts" },
  { name: "unschedulable", unit: "count", aggregated: false, what: "scheduling attempts that found no node" },
  {
    name: "pendingSeconds",
    unit: "duration",
    aggregated: true,
    what: "time from creation to binding, of each pod that was bound",
  },
  {
    name: "cpuRequested",
    unit: "share",
    aggregated: true,
    what: "requested over allocatable CPU of all nodes, over time",
  },
  {
    name: "memoryRequested",
    unit: "share",
    aggregated: true,
    what: "requested over allocatable memory of all nodes, over time",
  },
  {
    name: "gpuRequested",
    unit: "share",
    aggregated: true,
    what: "requested over allocatable GPUs of all nodes, over time",
  },
  { name: "faultsInjected", unit: "count", aggregated: false, what: "faults that happened" },
  { name: "faultsMissed", unit: "count", aggregated: false, what: "faults that were due and did not happen" },
  { name: "lostWrites", unit: "count", aggregated: false, what: "acknowledged writes lost by restoring a backup" },
  { name: "etcdLeaderChanges", unit: "count", aggregated: false, what: "etcd leaders after the first" },
  { name: "etcdElections", unit: "count", aggregated: false, what: "campaigns in etcd that raised the term" },
  { name: "etcdFailedRequests", unit: "count", aggregated: false, what: "requests that etcd answered with an error" },
  { name: "etcdRestarts", unit: "count", aggregated: false, what: "restarts of etcd members" },
  { name: "etcdSnapshotsSent", unit: "count", aggregated: false, what: "databases sent to members that lagged" },
  { name: "etcdAlarms", unit: "count", aggregated: false, what: "alarms that etcd members raised" },
  { name: "etcdMembers", unit: "count", aggregated: false, what: "voting members of etcd at the end" },
  {
    name: "etcdLeaderlessSeconds",
    unit: "duration",
    aggregated: false,
    what: "time without an etcd leader that a quorum knew",
  },
  {
    name: "etcdNoQuorumSeconds",
    unit: "duration",
    aggregated: false,
    what: "time in which fewer etcd voters ran than a quorum",
  },
  {
    name: "etcdStalledSeconds",
    unit: "duration",
    aggregated: false,
    what: "time in which writes to etcd waited and none succeeded, in stretches of more than half a second",
  },
  { name: "etcdDatabaseBytes", unit: "bytes", aggregated: false, what: "size of the largest etcd database at the end" },
  { name: "etcdFsyncSeconds", unit: "duration", aggregated: true, what: "writes of etcd's logs to disk" },
  { name: "etcdCommitSeconds", unit: "duration", aggregated: true, what: "writes to etcd, from arrival to answer" },
  { name: "faultDetectSeconds", unit: "duration", aggregated: true, what: "injection of a fault to its first sign" },
  {
    name: "faultRecoverySeconds",
    unit: "duration",
    aggregated: true,
    what: "injection of a fault to all running members knowing one leader again",
  },
];

/** Where the numbers come from when an expectation is evaluated: those of METRICS, in its units. */
export interface MetricValues {
  /** undefined = not measured. */
  value(metric: string): number | undefined;
  /** `aggregate` is p50, p99.9, mean, max or min; undefined = not measured, for example of no pods. */
  aggregate(metric: string, aggregate: string): number | undefined;
}

/** An evaluated expectation. `actual` is undefined when it was not measured: then it does not hold. */
export interface Verdict {
  readonly text: string;
  readonly holds: boolean;
  readonly actual: number | undefined;
  readonly unit: MetricUnit;
}

const FORM = /^\s*(?:([a-z]\w*(?:\.\d+)?)\s*\(\s*([A-Za-z]\w*)\s*\)|([A-Za-z]\w*))\s*(==|!=|<=|>=|<|>)\s*(\S.*?)\s*$/;
const AGGREGATE = /^(p(\d{1,2}(\.\d+)?|100)|mean|max|min)$/;
const COMPARISONS = ["==", "!=", "<=", ">=", "<", ">"] as const;

/** Parses one line. Returns what was expected instead when it is malformed. */
export function parseExpectation(text: string): Expectation | { readonly expected: string } {
  const match = FORM.exec(text);
  if (match === null)
    return { expected: "a metric, a comparison and a value, such as pending == 0 or p99(pendingSeconds) < 30s" };
  const aggregate = match[1] ?? null;
  const name = match[2] ?? match[3] ?? "";
  const comparison = COMPARISONS.find((c) => c === match[4]) ?? "==";
  const metric = METRICS.find((m) => m.name === name);
  if (metric === undefined) {
    const names = METRICS.map((m) => m.name);
    const near = nearest(name, names);
    return {
      expected: near === undefined ? `a metric: one of ${names.join(", ")}` : `a known metric; did you mean ${near}?`,
    };
  }
  if (metric.aggregated && aggregate === null)
    return { expected: `an aggregate of ${name}, such as p99(${name}) or mean(${name})` };
  if (!metric.aggregated && aggregate !== null)
    return { expected: `${name} without ${aggregate}(...): it is a single number` };
  if (aggregate !== null && !AGGREGATE.test(aggregate))
    return { expected: "an aggregate: p50, p99, p99.9 and so on, mean, max or min" };
  const value = parseValue(match[5] ?? "", metric.unit);
  if (value === undefined) return { expected: VALUE_HINTS[metric.unit] };
  return { text: text.trim(), metric: name, aggregate, comparison, value };
}

const VALUE_HINTS: Readonly<Record<MetricUnit, string>> = {
  count: "a whole number, all (= created), or another metric that counts",
  duration: "a duration, such as 30s or 500ms",
  share: "a share, such as 60% or 0.6",
  bytes: "an amount of bytes, such as 512Mi",
};

function parseValue(text: string, unit: MetricUnit): number | string | undefined {
  if (unit === "duration") return parseDurationMicros(text);
  if (unit === "bytes") return quantityError(text) === undefined && !text.startsWith("-") ? bytesOf(text) : undefined;
  if (unit === "share") {
    const match = /^(\d{1,6}(?:\.\d{1,12})?)(%?)$/.exec(text);
    return match === null ? undefined : Number(match[1]) / (match[2] === "%" ? 100 : 1);
  }
  if (/^\d{1,15}$/.test(text)) return Number(text);
  if (text === "all") return "created";
  return METRICS.find((m) => m.name === text && m.unit === "count")?.name;
}

/** Does the expectation hold? */
export function evaluateExpectation(expectation: Expectation, values: MetricValues): Verdict {
  const { metric, aggregate, comparison, value, text } = expectation;
  const actual = aggregate === null ? values.value(metric) : values.aggregate(metric, aggregate);
  const bound = typeof value === "number" ? value : values.value(value);
  const unit = METRICS.find((m) => m.name === metric)?.unit ?? "count";
  return {
    text,
    holds: actual !== undefined && bound !== undefined && compare(actual, comparison, bound),
    actual,
    unit,
  };
}

function compare(a: number, comparison: Expectation["comparison"], b: number): boolean {
  switch (comparison) {
    case "==":
      return a === b;
    case "!=":
      return a !== b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    case ">=":
      return a >= b;
  }
}
