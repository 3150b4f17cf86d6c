// etcdLinkFlap: the ways between some members and the others go down and up again, over and over.
import { sample } from "../../engine/distributions.ts";
import { MINUTE, SECOND, type Tick } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";
import type { Undo } from "../world.ts";
import { DIRECTION, onLinks } from "./links.ts";

export const etcdLinkFlap = faultKind({
  name: "etcdLinkFlap",
  doc: "The links between the targets and the other members go down for `down` and up for `up`, again and again.",
  example: "{ at: 5m, etcdLinkFlap: { role: leader, down: 2s, up: { exponential: 5s }, for: 1m } }",
  layer: "etcd",
  parameters: {
    down: { type: "randomDuration", default: { kind: "constant", value: 2 * SECOND }, doc: "Time that they are down." },
    up: { type: "randomDuration", default: { kind: "constant", value: 5 * SECOND }, doc: "Time that they are up." },
    direction: DIRECTION,
  },
  selection: ANY_ONE,
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: MINUTE,
  needsRunning: false,
  inject(run, { down, up, direction }) {
    const { engine } = run;
    let isOver = false;
    let open: Undo | undefined;
    const after = (micros: number, then: () => void) =>
      engine.at((engine.now + Math.max(1, Math.round(micros))) as Tick, () => {
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
