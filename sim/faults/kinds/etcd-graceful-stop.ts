// etcdGracefulStop: a member is asked to stop (SIGTERM): it drains its requests, a leader hands its leadership on, and it exits.
import { MINUTE } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";

export const etcdGracefulStop = faultKind({
  name: "etcdGracefulStop",
  doc: "Members are asked to stop as by SIGTERM: requests are drained, leadership is handed on. They start again when it ends.",
  example: "{ at: 5m, etcdGracefulStop: { role: leader, for: 30s } }",
  layer: "etcd",
  parameters: {},
  selection: ANY_ONE,
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: MINUTE,
  needsRunning: true,
  simpler: ["etcdMemberCrash"],
  inject({ names, world }) {
    for (const name of names) world.etcd.terminate(name);
    return () => {
      for (const name of names) world.etcd.start(name);
    };
  },
});
