// Node groups and the cluster autoscaler's flags: data of the plan. Flags have their real names, durations in microseconds.
// Source: flags and defaults of cluster-autoscaler 1.36.
import type { Distribution } from "../engine/distributions.ts";
import { HOUR, MINUTE, SECOND } from "../engine/tick.ts";
import type { Node } from "./objects.ts";

export const EXPANDERS = ["random", "least-waste", "most-pods", "least-nodes", "price", "priority"] as const;
export type ExpanderName = (typeof EXPANDERS)[number];

/** Machines of one pool in one zone: what the provider scales as one. */
export interface NodeGroupPlan {
  /** The pool's name, with the zone where the pool has several. */
  readonly id: string;
  readonly pool: string;
  readonly zone: string;
  readonly min: number;
  readonly max: number;
  /** How a new machine registers; its name and hostname are given when it is made. */
  readonly template: Node;
  /** Racks of the zone; null = the pool knows none. */
  readonly racks: number | null;
  /** Millionths of the currency per hour; null = no price is known. */
  readonly priceMicrosPerHour: number | null;
  /** For the priority expander: the highest is taken. */
  readonly priority: number;
  /** From the request for a machine until its kubelet starts; null = as everywhere in the cloud. */
  readonly provisionMicros: Distribution | null;
  readonly overrides: NodeGroupOverrides;
}

/** Flags that a group may have of its own. */
export interface NodeGroupOverrides {
  readonly scaleDownUtilizationThreshold?: number;
  readonly scaleDownUnneededTimeMicros?: number;
  readonly scaleDownUnreadyTimeMicros?: number;
  readonly maxNodeProvisionTimeMicros?: number;
}

export interface AutoscalerFlags {
  readonly scanIntervalMicros: number;
  readonly frequentLoopsEnabled: boolean;
  readonly expander: readonly ExpanderName[];
  readonly balanceSimilarNodeGroups: boolean;
  readonly newPodScaleUpDelayMicros: number;
  readonly maxNodesTotal: number;
  readonly maxNodesPerScaleup: number;
  readonly enforceNodeGroupMinSize: boolean;
  readonly maxNodeProvisionTimeMicros: number;
  readonly maxTotalUnreadyPercentage: number;
  readonly okTotalUnreadyCount: number;
  readonly initialNodeGroupBackoffDurationMicros: number;
  readonly maxNodeGroupBackoffDurationMicros: number;
  readonly nodeGroupBackoffResetTimeoutMicros: number;
  readonly expendablePodsPriorityCutoff: number;
  readonly scaleDownEnabled: boolean;
  readonly scaleDownUnreadyEnabled: boolean;
  readonly scaleDownDelayAfterAddMicros: number;
  readonly scaleDownDelayAfterDeleteMicros: number;
  readonly scaleDownDelayAfterFailureMicros: number;
  readonly scaleDownUnneededTimeMicros: number;
  readonly scaleDownUnreadyTimeMicros: number;
  readonly scaleDownUtilizationThreshold: number;
  readonly scaleDownGpuUtilizationThreshold: number;
  readonly ignoreDaemonsetsUtilization: boolean;
  readonly ignoreMirrorPodsUtilization: boolean;
  readonly unremovableNodeRecheckTimeoutMicros: number;
  readonly maxScaleDownParallelism: number;
  readonly maxDrainParallelism: number;
  readonly maxGracefulTerminationSec: number;
  readonly maxPodEvictionTimeMicros: number;
  readonly nodeDeleteDelayAfterTaintMicros: number;
  readonly cordonNodeBeforeTerminating: boolean;
  readonly daemonsetEvictionForEmptyNodes: boolean;
  readonly daemonsetEvictionForOccupiedNodes: boolean;
  readonly skipNodesWithSystemPods: boolean;
  readonly blockingSystemPodDistruptionTimeoutMicros: number;
  readonly skipNodesWithLocalStorage: boolean;
  readonly skipNodesWithCustomControllerPods: boolean;
  readonly minReplicaCount: number;
  readonly maxBulkSoftTaintCount: number;
  readonly maxFailingTimeMicros: number;
  readonly kubeClientQps: number;
  readonly kubeClientBurst: number;
}

export const DEFAULT_AUTOSCALER_FLAGS: AutoscalerFlags = {
  scanIntervalMicros: 10 * SECOND,
  frequentLoopsEnabled: true,
  expander: ["least-waste"],
  balanceSimilarNodeGroups: false,
  newPodScaleUpDelayMicros: 0,
  maxNodesTotal: 0,
  maxNodesPerScaleup: 1000,
  enforceNodeGroupMinSize: false,
  maxNodeProvisionTimeMicros: 15 * MINUTE,
  maxTotalUnreadyPercentage: 45,
  okTotalUnreadyCount: 3,
  initialNodeGroupBackoffDurationMicros: 5 * MINUTE,
  maxNodeGroupBackoffDurationMicros: 30 * MINUTE,
  nodeGroupBackoffResetTimeoutMicros: 3 * HOUR,
  expendablePodsPriorityCutoff: -10,
  scaleDownEnabled: true,
  scaleDownUnreadyEnabled: true,
  scaleDownDelayAfterAddMicros: 10 * MINUTE,
  scaleDownDelayAfterDeleteMicros: 0,
  scaleDownDelayAfterFailureMicros: 3 * MINUTE,
  scaleDownUnneededTimeMicros: 10 * MINUTE,
  scaleDownUnreadyTimeMicros: 20 * MINUTE,
  scaleDownUtilizationThreshold: 0.5,
  scaleDownGpuUtilizationThreshold: 0.5,
  ignoreDaemonsetsUtilization: false,
  ignoreMirrorPodsUtilization: false,
  unremovableNodeRecheckTimeoutMicros: 5 * MINUTE,
  maxScaleDownParallelism: 10,
  maxDrainParallelism: 1,
  maxGracefulTerminationSec: 600,
  maxPodEvictionTimeMicros: 2 * MINUTE,
  nodeDeleteDelayAfterTaintMicros: 5 * SECOND,
  cordonNodeBeforeTerminating: true,
  daemonsetEvictionForEmptyNodes: false,
  daemonsetEvictionForOccupiedNodes: true,
  skipNodesWithSystemPods: true,
  blockingSystemPodDistruptionTimeoutMicros: HOUR,
  skipNodesWithLocalStorage: true,
  skipNodesWithCustomControllerPods: true,
  minReplicaCount: 0,
  maxBulkSoftTaintCount: 10,
  maxFailingTimeMicros: 15 * MINUTE,
  kubeClientQps: 5,
  kubeClientBurst: 10,
};

export interface AutoscalerPlan {
  /** Of which one leads. */
  readonly replicas: number;
  /** null: each works without asking for a lease. */
  readonly election: {
    readonly leaseDurationMicros: number;
    readonly renewDeadlineMicros: number;
    readonly retryPeriodMicros: number;
  } | null;
  readonly flags: AutoscalerFlags;
}
