// etcdSlowDisk: every fsync of a member takes longer. Beyond the heartbeat interval its ticks are lost, and a leader its leadership.
import { HOUR, MILLISECOND, MINUTE } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";

export const etcdSlowDisk = faultKind({
  name: "etcdSlowDisk",
  doc: "Every fsync takes longer by `extra`, and `factor` times as long.",
  example: "{ at: 5m, etcdSlowDisk: { role: leader, extra: 200ms, for: 1m } }",
  layer: "etcd",
  parameters: {
    extra: { type: "duration", max: HOUR, default: 100 * MILLISECOND, doc: "Added to each fsync." },
    factor: { type: "number", min: 1, max: 1000, default: 1, doc: "Multiplies each fsync, before `extra` is added." },
  },
  selection: ANY_ONE,
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 5 * MINUTE,
  needsRunning: false,
  inject({ names, world }, { extra, factor }) {
    const undo = names.map((name) => world.etcd.slowDisk(name, factor, extra));
    return () => {
      for (const back of undo) back();
    };
  },
});
