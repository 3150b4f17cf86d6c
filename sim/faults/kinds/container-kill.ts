// containerKill: one container of a pod ends.
import { ANY_ONE, faultKind } from "../kind.ts";

export const containerKill = faultKind({
  name: "containerKill",
  doc: "One container of each pod ends with an exit code.",
  example: "{ at: 5m, containerKill: { selector: app=web, container: proxy } }",
  layer: "pods",
  parameters: {
    container: { type: "names", doc: "The container; by default the first that runs." },
    exitCode: { type: "count", min: 0, max: 255, default: 137, doc: "With which it ends." },
  },
  selection: ANY_ONE,
  isSelectable: true,
  course: "instant",
  hasDuration: false,
  defaultForMicros: null,
  needsRunning: true,
  inject({ names, world }, { container, exitCode }) {
    for (const name of names)
      world.nodes.killContainer(name, container?.[0] ?? null, exitCode, exitCode === 0 ? "Completed" : "Error");
    return undefined;
  },
});
