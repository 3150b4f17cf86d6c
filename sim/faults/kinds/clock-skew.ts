// clockSkew: the clock of a machine is wrong: what it writes into leases and status is from another time.
import { MINUTE } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";
import { undoAll } from "../undo-all.ts";

export const clockSkew = faultKind({
  name: "clockSkew",
  doc: "The clocks of the machines show another time by `offset`.",
  example: "{ at: 5m, clockSkew: { node: general-3, offset: 2m, direction: behind, for: 10m } }",
  layer: "nodes",
  parameters: {
    offset: { type: "duration", default: MINUTE, doc: "By how much." },
    direction: { type: "choice", words: ["ahead", "behind"], default: "ahead", doc: "Which way." },
  },
  selection: ANY_ONE,
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 10 * MINUTE,
  needsRunning: true,
  inject({ names, world }, { direction, offset }) {
    return undoAll(names.map((name) => world.nodes.skewClock(name, direction === "ahead" ? offset : -offset)));
  },
});
