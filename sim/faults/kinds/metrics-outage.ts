// metricsOutage: metrics.k8s.io answers nothing, as when the metrics server is down.
import { MINUTE } from "../../engine/tick.ts";
import { faultKind } from "../kind.ts";
import { undoAll } from "../undo-all.ts";

export const metricsOutage = faultKind({
  name: "metricsOutage",
  doc: "The metrics server answers nothing: autoscalers see no metrics and leave workloads as they are.",
  example: "{ at: 5m, metricsOutage: { for: 10m } }",
  layer: "cluster",
  parameters: {},
  selection: {},
  isSelectable: false,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 10 * MINUTE,
  needsRunning: false,
  inject({ world }) {
    return undoAll([world.nodes.metricsOutage()]);
  },
});
