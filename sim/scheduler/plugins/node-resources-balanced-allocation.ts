// NodeResourcesBalancedAllocation: prefers nodes whose resources are used more evenly with the pod than without it.
// Counts real requests; pods that request none of the configured resources are not scored.
import type { NodeResourcesBalancedAllocationArgs } from "../../model/scheduler-plugin-args.ts";
import { balancedAllocation, evenness } from "../arithmetic.ts";
import { type PluginFactory, status } from "../framework.ts";
import { ResourceAmounts } from "../resource-columns.ts";
import { signRequests } from "./node-resources-fit.ts";

const NAME = "NodeResourcesBalancedAllocation";

export const nodeResourcesBalancedAllocation: PluginFactory = (rawArgs) => {
  const args = rawArgs as unknown as NodeResourcesBalancedAllocationArgs;
  const amounts = new ResourceAmounts(args.resources, false);
  const count = args.resources.length;
  const skip = status("Skip", NAME);
  return {
    name: NAME,
    preScore: (_state, pod) => (amounts.columns.every((column) => column.request(pod.shape) === 0) ? skip : null),
    score(_state, pod, node) {
      amounts.read(pod.shape, node);
      const { before, after, allocatable } = amounts;
      return balancedAllocation(evenness(after, allocatable, count), evenness(before, allocatable, count));
    },
    signPod: (pod) => signRequests(pod.shape),
  };
};
