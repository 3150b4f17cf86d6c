// registrySlow: an image registry has less bandwidth.
import { MINUTE } from "../../engine/tick.ts";
import { faultKind } from "../kind.ts";
import { undoAll } from "../undo-all.ts";

export const registrySlow = faultKind({
  name: "registrySlow",
  doc: "Image pulls take `factor` times as long.",
  example: "{ at: 5m, registrySlow: { factor: 20, for: 30m } }",
  layer: "cluster",
  parameters: {
    factor: { type: "number", min: 1, max: 100_000, default: 10, doc: "How many times as long." },
    registry: {
      type: "names",
      default: [""],
      doc: "Host part of image names, such as docker.io; by default all registries.",
    },
  },
  selection: {},
  isSelectable: false,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 30 * MINUTE,
  needsRunning: false,
  inject({ world }, { factor, registry }) {
    return undoAll(registry.map((name) => world.nodes.registrySlow(factor, name)));
  },
});
