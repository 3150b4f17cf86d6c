// apiServerFreeze: an API server stands still (SIGSTOP) with its connections open.
import { MINUTE } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";
import { undoAll } from "../undo-all.ts";

export const apiServerFreeze = faultKind({
  name: "apiServerFreeze",
  doc: "API servers stand still with their connections open: clients wait until their own timeouts.",
  example: "{ at: 5m, apiServerFreeze: { server: apiserver-0, for: 1m } }",
  layer: "apiServers",
  parameters: {},
  selection: ANY_ONE,
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: MINUTE,
  needsRunning: true,
  simpler: ["apiServerCrash"],
  inject({ names, world }) {
    return undoAll(names.map((name) => world.api.freeze(name)));
  },
});
