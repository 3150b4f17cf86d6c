// NodeUnschedulable: keeps pods off cordoned nodes unless they tolerate the taint that cordoning adds.
import { type PluginFactory, status } from "../framework.ts";
import { PerShape } from "../per-shape.ts";
import { tolerated } from "../tolerations.ts";
import { signTolerations } from "./signatures.ts";

const NAME = "NodeUnschedulable";
const TAINT = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };

export const nodeUnschedulable: PluginFactory = () => {
  const unschedulable = status("UnschedulableAndUnresolvable", NAME, "node(s) were unschedulable");
  const tolerating = new PerShape((shape) => tolerated(TAINT, shape.tolerations));
  return {
    name: NAME,
    filtersByNodeAlone: true,
    filter: (_state, pod, node) => (node.unschedulable && !tolerating.get(pod.shape) ? unschedulable : null),
    signPod: signTolerations,
  };
};
