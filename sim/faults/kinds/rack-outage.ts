// rackOutage: a rack loses its power or its switch: the machines whose label says that they stand in it.
import { MINUTE } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";
import { undoAll } from "../undo-all.ts";

export const rackOutage = faultKind({
  name: "rackOutage",
  doc: "All machines of a rack lose their power, or with `cause: switch` their network. Racks are told by the label topology.kubernetes.io/rack.",
  example: "{ at: 20m, rackOutage: { rack: a-rack-1, for: 15m } }",
  layer: "racks",
  isSteady: true,
  parameters: {
    cause: { type: "choice", words: ["power", "switch"], default: "power", doc: "What has failed." },
  },
  selection: ANY_ONE,
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 15 * MINUTE,
  needsRunning: false,
  simpler: ["nodeCrash"],
  inject({ names, world }, { cause }) {
    const nodes = world
      .candidates("nodes")
      .filter(({ rack, role }) => rack !== undefined && names.includes(rack) && role !== "down")
      .map(({ name }) => name);
    if (cause === "switch") return nodes.length === 0 ? undefined : undoAll([world.network.isolate({ hosts: nodes })]);
    for (const name of nodes) world.nodes.crash(name);
    return () => {
      for (const name of nodes) world.nodes.start(name);
    };
  },
});
