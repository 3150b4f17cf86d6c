// DefaultPreemption: when a pod fits nowhere, looks for a node where it would fit without pods of lower priority. It only
// decides; preemption-driver.ts deletes the victims and holds the pod back from the queue meanwhile.
import type { PluginFactory } from "../framework.ts";
import { type PreemptionArgs, PreemptionEvaluator } from "../preemption/evaluator.ts";

export const defaultPreemption: PluginFactory = (args, handle) => {
  const { minCandidateNodesPercentage = 10, minCandidateNodesAbsolute = 100 } = args as Partial<PreemptionArgs>;
  const evaluator = new PreemptionEvaluator(handle, { minCandidateNodesPercentage, minCandidateNodesAbsolute });
  return {
    name: "DefaultPreemption",
    preEnqueue: () => null,
    postFilter(state, pod, statuses) {
      const result = evaluator.preempt(state, pod, statuses);
      if (result.status === null) return result;
      return { ...result, status: { ...result.status, reasons: [`preemption: ${result.status.reasons.join(", ")}`] } };
    },
  };
};
