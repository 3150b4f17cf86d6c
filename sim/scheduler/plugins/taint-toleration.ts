// TaintToleration: filters nodes with NoSchedule or NoExecute taints that the pod does not tolerate, and prefers nodes with
// few untolerated PreferNoSchedule taints.
import type { Taint, Toleration } from "../../model/objects.ts";
import { type PluginFactory, status } from "../framework.ts";
import { normalizeByMax } from "../normalize.ts";
import { PerShape } from "../per-shape.ts";
import { hasUntoleratedTaint, tolerated } from "../tolerations.ts";
import { signTolerations } from "./signatures.ts";

const NAME = "TaintToleration";

/** Number of PreferNoSchedule taints that none of these tolerations covers. */
export function untoleratedPreferences(taints: readonly Taint[], preferTolerations: readonly Toleration[]): number {
  let count = 0;
  for (const taint of taints) if (taint.effect === "PreferNoSchedule" && !tolerated(taint, preferTolerations)) count++;
  return count;
}

/** The tolerations that count against PreferNoSchedule taints. */
export function preferTolerations(tolerations: readonly Toleration[]): readonly Toleration[] {
  return tolerations.filter((t) => !t.effect || t.effect === "PreferNoSchedule");
}

export const taintToleration: PluginFactory = () => {
  const untolerated = status("UnschedulableAndUnresolvable", NAME, "node(s) had untolerated taint(s)");
  const preferring = new PerShape((shape) => preferTolerations(shape.tolerations));
  return {
    name: NAME,
    filtersByNodeAlone: true,
    filter: (_state, pod, node) => (hasUntoleratedTaint(node.taints, pod.shape.tolerations) ? untolerated : null),
    preScore: () => null,
    score: (_state, pod, node) => untoleratedPreferences(node.taints, preferring.get(pod.shape)),
    normalizeScore: (_state, _pod, _nodes, scores) => normalizeByMax(scores, true),
    signPod: signTolerations,
  };
};
