// runtimeHang: the container runtime answers no call, as when its daemon deadlocks; the kubelet notices by its relist (PLEG).
import { MINUTE } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";
import { undoAll } from "../undo-all.ts";

export const runtimeHang = faultKind({
  name: "runtimeHang",
  doc: "The container runtime answers nothing: no container is started, stopped or seen; what runs, runs.",
  example: "{ at: 5m, runtimeHang: { node: general-3, for: 10m } }",
  layer: "nodes",
  parameters: {},
  selection: ANY_ONE,
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 10 * MINUTE,
  needsRunning: true,
  inject({ names, world }) {
    return undoAll(names.map((name) => world.nodes.hangRuntime(name)));
  },
});
