// etcdMemberCrash: a member's process dies at once (SIGKILL, power cut of its machine) and is started again later, from its disk.
import { MINUTE } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";

export const etcdMemberCrash = faultKind({
  name: "etcdMemberCrash",
  doc: "Members die at once, with everything that was not on their disks, and start again when it ends.",
  example: "{ at: 5m, etcdMemberCrash: { role: follower, for: 30s } }",
  layer: "etcd",
  isSteady: true,
  parameters: {},
  selection: ANY_ONE,
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: MINUTE,
  needsRunning: true,
  inject({ names, world }) {
    for (const name of names) world.etcd.crash(name);
    return () => {
      for (const name of names) world.etcd.start(name);
    };
  },
});
