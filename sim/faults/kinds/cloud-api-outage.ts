// cloudApiOutage: the API of the cloud answers nothing: no machine, load balancer or volume can be made or looked at.
import { MINUTE } from "../../engine/tick.ts";
import { faultKind } from "../kind.ts";
import { undoAll } from "../undo-all.ts";

export const cloudApiOutage = faultKind({
  name: "cloudApiOutage",
  doc: "The API of the cloud answers nothing.",
  example: "{ at: 5m, cloudApiOutage: { for: 30m } }",
  layer: "cloud",
  parameters: {},
  selection: {},
  isSelectable: false,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 30 * MINUTE,
  needsRunning: false,
  inject({ world }) {
    return undoAll([world.cloud.apiOutage()]);
  },
});
