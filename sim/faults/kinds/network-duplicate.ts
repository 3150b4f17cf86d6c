// networkDuplicate: packets between members arrive twice. TCP drops the second copy: it costs bandwidth and nothing else.
import { MINUTE } from "../../engine/tick.ts";
import { faultKind } from "../kind.ts";
import { DIRECTION, onLinks } from "./links.ts";

export const networkDuplicate = faultKind({
  name: "networkDuplicate",
  doc: "A share of the packets between the targets and the other members arrives twice; TCP hides that from etcd.",
  example: "{ at: 5m, networkDuplicate: { duplicate: 50%, for: 1m } }",
  layer: "etcd",
  parameters: {
    duplicate: { type: "share", default: 0.1, doc: "Share of the packets." },
    direction: DIRECTION,
  },
  selection: { role: "any" },
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 5 * MINUTE,
  needsRunning: false,
  inject: (run, { duplicate, direction }) =>
    onLinks(run, direction, (from, to) => run.world.network.worsen(from, to, { duplicate }, run.id)),
});
