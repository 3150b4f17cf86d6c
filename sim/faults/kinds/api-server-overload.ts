// apiServerOverload: an API server has less of its processors: every request takes more of them, or others use them.
import { MINUTE } from "../../engine/tick.ts";
import { faultKind } from "../kind.ts";
import { undoAll } from "../undo-all.ts";

export const apiServerOverload = faultKind({
  name: "apiServerOverload",
  doc: "Every request costs API servers `factor` times as much, or others take a share of their processors.",
  example: "{ at: 5m, apiServerOverload: { factor: 20, for: 5m } }",
  layer: "apiServers",
  parameters: {
    factor: { type: "number", min: 1, max: 100_000, default: 10, doc: "How many times as much each request costs." },
    background: { type: "share", max: 0.99, default: 0, doc: "Share of the processors that others take." },
  },
  selection: {},
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 5 * MINUTE,
  needsRunning: false,
  inject({ names, world }, { background, factor }) {
    return undoAll(
      names.flatMap((name) => [world.api.overload(name, factor), world.api.backgroundLoad(name, background)]),
    );
  },
});
