// controllerManagerCrash: kube-controller-manager dies at once and stays down until it ends; where there are replicas, another one takes over when the lease has run out.
import { MINUTE } from "../../engine/tick.ts";
import { faultKind } from "../kind.ts";

export const controllerManagerCrash = faultKind({
  name: "controllerManagerCrash",
  doc: "Replicas of the controller manager die at once and are started again when it ends.",
  example: "{ at: 5m, controllerManagerCrash: { role: leader, for: 2m } }",
  layer: "controllerManagers",
  parameters: {},
  selection: {},
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 2 * MINUTE,
  needsRunning: true,
  inject({ names, world }) {
    for (const name of names) world.controllerManagers.stop(name);
    return () => {
      for (const name of names) world.controllerManagers.start(name);
    };
  },
});
