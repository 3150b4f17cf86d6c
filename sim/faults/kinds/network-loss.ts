// networkLoss: packets between members get lost. TCP sends them again, later and later: what was loss becomes delay.
import { MINUTE } from "../../engine/tick.ts";
import { faultKind } from "../kind.ts";
import { DIRECTION, onLinks } from "./links.ts";

export const networkLoss = faultKind({
  name: "networkLoss",
  doc: "A share of the packets between the targets and the other members is lost and sent again by TCP.",
  example: "{ at: 5m, networkLoss: { role: leader, loss: 30%, for: 1m } }",
  layer: "etcd",
  parameters: {
    loss: { type: "share", default: 0.1, doc: "Share of the packets." },
    direction: DIRECTION,
  },
  selection: { role: "any" },
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 5 * MINUTE,
  needsRunning: false,
  inject: (run, { loss, direction }) =>
    onLinks(run, direction, (from, to) => run.world.network.worsen(from, to, { loss }, run.id)),
});
