// etcdLinkFlap: the ways between some members and the others go down and up again, over and over.
import { MILLISECOND, MINUTE, SECOND } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";
import { flap } from "./flap.ts";
import { DIRECTION, onLinks } from "./links.ts";

export const etcdLinkFlap = faultKind({
  name: "etcdLinkFlap",
  doc: "The links between the targets and the other members go down for `down` and up for `up`, again and again.",
  example: "{ at: 5m, etcdLinkFlap: { role: leader, down: 2s, up: { exponential: 5s }, for: 1m } }",
  layer: "etcd",
  parameters: {
    down: {
      type: "randomDuration",
      default: { kind: "constant", value: 2 * SECOND },
      doc: "Time that they are down, at least 1ms.",
    },
    up: {
      type: "randomDuration",
      default: { kind: "constant", value: 5 * SECOND },
      doc: "Time that they are up, at least 1ms.",
    },
    direction: DIRECTION,
  },
  selection: ANY_ONE,
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: MINUTE,
  needsRunning: false,
  simpler: ["etcdPartition"],
  inject(run, { down, up, direction }) {
    const { network } = run.world;
    return flap(run, { down, up, leastMicros: MILLISECOND }, () =>
      onLinks(run, direction, (from, to) => network.block(from, to)),
    );
  },
});
