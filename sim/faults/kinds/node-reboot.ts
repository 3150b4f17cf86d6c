// nodeReboot: machines are restarted, in order (the kubelet's graceful shutdown first, where it is configured) or by the power button.
import { sample } from "../../engine/distributions.ts";
import { SECOND } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";
import { untilRole } from "../until.ts";

export const nodeReboot = faultKind({
  name: "nodeReboot",
  doc: "Machines are shut down and boot again after `down`.",
  example: "{ at: 5m, nodeReboot: { pool: general, share: 10%, down: 90s } }",
  layer: "nodes",
  parameters: {
    down: {
      type: "randomDuration",
      default: { kind: "constant", value: 60 * SECOND },
      doc: "From power off to power on.",
    },
    graceful: { type: "flag", default: true, doc: "An orderly shutdown; otherwise the power goes off at once." },
  },
  selection: ANY_ONE,
  isSelectable: true,
  course: "self",
  hasDuration: false,
  defaultForMicros: null,
  needsRunning: true,
  simpler: ["nodeCrash"],
  inject(run, { down, graceful }) {
    const { names, world } = run;
    const downMicros = Math.max(1, Math.round(sample(down, run.stream("down"))));
    for (const name of names) {
      if (graceful) world.nodes.reboot(name, downMicros);
      else {
        world.nodes.crash(name);
        run.after(downMicros, () => world.nodes.start(name));
      }
    }
    // not before the machines have had the time to go down
    run.after(downMicros, () =>
      untilRole(
        run,
        () => world.nodes.nodes(),
        names,
        "up",
        () => run.finish(),
      ),
    );
    return undefined;
  },
});
