// The cluster of a scenario as it is before a search lets anything happen: who could be hit.
import { Cluster, type SimulateOptions } from "../../cluster.ts";
import type { FaultLayer } from "../../model/fault-layers.ts";
import { LAYERS } from "../../model/fault-layers.ts";
import type { ClusterObjects } from "../../model/objects.ts";
import { parseObjectName } from "../../model/resource-names.ts";
import type { Plan } from "../../scenario/plan.ts";
import type { Inventory } from "./space.ts";

/** As it is at the time when the first thing may happen. */
export function inventoryAt(plan: Plan, atMicros: number, options: SimulateOptions): Inventory {
  const cluster = new Cluster(plan, plan.seed, options);
  cluster.runTo(atMicros);
  const state = cluster.state();
  const layers = Object.keys(LAYERS) as FaultLayer[];
  const candidates = new Map(layers.map((layer) => [layer, cluster.candidates(layer)]));
  return {
    candidates: (layer) => candidates.get(layer)!,
    replicasOf(workload) {
      const name = parseObjectName(workload);
      if ("expected" in name) return 1;
      const objects = state.list(name.list as "deployments") as ClusterObjects["deployments"];
      const object = objects.find(({ metadata }) => `${metadata.namespace ?? "default"}/${metadata.name}` === name.key);
      return object?.spec?.replicas ?? 1;
    },
  };
}
