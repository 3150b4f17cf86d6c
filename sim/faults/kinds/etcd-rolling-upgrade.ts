// etcdRollingUpgrade: an operator brings all members to another version of etcd, one by one; meanwhile versions are mixed.
import { SECOND } from "../../engine/tick.ts";
import { faultKind } from "../kind.ts";
import { Operator } from "./operator.ts";
import { restartEach } from "./restart-each.ts";

export const etcdRollingUpgrade = faultKind({
  name: "etcdRollingUpgrade",
  doc: "Members are stopped gracefully one by one, the leader last, and started with another version (3.5 to 3.6).",
  example: "{ at: 10m, etcdRollingUpgrade: { to: '3.6' } }",
  layer: "etcd",
  parameters: {
    to: { type: "choice", words: ["3.5", "3.6"], default: "3.6", doc: "The version that members are started with." },
    down: { type: "duration", default: 20 * SECOND, doc: "From a member's exit to its start." },
    pause: { type: "duration", default: 30 * SECOND, doc: "From a member's service to the next member's stop." },
  },
  selection: { role: "any" },
  isSelectable: true,
  course: "self",
  hasDuration: false,
  defaultForMicros: null,
  needsRunning: true,
  simpler: ["etcdRollingRestart"],
  inject(run, { to, down, pause }) {
    restartEach(run, new Operator(run), down, pause, (name) => run.world.etcd.setVersion(name, to));
    return undefined;
  },
});
