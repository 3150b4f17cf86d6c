// nodePartition: nodes are cut off, from the control plane or from everything; what runs on them runs on.
import { MINUTE } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";
import { undoAll } from "../undo-all.ts";

export const nodePartition = faultKind({
  name: "nodePartition",
  doc: "Nodes are cut off from the control plane, or from everything; containers run on.",
  example: "{ at: 5m, nodePartition: { zone: a, for: 10m } }",
  layer: "nodes",
  parameters: {
    from: {
      type: "choice",
      words: ["controlPlane", "everything"],
      default: "controlPlane",
      doc: "controlPlane: pods on them still serve and are reached.",
    },
  },
  selection: ANY_ONE,
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 10 * MINUTE,
  needsRunning: false,
  simpler: ["kubeletStop"],
  inject({ names, world }, { from }) {
    if (from === "everything") {
      // each by itself: two that are cut off do not reach each other either
      return undoAll(names.flatMap((name) => [world.network.isolate({ hosts: [name] }), world.nodes.disconnect(name)]));
    }
    const hosts = world.api.servers().map(({ name }) => name);
    // the ways of proxies and pods, and the kubelets' own
    return undoAll([
      world.network.cut({ hosts: names }, { hosts }),
      ...names.map((name) => world.nodes.disconnect(name)),
    ]);
  },
});
