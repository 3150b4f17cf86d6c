// nodeSlow: a gray failure: everything on the machine takes longer, while it goes on to say that it is ready.
import { MINUTE } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";
import { undoAll } from "../undo-all.ts";

export const nodeSlow = faultKind({
  name: "nodeSlow",
  doc: "Everything on the machines takes `factor` times as long.",
  example: "{ at: 5m, nodeSlow: { node: general-3, factor: 10, for: 10m } }",
  layer: "nodes",
  parameters: {
    factor: { type: "number", min: 1, max: 1000, default: 10, doc: "How many times as long." },
  },
  selection: ANY_ONE,
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 10 * MINUTE,
  needsRunning: true,
  inject({ names, world }, { factor }) {
    return undoAll(names.map((name) => world.nodes.slow(name, factor)));
  },
});
