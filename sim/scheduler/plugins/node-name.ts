// NodeName: a pod that names its node fits there only.
import { type PluginFactory, status } from "../framework.ts";

const NAME = "NodeName";

export const nodeName: PluginFactory = () => {
  const otherNode = status("UnschedulableAndUnresolvable", NAME, "node(s) didn't match the requested node name");
  return {
    name: NAME,
    filtersByNodeAlone: true,
    filter(_state, pod, node) {
      const wanted = pod.pod.spec.nodeName;
      return !wanted || wanted === node.name ? null : otherNode;
    },
    signPod: (pod) => pod.pod.spec.nodeName ?? "",
  };
};
