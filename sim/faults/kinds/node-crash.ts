// nodeCrash: a machine loses its power, without a word to anybody, and boots again when it ends.
import { MINUTE } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";

export const nodeCrash = faultKind({
  name: "nodeCrash",
  doc: "Machines lose their power with all containers on them, and boot again when it ends.",
  example:
    "{ mtbf: { weibull: { shape: 0.7, scale: 30d } }, per: node, nodeCrash: { for: { lognormal: { median: 1h, p90: 8h } } } }",
  layer: "nodes",
  parameters: {},
  selection: ANY_ONE,
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 10 * MINUTE,
  needsRunning: true,
  inject({ names, world }) {
    for (const name of names) world.nodes.crash(name);
    return () => {
      for (const name of names) world.nodes.start(name);
    };
  },
});
