// schedulerCrash: kube-scheduler dies at once and stays down until it ends; where there are replicas, another one takes over when the lease has run out.
import { MINUTE } from "../../engine/tick.ts";
import { faultKind } from "../kind.ts";

export const schedulerCrash = faultKind({
  name: "schedulerCrash",
  doc: "Replicas of the scheduler die at once and are started again when it ends.",
  example: "{ at: 5m, schedulerCrash: { role: leader, for: 2m } }",
  layer: "schedulers",
  parameters: {},
  selection: {},
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 2 * MINUTE,
  needsRunning: true,
  inject({ names, world }) {
    for (const name of names) world.schedulers.stop(name);
    return () => {
      for (const name of names) world.schedulers.start(name);
    };
  },
});
