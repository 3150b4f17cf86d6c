// watchBreak: all watches end at once, as when a load balancer is replaced; with `expired` nobody can go on where it was, and everybody lists.
import { faultKind } from "../kind.ts";

export const watchBreak = faultKind({
  name: "watchBreak",
  doc: "All watches on API servers end; with `expired` everybody has to list anew.",
  example: "{ at: 5m, watchBreak: { expired: true } }",
  layer: "apiServers",
  parameters: {
    expired: { type: "flag", default: false, doc: "The revisions at which clients stopped are too old (410)." },
  },
  selection: {},
  isSelectable: true,
  course: "instant",
  hasDuration: false,
  defaultForMicros: null,
  needsRunning: true,
  inject({ names, world }, { expired }) {
    for (const name of names) world.api.breakWatches(name, expired);
    return undefined;
  },
});
