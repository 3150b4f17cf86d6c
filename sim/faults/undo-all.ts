// Takes several faults back at once, the last first.
import type { Undo } from "./world.ts";

export function undoAll(undos: readonly Undo[]): Undo {
  return () => {
    for (let i = undos.length - 1; i >= 0; i--) undos[i]!();
  };
}
