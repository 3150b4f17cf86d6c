// etcdPause: a member's process stands still (SIGSTOP, a machine that swaps, a virtual machine that is moved) and goes on later,
// believing that no time has passed.
import { SECOND } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";

export const etcdPause = faultKind({
  name: "etcdPause",
  doc: "Members stand still as by SIGSTOP, with their connections open, and go on when it ends.",
  example: "{ at: 5m, etcdPause: { role: leader, for: 10s } }",
  layer: "etcd",
  parameters: {},
  selection: ANY_ONE,
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 30 * SECOND,
  needsRunning: true,
  inject({ names, world }) {
    for (const name of names) world.etcd.pause(name);
    return () => {
      for (const name of names) world.etcd.resume(name);
    };
  },
});
