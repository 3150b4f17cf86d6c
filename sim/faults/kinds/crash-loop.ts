// crashLoop: containers of a workload's pods exit a while after every start, as with a bad configuration or a dependency that is gone.
import { MINUTE, SECOND } from "../../engine/tick.ts";
import { ANY_ONE, faultKind } from "../kind.ts";
import { podsOf, someOf } from "../workload-pods.ts";

export const crashLoop = faultKind({
  name: "crashLoop",
  doc: "Containers in pods of workloads exit `after` every start, those that run now included, until it ends.",
  example: "{ at: 5m, crashLoop: { workload: deployment/web, after: 5s, affected: 50%, for: 10m } }",
  layer: "workloads",
  parameters: {
    after: { type: "duration", default: 5 * SECOND, doc: "From a start to the exit." },
    exitCode: { type: "count", min: 0, max: 255, default: 1, search: [], doc: "With which they end." },
    affected: { type: "share", max: 1, default: 1, doc: "Share of the pods, drawn for each." },
  },
  selection: ANY_ONE,
  isSelectable: true,
  course: "lasting",
  hasDuration: true,
  defaultForMicros: 10 * MINUTE,
  needsRunning: false,
  simpler: ["containerKill"],
  inject(run, { affected, after, exitCode }) {
    const { names, world } = run;
    const matches = someOf(run, podsOf(world, names), affected);
    const undo = world.nodes.crashLoop(matches, after, exitCode);
    for (const pod of world.objects.list("pods")) if (matches(pod)) world.nodes.killPod(keyOf(pod.metadata));
    return undo;
  },
});

function keyOf({ name, namespace = "default" }: { readonly name: string; readonly namespace?: string }): string {
  return `${namespace}/${name}`;
}
