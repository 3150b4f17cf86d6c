// DefaultPreemption: when a pod fits nowhere, looks for a node where it would fit without pods of lower priority. A pod whose
// victims are still being deleted does not enter the queue.
import { type Plugin, type PluginFactory, status } from "../framework.ts";
import { type PreemptionArgs, PreemptionEvaluator } from "../preemption/evaluator.ts";
import type { PodInfo } from "../shape.ts";

const NAME = "DefaultPreemption";

/** What the plugin offers to whoever deletes the victims. */
export interface PreemptionGate {
  /** The victims' deletion has begun; until `finished` the pod is held back. */
  started(pod: PodInfo): void;
  finished(pod: PodInfo): void;
}

export const defaultPreemption: PluginFactory = (args, handle): Plugin & PreemptionGate => {
  const { minCandidateNodesPercentage = 10, minCandidateNodesAbsolute = 100 } = args as Partial<PreemptionArgs>;
  const evaluator = new PreemptionEvaluator(handle, { minCandidateNodesPercentage, minCandidateNodesAbsolute });
  const preempting = new Set<string>();
  const waiting = status(
    "UnschedulableAndUnresolvable",
    NAME,
    "waiting for the preemption for this pod to be finished",
  );
  return {
    name: NAME,
    started: (pod) => preempting.add(pod.uid),
    finished: (pod) => preempting.delete(pod.uid),
    preEnqueue: (pod) => (preempting.has(pod.uid) ? waiting : null),
    postFilter(state, pod, statuses) {
      const result = evaluator.preempt(state, pod, statuses);
      if (result.status === null) return result;
      return { ...result, status: { ...result.status, reasons: [`preemption: ${result.status.reasons.join(", ")}`] } };
    },
  };
};
