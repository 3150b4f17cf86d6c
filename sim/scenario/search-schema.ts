// What a scenario says about being searched: what may happen to its cluster. Names of kinds are checked by whoever searches, who knows them.
import { z } from "zod";
import { durationMicros, durationSchema, fields } from "./duration-schema.ts";
import type { SearchPlan } from "./plan.ts";

const KINDS_HINT = "a list of faults, actions or layers, such as [nodes, zoneOutage, drain]";
const kindsSchema = z.array(z.string({ error: KINDS_HINT }).min(1, { error: KINDS_HINT }), { error: KINDS_HINT });
const FAULTS_HINT = "a whole number from 1 to 20";
const SHARE_HINT = "a share such as 30% or 0.3";

export const searchSchema = fields({
  kinds: kindsSchema
    .optional()
    .describe("Only these: faults, actions, layers (nodes, pods, etcd …), or all `faults` or `actions`."),
  exclude: kindsSchema.optional().describe("Not these."),
  maxFaults: z
    .int({ error: FAULTS_HINT })
    .min(1, { error: FAULTS_HINT })
    .max(20, { error: FAULTS_HINT })
    .optional()
    .describe("At most so many faults and actions in one run; default 3."),
  maxShare: z
    .union([
      z.number({ error: SHARE_HINT }).positive({ error: SHARE_HINT }).max(1, { error: SHARE_HINT }),
      z.string({ error: SHARE_HINT }).regex(/^(100|\d{1,2})%$/, { error: SHARE_HINT }),
    ])
    .optional()
    .describe(
      "At most this share of nodes, zones, members or pods of one kind is hit by one fault, but always one; default 34%.",
    ),
  from: durationSchema.optional().describe("Nothing happens before; default: a tenth of the run."),
  to: durationSchema
    .optional()
    .describe("All faults are over by then, so that the cluster can recover; default: six tenths of the run."),
}).describe("For kubedrill search: what may happen to this cluster.");

export function searchPlan(spec: z.infer<typeof searchSchema>): SearchPlan {
  const { exclude = [], from, kinds, maxFaults, maxShare, to } = spec;
  return {
    kinds: kinds ?? null,
    exclude,
    maxFaults: maxFaults ?? null,
    maxShare:
      maxShare === undefined ? null : typeof maxShare === "number" ? maxShare : Number.parseInt(maxShare, 10) / 100,
    fromMicros: from === undefined ? null : durationMicros(from),
    toMicros: to === undefined ? null : durationMicros(to),
  };
}
