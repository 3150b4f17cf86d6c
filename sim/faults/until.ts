// Waits until processes or machines are up or down, for faults that go on then.
import { MINUTE, SECOND } from "../engine/tick.ts";
import type { FaultRun } from "./kind.ts";
import type { Target } from "./targets.ts";

const LOOK_MICROS = SECOND / 5;
/** A machine that does not come up within this will not. */
const PATIENCE_MICROS = 60 * MINUTE;

export function untilRole(
  run: FaultRun,
  targets: () => readonly Pick<Target, "name" | "role">[],
  names: readonly string[],
  role: "up" | "down",
  then: () => void,
): void {
  const wanted = new Set(names);
  const began = run.engine.now;
  const look = (): void => {
    const isSo = targets().every(
      (target) => !wanted.has(target.name) || (target.role === "down") === (role === "down"),
    );
    if (isSo) then();
    else if (run.engine.now - began > PATIENCE_MICROS) run.giveUp(`${names.join(", ")} did not go ${role}`);
    else run.after(LOOK_MICROS, look);
  };
  look();
}
