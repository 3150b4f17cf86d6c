// What goes down and up again, over and over, until the fault ends.
import { type Distribution, sample } from "../../engine/distributions.ts";
import type { FaultRun } from "../kind.ts";
import type { Undo } from "../world.ts";

export interface FlapTimes {
  readonly down: Distribution;
  readonly up: Distribution;
  /** No time is shorter. */
  readonly leastMicros: number;
}

/** @param breakDown takes it down, and returns what brings it up again */
export function flap(run: FaultRun, { down, leastMicros, up }: FlapTimes, breakDown: () => Undo): Undo {
  let isOver = false;
  let open: Undo | undefined;
  const after = (micros: number, then: () => void) =>
    run.after(Math.max(leastMicros, micros), () => {
      if (!isOver) then();
    });
  const goDown = () => {
    open = breakDown();
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
}
