// The plan: everything one run needs, as data. Made by the loader from a scenario, or from manifests alone, and read by
// cluster.ts; `simulate(plan, seed)` is a pure function of it.
// It survives structuredClone (it is sent to worker threads): no functions, no class instances, no bigints.
import type { Distribution } from "../engine/distributions.ts";
import type { ActionPlan } from "../model/action-plan.ts";
import type { AutoscalerPlan, NodeGroupPlan } from "../model/autoscaler-plan.ts";
import type { CloudPlan } from "../model/cloud-plan.ts";
import type { ControllerFlags } from "../model/controller-flags.ts";
import type { DiskProfile } from "../model/disk-profile.ts";
import type { Expectation } from "../model/expectation/syntax.ts";
import type { FaultPlan } from "../model/fault-plan.ts";
import type { TypicalPod } from "../model/gpu/typical-pods.ts";
import type { KubeletConfiguration } from "../model/kubelet-configuration.ts";
import type { IgnoredKind } from "../model/manifests.ts";
import type { MetricSeries } from "../model/metric-series.ts";
import type { ClusterObjects, Node, Pod } from "../model/objects.ts";
import type { SchedulerConfiguration } from "../model/scheduler-configuration.ts";
import type { TrafficPlan } from "../model/traffic-plan.ts";

/**
 * How a scheduler picks among nodes of equal score: what 1.36.2 does, the lowest index, uniformly at random, or the first in a random
 * order that stays as it is.
 */
export type TieBreak = "heap" | "first" | "seeded" | "shuffled";

/** All times in microseconds of virtual time; distributions of durations draw microseconds. */
export interface Plan {
  /** metadata.name of the scenario, or a name made from the files. */
  readonly name: string;
  readonly description: string;
  /** Name of this variant of a sweep, such as "count=300"; "" when the scenario has no sweep or variants. */
  readonly variant: string;
  /** SHA-256 in hex over the scenario file, all files it names, and the sweep's values. */
  readonly sha256: string;
  /** The scenario's own seed, for runs that are given no other. */
  readonly seed: string;
  /** When the run ends; null = when nothing is left to happen (`until: idle`). */
  readonly durationMicros: number | null;
  /**
   * The cluster at tick 0, defaults applied (see model/defaults.ts). `nodes` holds the nodes of the manifests and those
   * of the pools without boot delay, in the order in which the scheduler gets to know them. `pods` holds bound and pending pods;
   * the pods of workload objects (Deployment …) are among them already.
   */
  readonly objects: ClusterObjects;
  /** The same as they are declared: defaults applied, but without what controllers would make of them. */
  readonly declared: ClusterObjects;
  /**
   * How a cluster with controllers begins. fresh: with what is declared, and controllers make the rest. settled: as if it had been
   * running for long, all pods placed and ready.
   */
  readonly start: "fresh" | "settled";
  /** null: no controllers, and nodes without kubelets: pods are placed, run and go, and nothing reacts. */
  readonly controllerManagers: ControllerManagerPlan | null;
  /** What is behind machines, volumes and load balancers. */
  readonly cloud: CloudPlan;
  /** Pools that the provider scales, one group per zone. */
  readonly nodeGroups: readonly NodeGroupPlan[];
  /** null: none runs. */
  readonly autoscaler: AutoscalerPlan | null;
  /** Of all kubelets. */
  readonly kubelet: KubeletConfiguration;
  /** Nodes that join later than tick 0, ordered by their pool and number; `bootMicros` is drawn per node. */
  readonly lateNodes: readonly LateNodes[];
  readonly workload: readonly WorkloadSource[];
  readonly faults: readonly FaultPlan[];
  readonly actions: readonly ActionPlan[];
  /** Requests on Services; null when there are none. */
  readonly traffic: TrafficPlan | null;
  /** Metrics that are given; none where it is left out. */
  readonly metrics?: readonly MetricSeries[];
  readonly scheduler: SchedulerPlan;
  readonly etcd: EtcdPlan;
  readonly apiServers: ApiServersPlan;
  readonly network: NetworkPlan;
  readonly reports: ReportPlan;
  /** The most frequent classes of pods that the plan brings: what fragmentation of GPUs is measured against. Empty without GPUs. */
  readonly typicalPods?: readonly TypicalPod[];
  readonly expectations: readonly Expectation[];
  /** What the scenario says about being compared. */
  readonly compare?: ComparePlan;
  /** What the scenario says about being searched. */
  readonly search?: SearchPlan;
  /** Things the user should know that are no errors; printed and part of every report. */
  readonly warnings: readonly string[];
  readonly ignored: readonly IgnoredKind[];
  /** Files that were read, in order, relative to the scenario file where possible. */
  readonly files: readonly InputFile[];
}

/** Names of columns of the summary; nobody has checked them yet. */
export interface ComparePlan {
  /** Such as `pending_p99_s:5%`. */
  readonly tolerances: readonly string[];
  /** undefined = the usual ones. */
  readonly metrics: readonly string[] | undefined;
}

/** What may happen to the cluster in a search; null = as usual. Nobody has checked the names yet. */
export interface SearchPlan {
  /** Faults, actions or layers; null = all. */
  readonly kinds: readonly string[] | null;
  readonly exclude: readonly string[];
  readonly maxFaults: number | null;
  readonly maxShare: number | null;
  readonly fromMicros: number | null;
  readonly toMicros: number | null;
}

export interface LateNodes {
  readonly pool: string;
  readonly nodes: readonly Node[];
  readonly bootMicros: Distribution;
  /** Per node: the DaemonSet pods that are created when it joins. */
  readonly daemonPods: readonly (readonly Pod[])[];
}

/** kube-apiserver's processes behind one load balancer. */
export interface ApiServersPlan {
  /** `zone` is "" when the cluster knows no zones. */
  readonly servers: readonly { readonly name: string; readonly zone: string }[];
  readonly cpuCores: number;
  /** What a request takes there and back, without what is done in between; default: that of a network within a zone. */
  readonly requestLatencyMicros?: Distribution;
}

export interface ControllerManagerPlan {
  /** Of which one leads. */
  readonly replicas: number;
  readonly flags: ControllerFlags;
}

export interface LeaderElectionPlan {
  readonly leaseDurationMicros: number;
  readonly renewDeadlineMicros: number;
  readonly retryPeriodMicros: number;
}

export interface SchedulerPlan {
  readonly configuration: SchedulerConfiguration;
  readonly tieBreak: TieBreak;
  /** Of which one leads. More than one only in a cluster with controllers. */
  readonly replicas: number;
  /** Times of leader election; null: each works without asking for a lease. */
  readonly election: LeaderElectionPlan | null;
  /** clientConnection of its configuration; default: 50 requests per second, 100 at once. */
  readonly clientRate?: { readonly qps: number; readonly burst: number };
  /** Time that one scheduling cycle takes, before the next can start. */
  readonly cycleLatencyMicros: Distribution;
  /** Time from the end of the cycle until the binding is stored; other cycles run meanwhile. */
  readonly bindLatencyMicros: Distribution;
}

/** The etcd cluster. */
export interface EtcdPlan {
  readonly members: readonly EtcdMemberPlan[];
  readonly disk: DiskProfile;
  /** Also the length of a tick. */
  readonly heartbeatMicros: number;
  readonly electionMicros: number;
  readonly preVote: boolean;
  /** Of the database; a member at or above it refuses writes. */
  readonly quotaBytes: number;
  readonly snapshotCount: number;
  readonly catchUpEntries: number;
  readonly version: "3.5" | "3.6";
}

export interface EtcdMemberPlan {
  readonly name: string;
  /** "" when the cluster knows no zones. */
  readonly zone: string;
  /** Local microseconds per microsecond of true time; 1 = exact. */
  readonly clockRate: number;
}

/** Links by where their ends are. */
export interface NetworkPlan {
  readonly sameHost: LinkPlan;
  readonly sameZone: LinkPlan;
  readonly crossZone: LinkPlan;
}

/** One direction of a link. */
export interface LinkPlan {
  readonly latencyMicros: Distribution;
  readonly jitterMicros?: Distribution;
  /** Share of packets that are lost; TCP sends them again. */
  readonly loss?: number;
  readonly bandwidthBytesPerSecond?: number;
}

export interface ReportPlan {
  /** Distance of the rows of timeseries.csv. */
  readonly timeseriesStepMicros: number;
}

/** Where pods come from while the run goes on. */
export type WorkloadSource = ArrivalSource | BatchSource | TraceSource;

interface PodSource {
  /** Unique within the plan, and stable when other sources are added: names streams and pods. */
  readonly name: string;
  /** Defaults applied; metadata.name is the base of the pods' names: `<name>-<number>`, numbers from 0. */
  readonly shape: Pod;
}

/** Pods that arrive one by one. Gaps and lifetimes are drawn, lifetimes per pod. */
export interface ArrivalSource extends PodSource {
  readonly kind: "arrivals";
  /** The first pod arrives at `startMicros` plus one gap. */
  readonly everyMicros: Distribution;
  readonly startMicros: number;
  /** No arrival at or after this; null = until the run ends. */
  readonly stopMicros: number | null;
  /** At most so many pods; null = no limit. */
  readonly count: number | null;
  /** From the pod's start on its node until it has run to its end; null = it stays. */
  readonly lifetimeMicros: Distribution | null;
}

/** Pods that are created all at once. */
export interface BatchSource extends PodSource {
  readonly kind: "pods";
  readonly atMicros: number;
  readonly count: number;
  readonly lifetimeMicros: Distribution | null;
}

/** Pods of a trace, in columns, in the order in which they arrive (ties: file order). */
export interface TraceSource {
  readonly kind: "trace";
  readonly name: string;
  /** Pod objects that are alike in everything but their name; `shapeOf` points into it. metadata.name is a placeholder. */
  readonly shapes: readonly Pod[];
  readonly podNames: readonly string[];
  readonly shapeOf: Uint32Array;
  /** Non-decreasing. */
  readonly arrivalMicros: Float64Array;
  /** How long the pod runs once it is placed; NaN = it stays. */
  readonly lifetimeMicros: Float64Array;
  /** What ends a pod: its lifetime counted from its start, or the trace's own departure time counted from its arrival. */
  readonly departure: "afterStart" | "afterArrival";
  /** What each run makes of it, by its seed; see arrange.ts. */
  readonly arrangement?: TraceArrangement;
}

export interface TraceArrangement {
  /** Pods arrive in a random order. */
  readonly shuffle: boolean;
  /** GPU milli that its pods ask for, over those of the cluster: random pods are left out or repeated; null = as it is. */
  readonly tune: number | null;
  readonly startMicros: number;
  /** Time between two pods; may be a fraction of a microsecond. */
  readonly gapMicros: number;
}

export interface InputFile {
  readonly path: string;
  readonly sha256: string;
}
