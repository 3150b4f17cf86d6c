// cloudStockout: the provider has no machines left of a pool's kind in a zone.
import { faultKind } from "../kind.ts";
import { undoAll } from "../undo-all.ts";

export const cloudStockout = faultKind({
  name: "cloudStockout",
  doc: "The provider has no machines left: new ones cannot be had.",
  example: "{ at: 5m, cloudStockout: { zones: [a], for: 2h } }",
  layer: "cloud",
  parameters: {
    zones: { type: "names", default: [""], doc: "In these zones; by default in all." },
    pools: { type: "names", default: [""], doc: "Of these node pools; by default of all." },
  },
  selection: {},
  isSelectable: false,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: null,
  needsRunning: false,
  inject({ world }, { pools, zones }) {
    return undoAll(zones.flatMap((zone) => pools.map((pool) => world.cloud.stockout(zone, pool))));
  },
});
