// nodeFlap: nodes lose their way to the API server and find it again, over and over: Ready, NotReady, Ready.
import { MINUTE, SECOND } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";
import { undoAll } from "../undo-all.ts";
import { flap } from "./flap.ts";

export const nodeFlap = faultKind({
  name: "nodeFlap",
  doc: "Kubelets lose the API server for `down` and have it for `up`, again and again; containers run on.",
  example: "{ at: 5m, nodeFlap: { node: general-3, down: 60s, up: 30s, for: 20m } }",
  layer: "nodes",
  parameters: {
    down: {
      type: "randomDuration",
      default: { kind: "constant", value: 60 * SECOND },
      doc: "Time without the API server, at least 1s.",
    },
    up: {
      type: "randomDuration",
      default: { kind: "constant", value: 30 * SECOND },
      doc: "Time with it, at least 1s.",
    },
  },
  selection: ANY_ONE,
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 10 * MINUTE,
  needsRunning: false,
  simpler: ["kubeletStop"],
  inject(run, { down, up }) {
    const { names, world } = run;
    return flap(run, { down, up, leastMicros: SECOND }, () =>
      undoAll(names.map((name) => world.nodes.disconnect(name))),
    );
  },
});
