// The resources that every table has columns for: CPU, memory, ephemeral storage, pods, GPUs. Others stand in the
// `resources` table, one row each. Amounts are integers: millicores, bytes, counts.
import type { Node } from "../model/objects.ts";
import { milliValue, value } from "../model/quantity.ts";

/** Column suffixes, in the order of every amounts vector. */
export const RESOURCES = ["cpu_m", "mem_b", "ephemeral_b", "pods", "gpu"] as const;
export const CPU = 0;
export const MEMORY = 1;
export const EPHEMERAL = 2;
export const PODS = 3;
export const GPU = 4;

/** One amount per entry of {@link RESOURCES}, and the others by name. */
export interface Amounts {
  readonly fixed: readonly number[];
  readonly other: ReadonlyMap<string, number>;
}

/** nvidia.com/gpu, amd.com/gpu and the like; shares and slices of GPUs are resources of their own. */
export function isGpu(resource: string): boolean {
  return resource.endsWith("/gpu");
}

/** What pods on this node may ask for in total. */
export function allocatableOf(node: Node): Amounts {
  const fixed = [0, 0, 0, 0, 0];
  const other = new Map<string, number>();
  for (const [name, quantity] of Object.entries(node.status?.allocatable ?? node.status?.capacity ?? {})) {
    if (name === "cpu") fixed[CPU] = milliValue(quantity);
    else if (name === "memory") fixed[MEMORY] = value(quantity);
    else if (name === "ephemeral-storage") fixed[EPHEMERAL] = value(quantity);
    else if (name === "pods") fixed[PODS] = value(quantity);
    else {
      if (isGpu(name)) fixed[GPU] = (fixed[GPU] as number) + value(quantity);
      other.set(name, value(quantity));
    }
  }
  return { fixed, other };
}
