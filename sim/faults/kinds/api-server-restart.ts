// apiServerRestart: API servers are asked to end (SIGTERM) and started again, one after the other, as an upgrade does it.
import { SECOND } from "../../engine/tick.ts";
import { faultKind } from "../kind.ts";
import { untilRole } from "../until.ts";

export const apiServerRestart = faultKind({
  name: "apiServerRestart",
  doc: "API servers are asked to end, one after the other, and each is started again `pause` after it has ended.",
  example: "{ at: 5m, apiServerRestart: {} }",
  layer: "apiServers",
  parameters: {
    pause: {
      type: "duration",
      default: 2 * SECOND,
      doc: "From the end of the old process to the start of the new one.",
    },
  },
  selection: {},
  isSelectable: true,
  course: "self",
  hasDuration: false,
  defaultForMicros: null,
  needsRunning: true,
  simpler: ["apiServerCrash"],
  inject(run, { pause }) {
    const { names, world } = run;
    const servers = () => world.api.servers();
    const restart = (index: number): void => {
      const name = names[index];
      if (name === undefined) return run.finish();
      world.api.terminate(name);
      untilRole(run, servers, [name], "down", () =>
        run.after(pause, () => {
          world.api.start(name);
          untilRole(run, servers, [name], "up", () => run.after(pause, () => restart(index + 1)));
        }),
      );
    };
    restart(0);
    return undefined;
  },
});
