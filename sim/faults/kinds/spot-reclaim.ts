// spotReclaim: the provider takes machines back, with a notice; the cloud controller manager, or what stands in for it, may react.
import { SECOND } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";

export const spotReclaim = faultKind({
  name: "spotReclaim",
  doc: "The provider announces that it takes machines back, and does so after the notice.",
  example: "{ at: 5m, spotReclaim: { pool: spot, share: 30%, notice: 2m } }",
  layer: "machines",
  parameters: {
    notice: { type: "duration", default: 120 * SECOND, doc: "From the announcement to the end of the machine." },
  },
  selection: ANY_ONE,
  isSelectable: true,
  course: "self",
  hasDuration: false,
  defaultForMicros: null,
  needsRunning: true,
  simpler: ["nodeCrash"],
  inject(run, { notice }) {
    for (const name of run.names) run.world.cloud.reclaimSpot(name, notice);
    run.after(notice, () => run.finish());
    return undefined;
  },
});
