// nodeFreeze: nothing on a machine gets on, as under SIGSTOP or in a virtual machine that its host has stalled.
import { MINUTE } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";
import { undoAll } from "../undo-all.ts";

export const nodeFreeze = faultKind({
  name: "nodeFreeze",
  doc: "Machines stand still with all that runs on them, and go on when it ends.",
  example: "{ at: 5m, nodeFreeze: { node: general-3, for: 2m } }",
  layer: "nodes",
  parameters: {},
  selection: ANY_ONE,
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 10 * MINUTE,
  needsRunning: true,
  simpler: ["kubeletStop"],
  inject({ names, world }) {
    return undoAll(names.map((name) => world.nodes.freeze(name)));
  },
});
