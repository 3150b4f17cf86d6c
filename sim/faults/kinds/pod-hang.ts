// podHang: the application in a pod hangs: it answers no probe and no request, and ignores SIGTERM.
import { ANY_ONE, faultKind } from "../kind.ts";

export const podHang = faultKind({
  name: "podHang",
  doc: "The application in pods hangs until its containers are restarted: no probe, no request and no SIGTERM is answered.",
  example: "{ at: 5m, podHang: { selector: app=web, count: 1 } }",
  layer: "pods",
  parameters: {},
  selection: ANY_ONE,
  isSelectable: true,
  course: "instant",
  hasDuration: false,
  defaultForMicros: null,
  needsRunning: true,
  inject({ names, world }) {
    for (const name of names) world.nodes.hangPod(name);
    return undefined;
  },
});
