// etcdRollingRestart: an operator restarts all members one by one, and waits for each to serve again; the leader comes last.
import { SECOND } from "../../engine/tick.ts";
import { faultKind } from "../kind.ts";
import { Operator } from "./operator.ts";
import { restartEach } from "./restart-each.ts";

export const etcdRollingRestart = faultKind({
  name: "etcdRollingRestart",
  doc: "Members are stopped gracefully and started again one by one, the leader last; each has to serve before the next.",
  example: "{ at: 10m, etcdRollingRestart: { down: 5s, pause: 30s } }",
  layer: "etcd",
  parameters: {
    down: { type: "duration", default: 5 * SECOND, doc: "From a member's exit to its start." },
    pause: { type: "duration", default: 10 * SECOND, doc: "From a member's service to the next member's stop." },
  },
  selection: { role: "any" },
  isSelectable: true,
  course: "self",
  hasDuration: false,
  defaultForMicros: null,
  needsRunning: true,
  simpler: ["etcdGracefulStop"],
  inject(run, { down, pause }) {
    restartEach(run, new Operator(run), down, pause, () => undefined);
    return undefined;
  },
});
