// What a scenario may say about the cloud behind the cluster. sim/scenario/cloud.ts makes the plan of it.
import { z } from "zod";
import { fields, randomDurationSchema } from "./duration-schema.ts";

const RATE_HINT = "a number, 0 or more";
const COUNT_HINT = "a whole number from 1 to 9";
const rate = z.number({ error: RATE_HINT }).min(0, { error: RATE_HINT });

export const cloudSchema = fields({
  controllerManager: z
    .boolean({ error: "true or false" })
    .optional()
    .describe(
      "cloud-controller-manager runs: nodes whose machine is gone are deleted, load balancers made; default true.",
    ),
  replicas: z
    .int({ error: COUNT_HINT })
    .min(1, { error: COUNT_HINT })
    .max(9, { error: COUNT_HINT })
    .optional()
    .describe("Of cloud-controller-manager, of which one leads; default 1."),
  replaceMachines: z
    .boolean({ error: "true or false" })
    .optional()
    .describe("Node pools replace machines that are gone; default true."),
  provisionMachine: randomDurationSchema
    .optional()
    .describe("From the request for a machine until its kubelet starts; default 45s to 90s."),
  loadBalancer: randomDurationSchema.optional().describe("Until a Service has its address; default 30s to 90s."),
  route: randomDurationSchema
    .optional()
    .describe("Until a node has a route and is available to the network; by default nodes need none."),
  provisionVolume: randomDurationSchema.optional().describe("Default 2s to 6s."),
  deleteVolume: randomDurationSchema.optional().describe("Default 2s to 6s."),
  attachVolume: randomDurationSchema.optional().describe("Default 3s to 12s."),
  detachVolume: randomDurationSchema.optional().describe("Default 3s to 12s."),
  callsPerSecond: rate.optional().describe("Rate limit of the provider's API; 0 = none; default 20."),
  burst: rate.optional().describe("Calls at once; default 100."),
}).meta({ description: "The cloud behind the cluster. Without this there is no cloud-controller-manager." });

export type CloudSpec = z.input<typeof cloudSchema>;
