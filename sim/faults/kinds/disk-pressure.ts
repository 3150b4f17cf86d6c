// diskPressure: something fills the disk of a machine, until the kubelet collects images and evicts pods.
import { MINUTE } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";
import { undoAll } from "../undo-all.ts";

export const diskPressure = faultKind({
  name: "diskPressure",
  doc: "The disks of the machines fill up to a share of their size.",
  example: "{ at: 5m, diskPressure: { node: general-3, full: 95%, for: 10m } }",
  layer: "nodes",
  parameters: {
    full: { type: "share", max: 1, default: 0.95, doc: "Share of the disk that is taken then." },
  },
  selection: ANY_ONE,
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 10 * MINUTE,
  needsRunning: true,
  inject({ names, world }, { full }) {
    return undoAll(names.map((name) => world.nodes.fillDisk(name, full)));
  },
});
