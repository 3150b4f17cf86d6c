// etcdFullDisk: a member's disk takes no more bytes: the process ends at its next write, and cannot start until there is room.
import { MINUTE } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";

export const etcdFullDisk = faultKind({
  name: "etcdFullDisk",
  doc: "The disk is full: the member dies at its next write. When it ends there is room, and the member starts again.",
  example: "{ at: 5m, etcdFullDisk: { role: follower, for: 2m } }",
  layer: "etcd",
  parameters: {},
  selection: ANY_ONE,
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 2 * MINUTE,
  needsRunning: true,
  inject({ names, world }) {
    const undo = names.map((name) => world.etcd.fillDisk(name));
    return () => {
      for (const back of undo) back();
      for (const name of names) world.etcd.start(name);
    };
  },
});
