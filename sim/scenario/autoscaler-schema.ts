// What a scenario may say about the cluster autoscaler: its flags by their real names in camelCase, and the limits of its node groups.
// sim/scenario/autoscaler.ts makes the plan of it.
import { z } from "zod";
import { EXPANDERS } from "../model/autoscaler-plan.ts";
import { electionFields } from "./controller-manager-schema.ts";
import { durationSchema, fields, randomDurationSchema } from "./duration-schema.ts";

const whole = (min: number, max: number) => {
  const error = `a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};
const limited = (min: number, max: number) => {
  const error = `a number from ${min} to ${max}`;
  return z.number({ error }).min(min, { error }).max(max, { error });
};
const flag = z.boolean({ error: "true or false" });
const expander = z.enum(EXPANDERS);

/** Durations by the name of the flag; the plan has them in microseconds. */
const durationFlags = {
  scanInterval: durationSchema.optional().describe("How often the cluster is looked at; default 10s."),
  newPodScaleUpDelay: durationSchema.optional().describe("Younger pods cause no scale-up; default 0s."),
  maxNodeProvisionTime: durationSchema
    .optional()
    .describe("A machine that has not registered by then has failed; default 15m."),
  initialNodeGroupBackoffDuration: durationSchema.optional().describe("After a failed scale-up; default 5m."),
  maxNodeGroupBackoffDuration: durationSchema.optional().describe("Default 30m."),
  nodeGroupBackoffResetTimeout: durationSchema.optional().describe("Default 3h."),
  scaleDownDelayAfterAdd: durationSchema.optional().describe("Default 10m."),
  scaleDownDelayAfterDelete: durationSchema.optional().describe("Default 0s."),
  scaleDownDelayAfterFailure: durationSchema.optional().describe("Default 3m."),
  scaleDownUnneededTime: durationSchema.optional().describe("How long a node must have been unneeded; default 10m."),
  scaleDownUnreadyTime: durationSchema.optional().describe("The same for a node that is not ready; default 20m."),
  unremovableNodeRecheckTimeout: durationSchema.optional().describe("Default 5m."),
  maxPodEvictionTime: durationSchema.optional().describe("How long an eviction is tried again; default 2m."),
  nodeDeleteDelayAfterTaint: durationSchema.optional().describe("Default 5s."),
  blockingSystemPodDistruptionTimeout: durationSchema
    .optional()
    .describe("After so long pods of kube-system without a disruption budget do not hold a node any more; default 1h."),
  maxFailingTime: durationSchema
    .optional()
    .describe("The process is restarted when no pass has succeeded for so long; default 15m."),
};
export const AUTOSCALER_DURATION_FLAGS = Object.keys(durationFlags) as (keyof typeof durationFlags)[];

/** Numbers and switches, which the plan has under the same names. */
const plainFlags = {
  frequentLoopsEnabled: flag
    .optional()
    .describe("A pod that fits nowhere, or a pass that did something, begins the next pass at once; default true."),
  balanceSimilarNodeGroups: flag.optional().describe("Default false."),
  maxNodesTotal: whole(0, 1_000_000).optional().describe("Of the whole cluster; 0 (default) = no limit."),
  maxNodesPerScaleup: whole(1, 1_000_000).optional().describe("Default 1000."),
  enforceNodeGroupMinSize: flag.optional().describe("Groups below their minimum grow without a reason; default false."),
  maxTotalUnreadyPercentage: limited(0, 100)
    .optional()
    .describe("With more nodes that are not ready it stops; default 45."),
  okTotalUnreadyCount: whole(0, 1_000_000).optional().describe("So many are never a reason to stop; default 3."),
  expendablePodsPriorityCutoff: whole(-2_147_483_648, 1_000_000_000).optional().describe("Default -10."),
  scaleDownEnabled: flag.optional().describe("Default true."),
  scaleDownUnreadyEnabled: flag.optional().describe("Default true."),
  scaleDownUtilizationThreshold: limited(0, 1).optional().describe("Default 0.5."),
  scaleDownGpuUtilizationThreshold: limited(0, 1).optional().describe("Default 0.5."),
  ignoreDaemonsetsUtilization: flag.optional().describe("Default false."),
  ignoreMirrorPodsUtilization: flag.optional().describe("Default false."),
  maxScaleDownParallelism: whole(1, 100_000).optional().describe("Nodes that are removed at once; default 10."),
  maxDrainParallelism: whole(1, 100_000).optional().describe("Of these: nodes with pods; default 1."),
  maxGracefulTerminationSec: whole(0, 1_000_000).optional().describe("Default 600."),
  cordonNodeBeforeTerminating: flag.optional().describe("Default true."),
  daemonsetEvictionForEmptyNodes: flag.optional().describe("Default false."),
  daemonsetEvictionForOccupiedNodes: flag.optional().describe("Default true."),
  skipNodesWithSystemPods: flag.optional().describe("Default true."),
  skipNodesWithLocalStorage: flag.optional().describe("Default true."),
  skipNodesWithCustomControllerPods: flag.optional().describe("Default true."),
  minReplicaCount: whole(0, 1_000_000).optional().describe("Default 0."),
  maxBulkSoftTaintCount: whole(0, 100_000).optional().describe("Default 10; 0 = no soft taints."),
  kubeClientQps: limited(0, 1_000_000).optional().describe("Default 5."),
  kubeClientBurst: whole(1, 1_000_000).optional().describe("Default 10."),
};
export const AUTOSCALER_PLAIN_FLAGS = Object.keys(plainFlags) as (keyof typeof plainFlags)[];

export const autoscalerSchema = z
  .union(
    [
      z.literal(false),
      fields({
        ...electionFields,
        ...durationFlags,
        ...plainFlags,
        expander: z
          .union([expander, z.array(expander).min(1, { error: "a list that is not empty" })], {
            error: `one of ${EXPANDERS.join(", ")}, or a list of them`,
          })
          .optional()
          .describe(
            "Which group grows where several would do; of a list each chooses among what the one before left. Default least-waste.",
          ),
      }),
    ],
    { error: "a mapping, or false" },
  )
  .meta({
    description:
      "The cluster autoscaler. It runs where a node pool has autoscaling; false: such pools keep their size.",
  });

export const poolAutoscalingSchema = fields({
  min: whole(0, 1_000_000).describe("Machines per zone that it leaves."),
  max: whole(0, 1_000_000).describe("Machines per zone that it makes."),
  price: limited(0, 1_000_000).optional().describe("Of one machine per hour, for the expander price."),
  priority: whole(-1_000_000, 1_000_000)
    .optional()
    .describe("For the expander priority; the highest is taken; default 0."),
  provisionTime: randomDurationSchema
    .optional()
    .describe("From the request for a machine until its kubelet starts; default: cloud.provisionMachine."),
  scaleDownUtilizationThreshold: limited(0, 1).optional(),
  scaleDownUnneededTime: durationSchema.optional(),
  scaleDownUnreadyTime: durationSchema.optional(),
  maxNodeProvisionTime: durationSchema.optional(),
}).describe("The pool is one node group per zone, which the cluster autoscaler makes larger and smaller.");

export type AutoscalerSpec = z.input<typeof autoscalerSchema>;
