// What faults can touch: the fault points of the parts that are there, and nothing else of them.
import type { Target } from "./targets.ts";

export interface FaultWorld {
  /** Everything that faults of the layer can act on now, in a fixed order. */
  candidates(layer: "etcd"): readonly Target[];
}
