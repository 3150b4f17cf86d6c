// leaderLoss: the leader of a component cannot renew its lease any more and ends when it notices; another replica, or the same one after its
// restart, takes the lease when it has run out.
import { faultKind } from "../kind.ts";

export const leaderLoss = faultKind({
  name: "leaderLoss",
  doc: "The leading replica of a component loses its lease and ends.",
  example: "{ at: 5m, leaderLoss: { component: controllerManager } }",
  layer: "cluster",
  parameters: {
    component: {
      type: "choice",
      words: ["scheduler", "controllerManager"],
      default: "controllerManager",
      doc: "Whose leader.",
    },
  },
  selection: {},
  isSelectable: false,
  course: "instant",
  hasDuration: false,
  defaultForMicros: null,
  needsRunning: false,
  inject({ world }, { component }) {
    const points = component === "scheduler" ? world.schedulers : world.controllerManagers;
    for (const { name, role } of points.replicas()) if (role === "leader") points.loseLease(name);
    return undefined;
  },
});
