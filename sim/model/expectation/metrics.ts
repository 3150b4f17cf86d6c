// The numbers of a finished run that an expectation may name. Where they come from: sim/metrics/metric-values.ts.
import type { Unit } from "./syntax.ts";

export interface Metric {
  readonly name: string;
  readonly unit: Unit;
  /** Of many values: it needs an aggregate such as p99 or mean. */
  readonly aggregated: boolean;
  readonly what: string;
}

/** The metrics that an expectation may name. */
export const METRICS: readonly Metric[] = [
  { name: "created", unit: "number", aggregated: false, what: "pods created, those there at the start included" },
  { name: "scheduled", unit: "number", aggregated: false, what: "pods that were bound to a node at any time" },
  { name: "pending", unit: "number", aggregated: false, what: "pods not bound when the run ends" },
  { name: "finished", unit: "number", aggregated: false, what: "pods that ran to their end" },
  { name: "preempted", unit: "number", aggregated: false, what: "pods deleted to make room for others" },
  { name: "attempts", unit: "number", aggregated: false, what: "scheduling attempts" },
  { name: "unschedulable", unit: "number", aggregated: false, what: "scheduling attempts that found no node" },
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
  { name: "faultsInjected", unit: "number", aggregated: false, what: "faults that happened" },
  { name: "faultsMissed", unit: "number", aggregated: false, what: "faults that were due and did not happen" },
  { name: "lostWrites", unit: "number", aggregated: false, what: "acknowledged writes lost by restoring a backup" },
  { name: "etcdLeaderChanges", unit: "number", aggregated: false, what: "etcd leaders after the first" },
  { name: "etcdElections", unit: "number", aggregated: false, what: "campaigns in etcd that raised the term" },
  { name: "etcdFailedRequests", unit: "number", aggregated: false, what: "requests that etcd answered with an error" },
  { name: "etcdRestarts", unit: "number", aggregated: false, what: "restarts of etcd members" },
  { name: "etcdSnapshotsSent", unit: "number", aggregated: false, what: "databases sent to members that lagged" },
  { name: "etcdAlarms", unit: "number", aggregated: false, what: "alarms that etcd members raised" },
  { name: "etcdMembers", unit: "number", aggregated: false, what: "voting members of etcd at the end" },
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

/** Where the numbers come from when an expectation is judged: those of METRICS, in its units. */
export interface MetricValues {
  /** undefined = not measured. */
  value(metric: string): number | undefined;
  /** `aggregate` is p50, p99.9, mean, max or min; undefined = not measured, for example of no pods. */
  aggregate(metric: string, aggregate: string): number | undefined;
}
