// etcdMoveLeader: an operator hands leadership to another member (etcdctl move-leader).
import { faultKind } from "../kind.ts";
import { Operator } from "./operator.ts";

export const etcdMoveLeader = faultKind({
  name: "etcdMoveLeader",
  doc: "Leadership is handed to a follower, as by etcdctl move-leader: one that is selected, or drawn at random.",
  example: "{ every: 10m, etcdMoveLeader: {} }",
  layer: "etcd",
  parameters: {},
  selection: { role: "follower", count: 1 },
  isSelectable: true,
  course: "self",
  hasDuration: false,
  defaultForMicros: null,
  needsRunning: true,
  inject(run) {
    const { etcd } = run.world;
    const operator = new Operator(run);
    const leader = () => run.world.candidates("etcd").filter((target) => target.role === "leader");
    const target = etcd.idOf(run.names[0]!);
    operator.ask(
      "move the leader",
      () => leader().map(({ name }) => name),
      () => ({ kind: "moveLeader", target }),
      () => run.finish(),
    );
    return undefined;
  },
});
