// machineDelete: machines vanish in the cloud, as when somebody deletes them in its console.
import { ANY_ONE, faultKind } from "../kind.ts";

export const machineDelete = faultKind({
  name: "machineDelete",
  doc: "Machines are gone for good; the cloud controller manager removes their nodes when it learns of it.",
  example: "{ at: 5m, machineDelete: { pool: general, count: 3 } }",
  layer: "machines",
  parameters: {},
  selection: ANY_ONE,
  isSelectable: true,
  course: "instant",
  hasDuration: false,
  defaultForMicros: null,
  needsRunning: false,
  simpler: ["nodeCrash"],
  inject({ names, world }) {
    for (const name of names) world.cloud.deleteMachine(name);
    return undefined;
  },
});
