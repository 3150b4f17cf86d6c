// apiServerCrash: an API server dies at once (SIGKILL) and is started again when it ends.
import { MINUTE } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";

export const apiServerCrash = faultKind({
  name: "apiServerCrash",
  doc: "API servers die at once; clients find another one, where there is one.",
  example: "{ at: 5m, apiServerCrash: { server: apiserver-0, for: 1m } }",
  layer: "apiServers",
  isSteady: true,
  parameters: {},
  selection: ANY_ONE,
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: MINUTE,
  needsRunning: true,
  inject({ names, world }) {
    for (const name of names) world.api.crash(name);
    return () => {
      for (const name of names) world.api.start(name);
    };
  },
});
