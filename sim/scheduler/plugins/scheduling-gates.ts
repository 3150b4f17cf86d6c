// SchedulingGates: a pod with scheduling gates does not enter the queue until all of them are removed. Source: KEP-3521.
import { type PluginFactory, status } from "../framework.ts";

const NAME = "SchedulingGates";

export const schedulingGates: PluginFactory = () => ({
  name: NAME,
  preEnqueue(pod) {
    const gates = pod.pod.spec.schedulingGates ?? [];
    if (gates.length === 0) return null;
    const names = gates.map((gate) => gate.name).join(" ");
    return status("UnschedulableAndUnresolvable", NAME, `waiting for scheduling gates: [${names}]`);
  },
});
