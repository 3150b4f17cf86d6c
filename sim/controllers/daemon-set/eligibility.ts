// Whether a DaemonSet wants a pod on a node, and whether one that is there may stay: by node name, selector, affinity and taints. The
// node's room plays no part. Source: behaviour of kube-controller-manager's NodeShouldRunDaemonPod.
import { daemonTolerations } from "../../model/daemon.ts";
import type { Labels, Node, PodSpec, Taint, Toleration } from "../../model/objects.ts";
import { compileLabelMap, compileNodeSelector } from "../../model/selectors.ts";

export interface Eligibility {
  /** A pod is to be made there. */
  readonly shouldRun: boolean;
  /** A pod that is there may stay. */
  readonly shouldContinue: boolean;
}

const YES: Eligibility = { shouldRun: true, shouldContinue: true };
const STAY: Eligibility = { shouldRun: false, shouldContinue: true };
const NO: Eligibility = { shouldRun: false, shouldContinue: false };

/** For all nodes of one template. */
export function eligibilityOf(spec: PodSpec): (node: Node) => Eligibility {
  const selector = spec.nodeSelector == null ? null : compileLabelMap(spec.nodeSelector);
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const affinity = required == null ? null : compileNodeSelector(required);
  const tolerations = daemonTolerations(spec);
  const matches = (labels: Labels, name: string) =>
    (!spec.nodeName || spec.nodeName === name) &&
    (selector === null || selector.matches(labels)) &&
    (affinity === null || affinity.matches(labels, name));
  return (node) => {
    const { labels = {}, name } = node.metadata;
    if (!matches(labels, name)) return NO;
    let result = YES;
    for (const taint of node.spec?.taints ?? []) {
      if (taint.effect === "PreferNoSchedule" || tolerations.some((t) => tolerates(t, taint))) continue;
      if (taint.effect === "NoExecute") return NO;
      result = STAY;
    }
    return result;
  };
}

function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (toleration.operator === "Exists") return true;
  return (toleration.value ?? "") === (taint.value ?? "");
}
