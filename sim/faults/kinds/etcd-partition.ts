// etcdPartition: packets between some members and the others are dropped, in both directions or one; connections are not reset.
import { MINUTE } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";
import { draw } from "../targets.ts";
import { DIRECTION, onLinks } from "./links.ts";

export const etcdPartition = faultKind({
  name: "etcdPartition",
  doc: "Packets between the targets and the other members are dropped. Clients reach both sides unless `clients` says otherwise.",
  example: "{ at: 5m, etcdPartition: { isolate: leader, direction: out, for: 30s } }",
  layer: "etcd",
  parameters: {
    isolate: {
      type: "choice",
      words: ["leader", "minority", "minorityWithLeader", "majority"],
      doc: "Who is cut off, in place of a selection: the leader, or a minority or majority of the voters drawn at random.",
    },
    direction: DIRECTION,
    clients: {
      type: "flag",
      default: false,
      doc: "The targets are cut off from everybody, API servers as well.",
    },
  },
  selection: ANY_ONE,
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: MINUTE,
  needsRunning: false,
  choose(matching, { isolate }, stream) {
    if (isolate === undefined) return undefined;
    const voters = matching.filter((target) => target.role !== "learner");
    const leader = voters.filter((target) => target.role === "leader");
    const few = Math.max(1, Math.floor((voters.length - 1) / 2));
    switch (isolate) {
      case "leader":
        return leader;
      case "minority":
        return draw(voters, few, stream);
      case "majority":
        return draw(voters, voters.length - few, stream);
      default:
        if (leader.length === 0) return [];
        return [
          ...leader,
          ...draw(
            voters.filter((target) => target.role !== "leader"),
            few - 1,
            stream,
          ),
        ];
    }
  },
  inject(run, { clients, direction }) {
    const { world, names } = run;
    if (clients) return world.network.isolate({ hosts: names.map((name) => world.etcd.hostOf(name)) }, direction);
    return onLinks(run, direction, (from, to) => world.network.block(from, to));
  },
});
