// etcdLeaderFailure: whoever leads at that time dies at once and starts again later.
import { MINUTE } from "../../engine/tick.ts";
import { faultKind } from "../kind.ts";

export const etcdLeaderFailure = faultKind({
  name: "etcdLeaderFailure",
  doc: "Whoever leads dies at once and starts again when it ends.",
  example: "{ at: 40m, etcdLeaderFailure: {} }",
  layer: "etcd",
  isSteady: true,
  parameters: {},
  selection: { role: "leader" },
  isSelectable: false,
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
