// etcdCompactionStall: compactions are accepted and deletes nothing: old revisions stay, and the database grows.
import { HOUR } from "../../engine/tick.ts";
import { faultKind } from "../kind.ts";

export const etcdCompactionStall = faultKind({
  name: "etcdCompactionStall",
  doc: "Compaction deletes nothing on these members while it lasts: old revisions stay and the database grows.",
  example: "{ at: 5m, etcdCompactionStall: { for: 30m } }",
  layer: "etcd",
  parameters: {},
  selection: { role: "any" },
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: HOUR,
  needsRunning: false,
  inject({ names, world }) {
    const undo = names.map((name) => world.etcd.stallCompaction(name));
    return () => {
      for (const back of undo) back();
    };
  },
});
