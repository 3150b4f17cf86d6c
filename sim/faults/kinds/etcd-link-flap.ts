// etcdLinkFlap: the ways between some members and the others go down and up again, over and over.
import { sample } from "../../engine/distributions.ts";
import { MILLISECOND, MINUTE, SECOND } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";
import type { Undo } from "../world.ts";
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
  inject(run, { down, up, direction }) {
    let isOver = false;
    let open: Undo | undefined;
    const after = (micros: number, then: () => void) =>
      run.after(Math.max(MILLISECOND, micros), () => {
        if (!isOver) then();
      });
    const goDown = () => {
      open = onLinks(run, direction, (from, to) => run.world.network.block(from, to));
      after(sample(down, run.stream("down")), goUp);
    };
    const goUp = () => {
      open?.();
      open = undefined;
      after(sample(up, run.stream("up")), goDown);
    };
    goDown();
    return () => {
      isOver = true;
      open?.();
    };
  },
});
