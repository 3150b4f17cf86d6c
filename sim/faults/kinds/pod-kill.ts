// podKill: all containers of a pod die at once (SIGKILL); the kubelet starts them again by the restart policy.
import { ANY_ONE, faultKind } from "../kind.ts";

export const podKill = faultKind({
  name: "podKill",
  doc: "All containers of pods die at once with exit code 137.",
  example: "{ at: 5m, podKill: { selector: app=web, share: 50% } }",
  layer: "pods",
  parameters: {},
  selection: ANY_ONE,
  isSelectable: true,
  course: "instant",
  hasDuration: false,
  defaultForMicros: null,
  needsRunning: true,
  inject({ names, world }) {
    for (const name of names) world.nodes.killPod(name);
    return undefined;
  },
});
