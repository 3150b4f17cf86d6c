// kubeletStop: the kubelet process is gone; containers run on and serve.
import { MINUTE } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";
import { undoAll } from "../undo-all.ts";

export const kubeletStop = faultKind({
  name: "kubeletStop",
  doc: "The kubelet is not there: no heartbeats, nothing is started or stopped, but containers run on.",
  example: "{ at: 5m, kubeletStop: { node: general-3, for: 10m } }",
  layer: "nodes",
  parameters: {},
  selection: ANY_ONE,
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 10 * MINUTE,
  needsRunning: true,
  inject({ names, world }) {
    return undoAll(names.map((name) => world.nodes.stopKubelet(name)));
  },
});
