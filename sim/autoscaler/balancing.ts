// Node groups that are alike but for their zone, and how new nodes are spread over them: each goes to the smallest that is not full.
// Source: behaviour of processors/nodegroupset, 1.36.
import { POOL_LABEL } from "../model/annotations.ts";
import type { NodeInfo } from "../scheduler/node-info.ts";
import type { NodeGroup } from "./cloud-provider.ts";

/** Labels that tell groups apart which are alike. */
const IGNORED: ReadonlySet<string> = new Set([
  "kubernetes.io/hostname",
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "topology.kubernetes.io/rack",
  "failure-domain.beta.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
  POOL_LABEL,
]);
const MAX_ALLOCATABLE_RATIO = 0.05;
const MAX_MEMORY_RATIO = 0.015;

/** Are new nodes of both groups alike? */
export function areSimilar(a: NodeInfo, b: NodeInfo): boolean {
  if (a.allocatableCpuMilli !== b.allocatableCpuMilli || a.allocatablePods !== b.allocatablePods) return false;
  if (!isNear(a.allocatableMemoryBytes, b.allocatableMemoryBytes, MAX_MEMORY_RATIO)) return false;
  if (!isNear(a.allocatableEphemeralBytes, b.allocatableEphemeralBytes, MAX_ALLOCATABLE_RATIO)) return false;
  if (a.allocatableScalar.size !== b.allocatableScalar.size) return false;
  for (const [name, amount] of a.allocatableScalar) if (b.allocatableScalar.get(name) !== amount) return false;
  return labelsOf(a) === labelsOf(b);
}

export interface Share {
  readonly group: NodeGroup;
  readonly from: number;
  to: number;
}

/** @param groups the one that was chosen first */
export function balance(groups: readonly NodeGroup[], nodes: number): readonly Share[] {
  const shares = groups.map((group): Share => ({ group, from: group.target, to: group.target }));
  for (let left = nodes; left > 0; left--) {
    let smallest: Share | null = null;
    for (const share of shares)
      if (share.to < share.group.plan.max && (smallest === null || share.to < smallest.to)) smallest = share;
    if (smallest === null) break;
    smallest.to++;
  }
  return shares.filter(({ from, to }) => to > from);
}

function isNear(a: number, b: number, ratio: number): boolean {
  return Math.abs(a - b) <= Math.min(a, b) * ratio;
}

function labelsOf({ labels }: NodeInfo): string {
  return Object.entries(labels)
    .filter(([name]) => !IGNORED.has(name))
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(",");
}
