// networkBandwidth: links between members carry less; what does not fit waits.
import { MINUTE } from "../../engine/tick.ts";
import { faultKind } from "../kind.ts";
import { DIRECTION, onLinks } from "./links.ts";

export const networkBandwidth = faultKind({
  name: "networkBandwidth",
  doc: "Links between the targets and the other members carry at most `rate` bytes per second each way.",
  example: "{ at: 5m, networkBandwidth: { rate: 64Ki, for: 1m } }",
  layer: "etcd",
  parameters: {
    rate: { type: "bytes", default: 131_072, doc: "Bytes per second." },
    direction: DIRECTION,
  },
  selection: { role: "any" },
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 5 * MINUTE,
  needsRunning: false,
  inject: (run, { rate, direction }) =>
    onLinks(run, direction, (from, to) =>
      run.world.network.worsen(from, to, { bandwidthBytesPerSecond: Math.max(1, rate) }, run.id),
    ),
});
