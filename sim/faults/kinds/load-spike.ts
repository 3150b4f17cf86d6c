// loadSpike: more requests come to Services, as from a campaign or from clients that try again.
import { MINUTE } from "../../engine/tick.ts";
import { faultKind } from "../kind.ts";
import { undoAll } from "../undo-all.ts";

export const loadSpike = faultKind({
  name: "loadSpike",
  doc: "Services get `factor` times as many requests.",
  example: "{ at: 5m, loadSpike: { service: web, factor: 4, for: 10m } }",
  layer: "services",
  parameters: {
    factor: { type: "number", min: 0, max: 100_000, default: 3, doc: "How many times as many; below 1, fewer." },
  },
  selection: {},
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 10 * MINUTE,
  needsRunning: false,
  inject({ names, world }, { factor }) {
    return undoAll(names.map((name) => world.traffic.scale(name, factor)));
  },
});
