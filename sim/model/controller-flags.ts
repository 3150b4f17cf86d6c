// kube-controller-manager's flags, as far as controllers read them, with the defaults of 1.36. Times in microseconds.
import { SECOND } from "../engine/tick.ts";

export interface ControllerFlags {
  readonly concurrentDeploymentSyncs: number;
  readonly concurrentReplicaSetSyncs: number;
  readonly concurrentStatefulSetSyncs: number;
  readonly concurrentDaemonSetSyncs: number;
  readonly concurrentJobSyncs: number;
  readonly concurrentCronJobSyncs: number;
  readonly concurrentEndpointSliceSyncs: number;
  readonly concurrentEndpointSyncs: number;
  readonly mirroringConcurrentServiceEndpointSyncs: number;
  readonly mirroringMaxEndpointsPerSubset: number;
  readonly concurrentServiceSyncs: number;
  readonly concurrentGcSyncs: number;
  readonly concurrentNamespaceSyncs: number;
  readonly concurrentResourceQuotaSyncs: number;
  readonly concurrentHorizontalPodAutoscalerSyncs: number;
  readonly nodeMonitorPeriodMicros: number;
  readonly nodeMonitorGracePeriodMicros: number;
  readonly nodeStartupGracePeriodMicros: number;
  /** Nodes per second, per zone. */
  readonly nodeEvictionRate: number;
  readonly secondaryNodeEvictionRate: number;
  readonly unhealthyZoneThreshold: number;
  readonly largeClusterSizeThreshold: number;
  readonly terminatedPodGcThreshold: number;
  readonly horizontalPodAutoscalerSyncPeriodMicros: number;
  readonly horizontalPodAutoscalerDownscaleStabilizationMicros: number;
  readonly horizontalPodAutoscalerTolerance: number;
  readonly horizontalPodAutoscalerCpuInitializationPeriodMicros: number;
  readonly horizontalPodAutoscalerInitialReadinessDelayMicros: number;
  readonly resourceQuotaSyncPeriodMicros: number;
  readonly attachDetachReconcilerSyncPeriodMicros: number;
  readonly pvClaimBinderSyncPeriodMicros: number;
  /** Of each controller's client. */
  readonly kubeApiQps: number;
  readonly kubeApiBurst: number;
  readonly leaderElect: boolean;
  readonly leaseDurationMicros: number;
  readonly renewDeadlineMicros: number;
  readonly retryPeriodMicros: number;
}

export const DEFAULT_CONTROLLER_FLAGS: ControllerFlags = {
  concurrentDeploymentSyncs: 5,
  concurrentReplicaSetSyncs: 5,
  concurrentStatefulSetSyncs: 5,
  concurrentDaemonSetSyncs: 2,
  concurrentJobSyncs: 5,
  concurrentCronJobSyncs: 5,
  concurrentEndpointSliceSyncs: 5,
  concurrentEndpointSyncs: 5,
  mirroringConcurrentServiceEndpointSyncs: 5,
  mirroringMaxEndpointsPerSubset: 1000,
  concurrentServiceSyncs: 1,
  concurrentGcSyncs: 20,
  concurrentNamespaceSyncs: 10,
  concurrentResourceQuotaSyncs: 5,
  concurrentHorizontalPodAutoscalerSyncs: 5,
  nodeMonitorPeriodMicros: 5 * SECOND,
  nodeMonitorGracePeriodMicros: 50 * SECOND,
  nodeStartupGracePeriodMicros: 60 * SECOND,
  nodeEvictionRate: 0.1,
  secondaryNodeEvictionRate: 0.01,
  unhealthyZoneThreshold: 0.55,
  largeClusterSizeThreshold: 50,
  terminatedPodGcThreshold: 12_500,
  horizontalPodAutoscalerSyncPeriodMicros: 15 * SECOND,
  horizontalPodAutoscalerDownscaleStabilizationMicros: 300 * SECOND,
  horizontalPodAutoscalerTolerance: 0.1,
  horizontalPodAutoscalerCpuInitializationPeriodMicros: 300 * SECOND,
  horizontalPodAutoscalerInitialReadinessDelayMicros: 30 * SECOND,
  resourceQuotaSyncPeriodMicros: 300 * SECOND,
  attachDetachReconcilerSyncPeriodMicros: 60 * SECOND,
  pvClaimBinderSyncPeriodMicros: 15 * SECOND,
  kubeApiQps: 20,
  kubeApiBurst: 30,
  leaderElect: true,
  leaseDurationMicros: 15 * SECOND,
  renewDeadlineMicros: 10 * SECOND,
  retryPeriodMicros: 2 * SECOND,
};
