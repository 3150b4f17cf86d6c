// What a scenario may say about kube-controller-manager: its replicas and its flags, by their real names in camelCase.
// sim/scenario/controller-manager.ts makes the plan of it.
import { z } from "zod";
import { durationSchema, fields } from "./duration-schema.ts";

const whole = (min: number, max: number) => {
  const error = `a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};
const RATE_HINT = "a number, 0 or more";
const rate = z.number({ error: RATE_HINT }).min(0, { error: RATE_HINT });
const SHARE_HINT = "a share from 0 to 1";
const share = z.number({ error: SHARE_HINT }).min(0, { error: SHARE_HINT }).max(1, { error: SHARE_HINT });
const flag = z.boolean({ error: "true or false" });
const workers = whole(1, 1000);

/** Durations by the name of the flag; the plan has them in microseconds. */
export const DURATION_FLAGS = [
  "nodeMonitorPeriod",
  "nodeMonitorGracePeriod",
  "nodeStartupGracePeriod",
  "horizontalPodAutoscalerSyncPeriod",
  "horizontalPodAutoscalerDownscaleStabilization",
  "horizontalPodAutoscalerCpuInitializationPeriod",
  "horizontalPodAutoscalerInitialReadinessDelay",
  "resourceQuotaSyncPeriod",
  "attachDetachReconcilerSyncPeriod",
  "pvClaimBinderSyncPeriod",
] as const;

const durations = Object.fromEntries(DURATION_FLAGS.map((name) => [name, durationSchema.optional()])) as Record<
  (typeof DURATION_FLAGS)[number],
  z.ZodOptional<typeof durationSchema>
>;

/** Numbers and switches, which the plan has under the same names. */
const plainFlags = {
  concurrentDeploymentSyncs: workers.optional(),
  concurrentReplicaSetSyncs: workers.optional(),
  concurrentStatefulSetSyncs: workers.optional(),
  concurrentDaemonSetSyncs: workers.optional(),
  concurrentJobSyncs: workers.optional(),
  concurrentCronJobSyncs: workers.optional(),
  concurrentEndpointSliceSyncs: workers.optional(),
  concurrentEndpointSyncs: workers.optional(),
  mirroringConcurrentServiceEndpointSyncs: workers.optional(),
  mirroringMaxEndpointsPerSubset: workers.optional(),
  concurrentServiceSyncs: workers.optional(),
  concurrentGcSyncs: workers.optional(),
  concurrentNamespaceSyncs: workers.optional(),
  concurrentResourceQuotaSyncs: workers.optional(),
  concurrentHorizontalPodAutoscalerSyncs: workers.optional(),
  nodeEvictionRate: rate.optional().describe("Nodes per second and zone that are given up; default 0.1."),
  secondaryNodeEvictionRate: rate.optional().describe("In a large zone of which a part is down; default 0.01."),
  unhealthyZoneThreshold: share.optional().describe("Share of a zone's nodes that makes it unhealthy; default 0.55."),
  largeClusterSizeThreshold: whole(0, 1_000_000).optional().describe("Zones above it are large; default 50."),
  terminatedPodGcThreshold: whole(0, 10_000_000).optional(),
  horizontalPodAutoscalerTolerance: rate.optional(),
  kubeApiQps: rate.optional().describe("Requests per second of each controller's client; default 20."),
  kubeApiBurst: whole(1, 1_000_000).optional().describe("Default 30."),
};
export const PLAIN_FLAGS = Object.keys(plainFlags) as (keyof typeof plainFlags)[];

/** Of components that elect a leader. */
export const electionFields = {
  replicas: whole(1, 9).optional().describe("Of which one leads; default 1."),
  leaderElect: flag.optional().describe("false: it works without asking for a lease; default true."),
  leaderElectLeaseDuration: durationSchema.optional().describe("Default 15s."),
  leaderElectRenewDeadline: durationSchema.optional().describe("Default 10s."),
  leaderElectRetryPeriod: durationSchema.optional().describe("Default 2s."),
};

export const controllerManagerSchema = z
  .union([z.literal(false), fields({ ...electionFields, ...durations, ...plainFlags })], {
    error: "a mapping, or false",
  })
  .meta({
    description: "kube-controller-manager. false: no controllers and no kubelets, pods are only placed, run and go.",
  });

export type ControllerManagerSpec = z.input<typeof controllerManagerSchema>;
