// oomKill: the kernel kills a container that has reached its memory limit.
import { ANY_ONE, faultKind } from "../kind.ts";

export const oomKill = faultKind({
  name: "oomKill",
  doc: "One container of each pod is killed for its memory: reason OOMKilled, exit code 137.",
  example: "{ every: 2m, count: 5, oomKill: { selector: app=web } }",
  layer: "pods",
  parameters: {
    container: { type: "names", doc: "The container; by default the first that runs." },
  },
  selection: ANY_ONE,
  isSelectable: true,
  course: "instant",
  hasDuration: false,
  defaultForMicros: null,
  needsRunning: true,
  simpler: ["containerKill"],
  inject({ names, world }, { container }) {
    for (const name of names) world.nodes.killContainer(name, container?.[0] ?? null, 137, "OOMKilled");
    return undefined;
  },
});
