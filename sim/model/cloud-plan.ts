// How the cloud behind a cluster behaves: data of the plan. Durations are drawn per use.
import type { Distribution } from "../engine/distributions.ts";
import { SECOND } from "../engine/tick.ts";

export interface CloudPlan {
  /** Does a cloud controller manager run? Volumes are provisioned and attached without one too. */
  readonly hasControllerManager: boolean;
  readonly replicas: number;
  /** Pools replace machines that are gone. */
  readonly replacesMachines: boolean;
  /** From the request for a machine until its kubelet starts. */
  readonly provisionMachineMicros: Distribution;
  /** From a Service of type LoadBalancer until its address is known. */
  readonly loadBalancerMicros: Distribution;
  /** A route to a node, which is not available before; null: the network needs none. */
  readonly routeMicros: Distribution | null;
  readonly provisionVolumeMicros: Distribution;
  readonly deleteVolumeMicros: Distribution;
  readonly attachVolumeMicros: Distribution;
  readonly detachVolumeMicros: Distribution;
  /** Of the provider's API; 0 = no limit. */
  readonly callsPerSecond: number;
  readonly burst: number;
}

const uniform = (min: number, max: number): Distribution => ({ kind: "uniform", min: min * SECOND, max: max * SECOND });

/** Orders of magnitude of large providers; what a machine takes is from the calibration data (45 s to 90 s on EC2). */
export const DEFAULT_CLOUD: CloudPlan = {
  hasControllerManager: false,
  replicas: 1,
  replacesMachines: true,
  provisionMachineMicros: uniform(45, 90),
  loadBalancerMicros: uniform(30, 90),
  routeMicros: null,
  provisionVolumeMicros: uniform(2, 6),
  deleteVolumeMicros: uniform(2, 6),
  attachVolumeMicros: uniform(3, 12),
  detachVolumeMicros: uniform(3, 12),
  callsPerSecond: 20,
  burst: 100,
};
