// How many new nodes of a group pods need: first-fit decreasing over nodes like the group's template, of which the last one is tried before
// another is added. Source: behaviour of the binpacking estimator, 1.36 (without its limit of real time).
import type { NodeInfo } from "../scheduler/node-info.ts";
import type { PodInfo, PodShape } from "../scheduler/shape.ts";
import { type Predicates, WhatIf } from "./predicates.ts";
import { addTemplateNode, type Template } from "./templates.ts";

/** Pods that are alike to the scheduler. */
export interface PodGroup {
  readonly shape: PodShape;
  readonly pods: readonly PodInfo[];
}

export interface Estimate {
  /** Nodes that would have pods. */
  readonly nodes: number;
  readonly pods: readonly PodInfo[];
}

/** Pods by shape, in order of the first of each. */
export function podGroups(pods: readonly PodInfo[]): readonly PodGroup[] {
  const groups = new Map<PodShape, PodInfo[]>();
  for (const pod of pods) {
    const known = groups.get(pod.shape);
    if (known === undefined) groups.set(pod.shape, [pod]);
    else known.push(pod);
  }
  return [...groups].map(([shape, list]) => ({ shape, pods: list }));
}

/** @param maxNodes that may be added at most */
export function estimate(
  predicates: Predicates,
  groups: readonly PodGroup[],
  template: Template,
  group: string,
  maxNodes: number,
): Estimate {
  const whatIf = new WhatIf(predicates.snapshot);
  const added: NodeInfo[] = [];
  const used = new Set<NodeInfo>();
  const pods: PodInfo[] = [];
  const put = (pod: PodInfo, node: NodeInfo) => {
    whatIf.place(pod, node.name);
    used.add(node);
    pods.push(pod);
  };
  try {
    for (const { pods: alike } of inOrder(predicates, groups, template)) {
      let next = 0;
      // what fits on none of them fits no better a moment later
      for (; next < alike.length; next++) {
        const node = predicates.findAmong(alike[next]!, added);
        if (node === null) break;
        put(alike[next]!, node);
      }
      for (; next < alike.length; next++) {
        const pod = alike[next]!;
        const last = added.at(-1);
        if (last !== undefined && predicates.check(pod, last) === null) {
          put(pod, last);
          continue;
        }
        // an empty one did not do: another would not either
        if (last !== undefined && !used.has(last)) break;
        if (added.length >= maxNodes) break;
        const node = addTemplateNode(whatIf, template, group, `e-${added.length}`);
        added.push(node);
        if (predicates.check(pod, node) !== null) break;
        put(pod, node);
      }
    }
    return { nodes: used.size, pods };
  } finally {
    whatIf.revert();
  }
}

/** The largest first, by their share of a new node. */
function inOrder({ snapshot }: Predicates, groups: readonly PodGroup[], { node }: Template): readonly PodGroup[] {
  const whatIf = new WhatIf(snapshot);
  const { allocatableCpuMilli, allocatableMemoryBytes } = addTemplateNode(
    whatIf,
    { node, pods: [] },
    node.metadata.name,
    "order",
  );
  whatIf.revert();
  const share = (amount: number, of: number) => (of > 0 ? amount / of : 0);
  const score = ({ shape: { requests } }: PodGroup) =>
    share(requests.cpuMilli, allocatableCpuMilli) + share(requests.memoryBytes, allocatableMemoryBytes);
  return groups
    .map((group) => ({ group, score: score(group) }))
    .sort((a, b) => b.score - a.score)
    .map(({ group }) => group);
}
