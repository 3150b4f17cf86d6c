// What a scenario may say about requests on Services. Part of the schema; traffic.ts makes the plan of it.
import { z } from "zod";
import { durationMicros, durationSchema, fields, randomDurationSchema } from "./duration-schema.ts";

const SERVICE_HINT = "a Service as namespace/name, or a name in the default namespace";
const serviceSchema = z
  .string({ error: SERVICE_HINT })
  .regex(/^([a-z0-9]([-a-z0-9]*[a-z0-9])?\/)?[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, { error: SERVICE_HINT });

const RATE_HINT = 'requests per time, such as "200/s" or "90/m"';
const oneRateSchema = z.string({ error: RATE_HINT }).regex(/^\d+(\.\d+)?\/(ms|s|m|h)$/, { error: RATE_HINT });

const RATES_HINT = `${RATE_HINT}, or a list of { at, rate } in order of time`;
const rateSchema = z
  .union(
    [
      oneRateSchema,
      z
        .array(fields({ at: durationSchema, rate: oneRateSchema }))
        .min(1, { error: RATES_HINT })
        .refine(
          (steps) => steps.every((step, i) => i === 0 || durationMicros(steps[i - 1]!.at) < durationMicros(step.at)),
          {
            error: "steps in order of time, each later than the one before",
          },
        ),
    ],
    { error: RATES_HINT },
  )
  .meta({ description: "How many requests there are: always the same, or from each of several times on." });

const FROM_HINT = "external, nodes, or a mapping with labels";
const fromSchema = z
  .union(
    [
      z.enum(["external", "nodes"]),
      fields({
        namespace: z.string({ error: "a namespace" }).optional(),
        labels: z.record(z.string(), z.string(), { error: "a mapping of text to text" }),
      }),
    ],
    { error: FROM_HINT },
  )
  .meta({
    description:
      "external: clients outside, through the load balancer and any node that it believes healthy. nodes: every node alike. labels: the pods that carry them; as many requests from each.",
  });

const whole = (min: number, max: number) =>
  z
    .int({ error: `a whole number from ${min} to ${max}` })
    .min(min, { error: `a whole number from ${min} to ${max}` })
    .max(max, { error: `a whole number from ${min} to ${max}` });

const serviceTrafficSchema = fields({
  service: serviceSchema,
  rate: rateSchema,
  from: fromSchema
    .optional()
    .describe("Default: external for Services of type LoadBalancer or NodePort, nodes for others."),
  minAvailable: whole(0, 1_000_000)
    .optional()
    .describe("Time with fewer pods that really answer is counted; default 1."),
  lookupsPerRequest: z
    .number({ error: "a number of at least 0" })
    .min(0, { error: "a number of at least 0" })
    .max(100, { error: "at most 100" })
    .optional()
    .describe(
      "DNS look-ups per request, at the Service kube-dns in kube-system; one that fails fails the request. Default 0.",
    ),
});

export const trafficSchema = fields({
  services: z.array(serviceTrafficSchema, { error: "a list of services" }),
  loadBalancer: fields({
    interval: durationSchema.optional().describe("From one health check of a node to the next; default 10s."),
    unhealthyChecks: whole(1, 100).optional().describe("Failed checks that take a node out; default 3."),
    healthyChecks: whole(1, 100).optional().describe("Good checks that take it back in; default 2."),
  }).optional(),
  proxy: fields({
    minSyncPeriod: durationSchema.optional().describe("kube-proxy's; default 1s."),
    sync: randomDurationSchema.optional().describe("How long a sync of the rules takes; default 20ms to 60ms."),
    dns: randomDurationSchema
      .optional()
      .describe("From a change until clients of a headless Service know; default 0s to 5s."),
  }).optional(),
}).describe(
  "Requests on Services: how many succeed is worked out exactly from what each node's proxy knows and what answers.",
);

export type TrafficSpec = z.input<typeof trafficSchema>;
