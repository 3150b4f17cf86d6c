// The nodes that a pod insists on: its nodeSelector and its required node affinity together. Read by NodeAffinity, and by
// PodTopologySpread to tell which nodes count.
import { compileLabelMap, compileNodeSelector } from "../model/selectors.ts";
import type { NodeInfo } from "./node-info.ts";
import type { PodShape } from "./shape.ts";

export interface RequiredNodes {
  /** The pod insists on nothing. */
  readonly any: boolean;
  matches(node: NodeInfo): boolean;
}

const ANY_NODE: RequiredNodes = { any: true, matches: () => true };

export function requiredNodes(shape: PodShape): RequiredNodes {
  const { nodeSelector, affinity } = shape.exemplar.spec;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const hasLabels = nodeSelector != null && Object.keys(nodeSelector).length > 0;
  if (!hasLabels && required == null) return ANY_NODE;
  const labels = hasLabels ? compileLabelMap(nodeSelector) : null;
  const terms = required == null ? null : compileNodeSelector(required);
  return {
    any: false,
    matches: (node) =>
      (labels === null || labels.matches(node.labels)) && (terms === null || terms.matches(node.labels, node.name)),
  };
}
