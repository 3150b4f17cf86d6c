// autoscalerCrash: the cluster autoscaler dies at once and stays down until it ends: no machine is asked for or given back, and what it was about to remove stays tainted.
import { MINUTE } from "../../engine/tick.ts";
import { faultKind } from "../kind.ts";

export const autoscalerCrash = faultKind({
  name: "autoscalerCrash",
  doc: "Replicas of the cluster autoscaler die at once and are started again when it ends.",
  example: "{ at: 5m, autoscalerCrash: { role: leader, for: 10m } }",
  layer: "autoscalers",
  parameters: {},
  selection: {},
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 5 * MINUTE,
  needsRunning: true,
  inject({ names, world }) {
    for (const name of names) world.autoscalers.stop(name);
    return () => {
      for (const name of names) world.autoscalers.start(name);
    };
  },
});
