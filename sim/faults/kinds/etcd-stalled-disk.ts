// etcdStalledDisk: nothing that a member writes becomes durable while it lasts; the process waits.
import { SECOND } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";

export const etcdStalledDisk = faultKind({
  name: "etcdStalledDisk",
  doc: "Writes to disk do not end while it lasts: the member stands still wherever it waits for one.",
  example: "{ at: 5m, etcdStalledDisk: { role: leader, for: 20s } }",
  layer: "etcd",
  parameters: {},
  selection: ANY_ONE,
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 30 * SECOND,
  needsRunning: false,
  inject({ names, world }) {
    const undo = names.map((name) => world.etcd.stallDisk(name));
    return () => {
      for (const back of undo) back();
    };
  },
});
