// What a scenario may say about its API servers below `cluster.controlPlane`, and the plan of it. Part of the schema.
import { z } from "zod";
import { fields } from "./duration-schema.ts";
import type { ApiServersPlan } from "./plan.ts";

const COUNT_HINT = "a whole number from 1 to 9";
const ZONE_HINT = "a zone name";
const CORES_HINT = "a number of cores from 0.1 to 256";
const DEFAULT_CORES = 8;

const replicas = z.int({ error: COUNT_HINT }).min(1, { error: COUNT_HINT }).max(9, { error: COUNT_HINT });

export const apiServersSchema = z
  .union(
    [
      replicas,
      fields({
        replicas: replicas.optional().describe("How many; default 1."),
        zones: z
          .array(z.string({ error: ZONE_HINT }).min(1, { error: ZONE_HINT }), { error: "a list of zone names" })
          .min(1, { error: "a list that is not empty" })
          .optional()
          .describe("They are spread over these in turn; by default over the zones of etcd's members."),
        cpuCores: z
          .number({ error: CORES_HINT })
          .min(0.1, { error: CORES_HINT })
          .max(256, { error: CORES_HINT })
          .optional()
          .describe("Processors of each; default 8."),
      }),
    ],
    { error: "a number of API servers, or a mapping with replicas, zones and cpuCores" },
  )
  .meta({ description: "kube-apiserver: how many there are behind the load balancer, where, and how large." });

export type ApiServersSpec = z.input<typeof apiServersSchema>;

/** @param memberZones of etcd's members, beside which they run when the scenario does not say */
export function apiServersPlan(spec: ApiServersSpec | undefined, memberZones: readonly string[]): ApiServersPlan {
  const given = typeof spec === "number" ? { replicas: spec } : (spec ?? {});
  const zones = given.zones ?? memberZones;
  return {
    servers: Array.from({ length: given.replicas ?? 1 }, (_, i) => ({
      name: `apiserver-${i}`,
      zone: zones[i % Math.max(1, zones.length)] ?? "",
    })),
    cpuCores: given.cpuCores ?? DEFAULT_CORES,
  };
}
