// networkDelay: messages between members take longer, by a fixed or a random time.
import { HOUR, MILLISECOND, MINUTE } from "../../engine/tick.ts";
import { faultKind } from "../kind.ts";
import { DIRECTION, onLinks } from "./links.ts";

export const networkDelay = faultKind({
  name: "networkDelay",
  doc: "Messages between the targets and the other members take longer; by default on all links between members.",
  example: "{ at: 5m, networkDelay: { zone: a, delay: { uniform: { min: 20ms, max: 80ms } }, for: 1m } }",
  layer: "etcd",
  parameters: {
    delay: {
      type: "randomDuration",
      max: HOUR,
      default: { kind: "constant", value: 50 * MILLISECOND },
      doc: "Added one way; where it is random it is drawn for each message.",
    },
    direction: DIRECTION,
  },
  selection: { role: "any" },
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 5 * MINUTE,
  needsRunning: false,
  inject: (run, { delay, direction }) =>
    onLinks(run, direction, (from, to) => run.world.network.worsen(from, to, { delayMicros: delay }, run.id)),
});
