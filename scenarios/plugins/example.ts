// A scheduler plugin of your own. Name this file in the scheduler configuration, relative to the configuration's folder:
//
//   profiles:
//     - schedulerName: default-scheduler
//       plugins:
//         multiPoint:
//           enabled:
//             - { name: ./plugins/example.ts, weight: 5 }
//       pluginConfig:
//         - name: ./plugins/example.ts
//           args: { key: example.com/disk, value: nvme }
//
// It prefers nodes that carry a label, and keeps pods off nodes that are labelled as reserved for another namespace.
// TypeScript is allowed as far as its types can be left out (no enums, no namespaces). A plugin must give the same answers for
// the same arguments: no clock, no random numbers of its own, no state that outlives a cycle.
import type { CycleState, NodeInfo, Plugin, PluginFactory, PodInfo, Status } from "kubedrill";

const NAME = "PreferLabelledNodes";
const RESERVED_KEY = "example.com/reserved-for";

interface Args {
  readonly key?: string;
  readonly value?: string;
}

export const plugin: PluginFactory = (args): Plugin => {
  const { key = "example.com/preferred", value = "true" } = args as Args;
  const reserved: Status = { code: "UnschedulableAndUnresolvable", plugin: NAME, reasons: ["node(s) were reserved"] };
  return {
    name: NAME,

    // null: the pod may run here
    filter(_state: CycleState, pod: PodInfo, node: NodeInfo): Status | null {
      const namespace = node.labels[RESERVED_KEY];
      return namespace === undefined || namespace === pod.shape.namespace ? null : reserved;
    },

    // 0 to 100; the profile's weight is applied afterwards
    score: (_state: CycleState, _pod: PodInfo, node: NodeInfo): number => (node.labels[key] === value ? 100 : 0),

    // what of a pod the answers depend on: lets the scheduler reuse results for pods that are alike
    signPod: (pod: PodInfo): string => pod.shape.namespace,
  };
};
