// networkPartition: packets between zones are dropped, in both directions or one; what is in one zone reaches each other.
import { MINUTE } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";
import { undoAll } from "../undo-all.ts";
import { DIRECTION } from "./links.ts";

export const networkPartition = faultKind({
  name: "networkPartition",
  doc: "Zones are cut off from all others, nodes and control plane alike; nothing dies.",
  example: "{ at: 20m, networkPartition: { zone: a, for: 15m } }",
  layer: "zones",
  parameters: { direction: DIRECTION },
  selection: ANY_ONE,
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 10 * MINUTE,
  needsRunning: false,
  simpler: ["nodePartition"],
  inject({ names, world }, { direction }) {
    // each zone by itself: two that are cut off do not reach each other either
    return undoAll(names.map((zone) => world.network.isolate({ zones: [zone] }, direction)));
  },
});
