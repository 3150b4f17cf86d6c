// The summary of a run: one number per column, each with its unit, meaning and how it comes from what was recorded.
// A new column is one entry here. Definitions follow the field's usage; quantiles are by nearest rank.

import { percent } from "./cluster-totals.ts";
import type { ColumnFormat } from "./column-format.ts";
import { type CostTotals, costTable, costTotals } from "./cost.ts";
import type { EtcdRecorder } from "./etcd-recorder.ts";
import { togetherOf } from "./etcd-table.ts";
import { type Fragmentation, fragmentation } from "./fragmentation.ts";
import type { GpuReading } from "./gpu-meter.ts";
import { quantiles } from "./quantiles.ts";
import type { Recorder } from "./recorder.ts";
import { CPU, GPU, MEMORY, RESOURCES } from "./resources.ts";
import type { ProfileCounters } from "./scheduling-counters.ts";
import { sloViolations } from "./slo.ts";
import { type Spread, spreadOf } from "./spread.ts";
import type { Table } from "./table.ts";
import { type Throughput, throughput } from "./throughput.ts";
import { WHOLE_CLUSTER_COLUMNS } from "./whole-cluster-summary.ts";

export interface SummaryColumn {
  readonly name: string;
  readonly format: ColumnFormat;
  readonly doc: string;
  readonly value: (facts: SummaryFacts) => number;
}

/** What the columns are computed from, each part worked out once. */
export interface SummaryFacts {
  readonly recorder: Recorder;
  readonly endMicros: number;
  readonly pods: PodFacts;
  readonly nodes: NodeFacts;
  readonly fragmentation: Fragmentation;
  /** null where no pod asks for GPUs. */
  readonly gpu: GpuReading | null;
  readonly throughput: Throughput;
  readonly sum: (pick: (counters: ProfileCounters) => number) => number;
  /** Of the scenario's expectations: does each hold? */
  readonly held: readonly boolean[];
  readonly sloViolations: number;
  readonly cost: CostTotals;
}

/** What is worked out of a run before its summary. */
export interface Judged {
  readonly verdicts?: readonly { readonly holds: boolean }[];
  /** Of slo.csv and cost.csv. */
  readonly slo?: Table;
  readonly cost?: Table;
}

interface PodFacts {
  readonly boundAtStart: number;
  readonly neverScheduled: number;
  readonly deletedUnscheduled: number;
  /** Quantiles over pods scheduled in the run: time from creation to binding. By index into SHARES. */
  readonly pendingMicros: readonly number[];
  readonly pendingMeanMicros: number;
  /** The same, and for pods never scheduled the time that they have waited: at least so long. */
  readonly pendingWithCensoredMicros: readonly number[];
  readonly startupMicros: readonly number[];
  readonly backoffMicros: number;
  readonly gatedMicros: number;
}

interface NodeFacts {
  readonly present: number;
  readonly removed: number;
  readonly empty: number;
  readonly below50Pct: number;
  readonly cpuAllocPct: Spread;
  readonly memoryAllocPct: Spread;
  /** Largest minus smallest share of requested CPU over zones, in points; NaN without zones. */
  readonly zoneSkewPct: number;
}

const column = (name: string, format: ColumnFormat, doc: string, value: SummaryColumn["value"]): SummaryColumn => ({
  name,
  format,
  doc,
  value,
});

const SHARES = [
  ["p50", 0.5],
  ["p90", 0.9],
  ["p95", 0.95],
  ["p99", 0.99],
  ["max", 1],
] as const;

const quantileColumns = (
  name: string,
  what: string,
  values: (facts: SummaryFacts) => readonly number[],
): SummaryColumn[] =>
  SHARES.map(([suffix], i) => column(`${name}_${suffix}_s`, "seconds", `${suffix} of ${what}`, (f) => values(f)[i]!));

const quantilesOf = (values: readonly number[]): number[] =>
  quantiles(
    Float64Array.from(values),
    SHARES.map(([, share]) => share),
  );

const ofEtcd =
  (value: (etcd: EtcdRecorder) => number): SummaryColumn["value"] =>
  ({ recorder: { etcd } }) =>
    etcd.members.length === 0 ? Number.NaN : value(etcd);
const largest = (values: readonly number[]) => values.reduce((max, value) => (value <= max ? max : value), Number.NaN);

/** Empty without an etcd cluster. */
const ETCD_COLUMNS: readonly SummaryColumn[] = [
  column(
    "etcd_leader_changes",
    "count",
    "etcd leaders after the first that a quorum knew",
    ofEtcd((etcd) => etcd.leaderChanges.length),
  ),
  column(
    "etcd_elections",
    "count",
    "campaigns that raised etcd's term",
    ofEtcd((etcd) => etcd.elections.length),
  ),
  column(
    "etcd_leaderless_s",
    "seconds",
    "time without an etcd leader that a quorum knew",
    ofEtcd((etcd) => etcd.leaderless.total),
  ),
  column(
    "etcd_no_quorum_s",
    "seconds",
    "time in which fewer etcd voters ran than a quorum",
    ofEtcd((etcd) => etcd.noQuorum.total),
  ),
  column(
    "etcd_writes_stalled_s",
    "seconds",
    "time in which writes to etcd waited and none succeeded, in stretches of more than half a second",
    ofEtcd((etcd) => etcd.stalls.total),
  ),
  column(
    "etcd_requests_failed",
    "count",
    "requests that etcd answered with an error",
    ofEtcd((etcd) => etcd.failures.length),
  ),
  column(
    "etcd_fsync_p99_ms",
    "millis",
    "p99 of writes of etcd's logs to disk",
    ofEtcd((etcd) => togetherOf(etcd, (member) => member.fsync).quantile(0.99)),
  ),
  column(
    "etcd_commit_p99_ms",
    "millis",
    "p99 of writes to etcd, from arrival at a member to answer",
    ofEtcd((etcd) => togetherOf(etcd, (member) => member.requests.commitLatency).quantile(0.99)),
  ),
  column(
    "etcd_db_b",
    "count",
    "size of the largest etcd database at the end",
    ofEtcd((etcd) => largest(etcd.members.map((member) => member.databaseBytes))),
  ),
  column("faults_injected", "count", "faults that happened", (f) => f.recorder.faults.injections),
  column("faults_missed", "count", "faults that were due and did not happen", (f) => f.recorder.faults.misses),
  column("lost_writes", "count", "acknowledged writes lost by restoring a backup", (f) => f.recorder.faults.lostWrites),
];

export const SUMMARY_COLUMNS: readonly SummaryColumn[] = [
  column("nodes_end", "count", "nodes at the end", (f) => f.nodes.present),
  column("nodes_ready_end", "count", "of these: ready and schedulable", (f) => f.recorder.totals.nodesReady),
  column("nodes_removed", "count", "nodes that left", (f) => f.nodes.removed),
  column("nodes_empty_end", "count", "nodes without pods at the end", (f) => f.nodes.empty),
  column(
    "nodes_below_50pct_end",
    "count",
    "nodes with less than half of their CPU requested at the end",
    (f) => f.nodes.below50Pct,
  ),
  column("pods_created", "count", "= bound_at_start + scheduled + never_scheduled", (f) => f.recorder.pods.rows),
  column("pods_bound_at_start", "count", "pods that had a node from the beginning", (f) => f.pods.boundAtStart),
  column("pods_scheduled", "count", "pods bound to a node in the run", (f) => f.recorder.podsScheduled),
  column(
    "pods_never_scheduled",
    "count",
    "= pending_end + gated_end + deleted_unscheduled",
    (f) => f.pods.neverScheduled,
  ),
  column("pods_pending_end", "count", "waiting for a node at the end", (f) => f.recorder.counts.pending),
  column("pods_gated_end", "count", "held by a scheduling gate at the end", (f) => f.recorder.counts.gated),
  column("pods_deleted_unscheduled", "count", "deleted before they got a node", (f) => f.pods.deletedUnscheduled),
  column("pods_starting_end", "count", "bound, not running yet at the end", (f) => f.recorder.counts.starting),
  column("pods_running_end", "count", "running at the end", (f) => f.recorder.counts.running),
  column("pods_succeeded", "count", "ran to their end", (f) => f.recorder.counts.succeeded),
  column("pods_failed", "count", "ended in failure", (f) => f.recorder.counts.failed),
  column("pods_deleted", "count", "deleted, scheduled or not", (f) => f.recorder.counts.deleted),
  ...RESOURCES.flatMap((name, r) => [
    column(
      `allocatable_${name}`,
      "count",
      "at the end, over ready and schedulable nodes",
      (f) => f.recorder.totals.allocatable[r]!,
    ),
    column(
      `requested_${name}`,
      "count",
      "at the end, by pods that hold a node and have not finished",
      (f) => f.recorder.totals.requested[r]!,
    ),
    column(
      `requested_peak_${name}`,
      "count",
      "the most that was requested at once",
      (f) => f.recorder.totals.peakRequested[r]!,
    ),
    column(`alloc_${name.replace(/_.*/, "")}_pct`, "percent", "requested ÷ allocatable at the end", (f) =>
      percent(f.recorder.totals.requested[r]!, f.recorder.totals.allocatable[r]!),
    ),
  ]),
  ...(
    [
      ["cpu", CPU],
      ["mem", MEMORY],
      ["gpu", GPU],
    ] as const
  ).flatMap(([name, r]) => [
    column(`alloc_${name}_mean_pct`, "percent", "mean over time of requested ÷ allocatable", (f) =>
      f.recorder.totals.allocPct[r]!.mean(0, f.endMicros),
    ),
    column(
      `alloc_${name}_p50_pct`,
      "percent",
      "median over time",
      (f) => f.recorder.totals.allocPct[r]!.quantiles([0.5], f.endMicros)[0]!,
    ),
    column(
      `alloc_${name}_p95_pct`,
      "percent",
      "95th percentile over time",
      (f) => f.recorder.totals.allocPct[r]!.quantiles([0.95], f.endMicros)[0]!,
    ),
    column(`alloc_${name}_max_pct`, "percent", "maximum over time", (f) => f.recorder.totals.allocPct[r]!.max),
    column(
      `free_${name === "cpu" ? "cpu_m" : name === "mem" ? "mem_b" : "gpu"}`,
      "count",
      "free at the end",
      (f) => f.fragmentation.free[r]!,
    ),
    column(
      `stranded_${name === "cpu" ? "cpu_m" : name === "mem" ? "mem_b" : "gpu"}`,
      "count",
      "of it: on nodes where another resource has less left than the median pod asks for",
      (f) => f.fragmentation.stranded[r]!,
    ),
    column(
      `frag_${name}_pct`,
      "percent",
      "expected share of the free amount that a pod of this workload cannot use",
      (f) => f.fragmentation.fragPct[r]!,
    ),
  ]),
  ...(
    [
      ["cpu", "cpuAllocPct"],
      ["mem", "memoryAllocPct"],
    ] as const
  ).flatMap(([name, key]) => [
    column(
      `imbalance_${name}_min_pct`,
      "percent",
      "lowest share requested of a node at the end",
      (f) => f.nodes[key].min,
    ),
    column(
      `imbalance_${name}_max_pct`,
      "percent",
      "highest share requested of a node at the end",
      (f) => f.nodes[key].max,
    ),
    column(
      `imbalance_${name}_stddev_pct`,
      "percent",
      "standard deviation over nodes, in points",
      (f) => f.nodes[key].stddev,
    ),
    column(`imbalance_${name}_cv`, "real", "coefficient of variation over nodes", (f) => f.nodes[key].cv),
    column(`imbalance_${name}_gini`, "real", "Gini coefficient over nodes", (f) => f.nodes[key].gini),
  ]),
  column(
    "zone_skew_cpu_pct",
    "percent",
    "largest minus smallest share of CPU requested over zones, in points",
    (f) => f.nodes.zoneSkewPct,
  ),
  ...quantileColumns("pending", "creation to binding, over pods_scheduled", (f) => f.pods.pendingMicros),
  column(
    "pending_mean_s",
    "seconds",
    "mean of creation to binding, over pods_scheduled",
    (f) => f.pods.pendingMeanMicros,
  ),
  ...quantileColumns(
    "pending_censored",
    "the same with pods_never_scheduled, which waited at least until they were deleted or the run ended",
    (f) => f.pods.pendingWithCensoredMicros,
  ),
  ...quantileColumns(
    "startup",
    "creation to running and ready, over pods that were bound in the run",
    (f) => f.pods.startupMicros,
  ),
  column("backoff_total_s", "seconds", "time in back-off, summed over pods", (f) => f.pods.backoffMicros),
  column("gated_total_s", "seconds", "time behind gates, summed over pods", (f) => f.pods.gatedMicros),
  column(
    "queue_len_mean",
    "real",
    "pods in the scheduling queue (active, back-off, unschedulable), mean over time",
    (f) => f.recorder.queueLength.mean(0, f.endMicros),
  ),
  column("queue_len_max", "count", "the most pods in the scheduling queue", (f) => f.recorder.queueLength.max),
  column(
    "throughput_mean_per_s",
    "real",
    "pods bound per second, from the first binding to the last",
    (f) => f.throughput.mean,
  ),
  ...SHARES.map(([suffix]) =>
    column(`throughput_${suffix}_per_s`, "count", `${suffix} over one-second windows`, (f) => f.throughput[suffix]),
  ),
  column("attempts", "count", "scheduling attempts = scheduled + unschedulable + errors", (f) =>
    f.sum((c) => c.attempts),
  ),
  column("attempts_scheduled", "count", "attempts that found a node", (f) => f.sum((c) => c.scheduled)),
  column("attempts_unschedulable", "count", "attempts that found none", (f) => f.sum((c) => c.unschedulable)),
  column("attempts_error", "count", "attempts that failed", (f) => f.sum((c) => c.errors)),
  column("bind_failures", "count", "bindings that the API server refused", (f) => f.sum((c) => c.bindFailures)),
  column("nodes_evaluated", "count", "nodes looked at, over all attempts", (f) => f.sum((c) => c.nodesEvaluated)),
  column("preemptions", "count", "attempts that made other pods leave", (f) => f.sum((c) => c.preemptions)),
  column("victims", "count", "pods that were made to leave", (f) => f.sum((c) => c.victims)),
  column("events_logged", "count", "rows of the event log", (f) => f.recorder.events.rows),
  column("events_dropped", "count", "events beyond the log's limit", (f) => f.recorder.eventsDropped),
  ...ETCD_COLUMNS,
  ...WHOLE_CLUSTER_COLUMNS,
  column("expectations_failed", "count", "expectations of the scenario that did not hold", ({ held }) =>
    held.length === 0 ? Number.NaN : held.filter((holds) => !holds).length,
  ),
  column(
    "slo_violations",
    "count",
    "five-minute windows of slo.csv that did not meet their objective",
    (f) => f.sloViolations,
  ),
  column("node_hours", "real", "time that nodes were there, summed", (f) => f.cost.nodeHours),
  column("cost", "real", "of nodes with a price; see cost.csv", (f) => f.cost.cost),
  column("idle_cost", "real", "of it: for what no pod had requested", (f) => f.cost.idle),
  column("wasted_cost", "real", "of it: for what was requested and not used", (f) => f.cost.wasted),
  column("cost_per_pod_hour", "real", "cost ÷ hours of pods on those nodes", (f) => f.cost.perPodHour),
  column(
    "spot_share_pct",
    "percent",
    "node hours of spot nodes; empty when no node says what it is",
    (f) => f.cost.spotPct,
  ),
  column("gpu_milli", "count", "GPU milli of all nodes at the end, where pods ask for GPUs; see gpu.csv", (f) =>
    gpuReading(f, (gpu) => gpu.totalMilli),
  ),
  column("gpu_milli_alloc_pct", "percent", "of them: held by pods at the end", (f) =>
    gpuReading(f, (gpu) => percent(gpu.usedMilli, gpu.totalMilli)),
  ),
  column("gpu_frag_amount_pct", "percent", "of them: idle, and of no use to a typical pod at the end, expected", (f) =>
    gpuReading(f, (gpu) => percent(gpu.fragmentMilli, gpu.totalMilli)),
  ),
  column("gpu_frag_ratio_pct", "percent", "the same ÷ idle GPU milli", (f) =>
    gpuReading(f, (gpu) => percent(gpu.fragmentMilli, gpu.idleMilli)),
  ),
];

function gpuReading({ gpu }: SummaryFacts, of: (reading: GpuReading) => number): number {
  return gpu === null ? Number.NaN : of(gpu);
}

/** All summary values of a finished run. */
export function summarize(recorder: Recorder, endMicros: number, judged: Judged = {}): Record<string, number> {
  const facts: SummaryFacts = {
    recorder,
    endMicros,
    pods: podFacts(recorder, endMicros),
    nodes: nodeFacts(recorder),
    fragmentation: fragmentation(recorder.nodes, recorder.pods),
    gpu: recorder.gpus?.meter.reading() ?? null,
    throughput: throughput(recorder.pods.numbers.scheduledMicros.freeze()),
    held: (judged.verdicts ?? []).map(({ holds }) => holds),
    sloViolations: judged.slo === undefined ? Number.NaN : sloViolations(judged.slo),
    cost: costTotals(judged.cost ?? costTable(recorder, endMicros)),
    sum: (pick) => [...recorder.scheduling.profiles.values()].reduce((sum, counters) => sum + pick(counters), 0),
  };
  return Object.fromEntries(SUMMARY_COLUMNS.map(({ name, value }) => [name, value(facts)]));
}

function podFacts(recorder: Recorder, endMicros: number): PodFacts {
  const { numbers, rows } = recorder.pods;
  const pending: number[] = [];
  const censored: number[] = [];
  const startup: number[] = [];
  let [boundAtStart, deletedUnscheduled, backoffMicros, gatedMicros] = [0, 0, 0, 0];
  for (let row = 0; row < rows; row++) {
    backoffMicros += numbers.backoffMicros.get(row) || 0;
    gatedMicros += numbers.gatedMicros.get(row) || 0;
    if (numbers.boundAtStart.get(row) === 1) {
      boundAtStart++;
      continue;
    }
    const created = numbers.createdMicros.get(row);
    const scheduled = numbers.scheduledMicros.get(row);
    if (Number.isNaN(scheduled)) {
      const deleted = numbers.deletedMicros.get(row);
      if (!Number.isNaN(deleted)) deletedUnscheduled++;
      censored.push((Number.isNaN(deleted) ? endMicros : deleted) - created);
    } else pending.push(scheduled - created);
    const running = numbers.runningMicros.get(row);
    if (!Number.isNaN(running)) startup.push(running - created);
  }
  return {
    boundAtStart,
    neverScheduled: censored.length,
    deletedUnscheduled,
    pendingMicros: quantilesOf(pending),
    pendingMeanMicros: meanOf(pending),
    pendingWithCensoredMicros: quantilesOf([...pending, ...censored]),
    startupMicros: quantilesOf(startup),
    backoffMicros,
    gatedMicros,
  };
}

function nodeFacts(recorder: Recorder): NodeFacts {
  const { numbers, texts, rows } = recorder.nodes;
  const cpu: number[] = [];
  const memory: number[] = [];
  const zones = new Map<string, [requested: number, allocatable: number]>();
  let [removed, empty] = [0, 0];
  for (let row = 0; row < rows; row++) {
    if (!Number.isNaN(numbers.removedMicros.get(row))) {
      removed++;
      continue;
    }
    if (numbers.requested_pods.get(row) === 0) empty++;
    const requestedCpu = numbers.requested_cpu_m.get(row);
    const allocatableCpu = numbers.allocatable_cpu_m.get(row);
    cpu.push(percent(requestedCpu, allocatableCpu));
    memory.push(percent(numbers.requested_mem_b.get(row), numbers.allocatable_mem_b.get(row)));
    const zone = texts.zone.get(row);
    if (zone === "") continue;
    const sums = zones.get(zone) ?? [0, 0];
    zones.set(zone, [sums[0] + requestedCpu, sums[1] + allocatableCpu]);
  }
  const zonePct = spreadOf([...zones.values()].map(([requested, allocatable]) => percent(requested, allocatable)));
  return {
    present: rows - removed,
    removed,
    empty,
    below50Pct: cpu.filter((share) => share < 50).length,
    cpuAllocPct: spreadOf(cpu),
    memoryAllocPct: spreadOf(memory),
    zoneSkewPct: zonePct.max - zonePct.min,
  };
}

function meanOf(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return values.length === 0 ? Number.NaN : Math.round(sum / values.length);
}
