// What a scenario may say about metrics that autoscalers read. Part of the schema; metrics.ts makes the plan of it.
import { z } from "zod";
import { durationMicros, durationSchema, fields } from "./duration-schema.ts";

const text = (hint: string) => z.string({ error: hint }).min(1, { error: hint });
const labels = z.record(z.string(), z.string(), { error: "a mapping of text to text" });
const VALUE_HINT = "a number from 0 to 1000000000000, or null";
const value = z
  .number({ error: VALUE_HINT })
  .min(0, { error: VALUE_HINT })
  .max(1e12, { error: VALUE_HINT })
  .nullable()
  .describe("null: nobody answers with a value from then on.");

const VALUES_HINT = "a number, or a list of { at, value } in order of time";
const valuesSchema = z
  .union(
    [
      z.number({ error: VALUES_HINT }).min(0, { error: VALUE_HINT }).max(1e12, { error: VALUE_HINT }),
      z
        .array(fields({ at: durationSchema, value }))
        .min(1, { error: VALUES_HINT })
        .refine(
          (points) => points.every((p, i) => i === 0 || durationMicros(points[i - 1]!.at) < durationMicros(p.at)),
          { error: "points in order of time, each later than the one before" },
        ),
    ],
    { error: VALUES_HINT },
  )
  .meta({ description: "Always the same, or from each of several times on. Before the first there is none." });

const SOURCE_HINT = "one of external, object, pods";
const oneMetricSchema = fields({
  name: text("the metric's name"),
  namespace: text("a namespace").optional().describe("Of the autoscalers that read it; default: default."),
  external: fields({ labels: labels.optional() })
    .optional()
    .describe("External: a series outside of the cluster with these labels, such as the length of a queue."),
  object: fields({ kind: text("a kind"), name: text("a name") })
    .optional()
    .describe("Object: the metric of one object, such as requests per second of an Ingress."),
  pods: fields({
    labels,
    shared: z
      .boolean({ error: "true or false" })
      .optional()
      .describe("true: the value is shared evenly by those that are ready; false (default): each pod has it."),
  })
    .optional()
    .describe("Pods: the metric of each running pod with these labels."),
  values: valuesSchema,
  between: z
    .enum(["step", "linear"], { error: "step or linear" })
    .optional()
    .describe("How the value goes from one point to the next; default step."),
}).refine((metric) => [metric.external, metric.object, metric.pods].filter((of) => of !== undefined).length === 1, {
  error: SOURCE_HINT,
});

export const metricsSchema = z.array(oneMetricSchema, { error: "a list of metrics" }).meta({
  description:
    "Metrics of custom.metrics.k8s.io and external.metrics.k8s.io, for autoscalers that scale by Pods, Object or External.",
});

export type MetricsSpec = z.infer<typeof metricsSchema>;
