// webhookSlow: an admission webhook takes its time; beyond its timeoutSeconds it counts as failed.
import { MINUTE, SECOND } from "../../engine/tick.ts";
import { faultKind } from "../kind.ts";
import { undoAll } from "../undo-all.ts";

export const webhookSlow = faultKind({
  name: "webhookSlow",
  doc: "Every call of admission webhooks takes `delay` longer.",
  example: "{ at: 5m, webhookSlow: { delay: 8s, for: 10m } }",
  layer: "webhooks",
  parameters: {
    delay: { type: "duration", default: 5 * SECOND, doc: "How much longer." },
  },
  selection: {},
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 10 * MINUTE,
  needsRunning: false,
  inject({ names, world }, { delay }) {
    return undoAll(names.map((name) => world.api.webhookSlow(name, delay)));
  },
});
