// Would a pod fit on a node? The scheduler's own PreFilter and Filter plugins on a snapshot that the autoscaler keeps, and what-if changes
// of that snapshot that are undone afterwards. It scores nothing: the first node that fits will do.
// Source: behaviour of simulator/clustersnapshot, 1.36.
import type { Node } from "../model/objects.ts";
import { CycleState, type Status, status } from "../scheduler/framework.ts";
import type { NodeInfo } from "../scheduler/node-info.ts";
import type { Profile } from "../scheduler/profile.ts";
import { PodInfo } from "../scheduler/shape.ts";
import type { Snapshot } from "../scheduler/snapshot.ts";

const LEFT_OUT = status("UnschedulableAndUnresolvable", "", "node(s) didn't satisfy the pod's prefilter");

export class Predicates {
  private readonly profile: Profile;
  private lastIndex = 0;
  /** Nodes that pods were tried on so far. */
  evaluations = 0;

  constructor(profile: Profile) {
    this.profile = profile;
  }

  get snapshot(): Snapshot {
    return this.profile.snapshot;
  }

  /** @returns null when it fits */
  check(pod: PodInfo, node: NodeInfo): Status | null {
    const state = new CycleState();
    const preFilter = this.profile.runPreFilter(state, pod);
    if (preFilter.status !== null) return preFilter.status;
    if (preFilter.nodeNames !== null && !preFilter.nodeNames.has(node.name)) return LEFT_OUT;
    return this.profile.runFilterPlugins(state, pod, node);
  }

  /** The next node that the pod fits on, beginning behind the one that was found last. */
  findAny(pod: PodInfo, accepts: (node: NodeInfo) => boolean): NodeInfo | null {
    const { nodes } = this.snapshot;
    const found = this.search(pod, nodes, this.lastIndex % Math.max(1, nodes.length), accepts);
    if (found < 0) return null;
    this.lastIndex = (found + 1) % nodes.length;
    return nodes[found]!;
  }

  /** The first of these nodes that the pod fits on. */
  findAmong(pod: PodInfo, nodes: readonly NodeInfo[]): NodeInfo | null {
    const found = this.search(pod, nodes, 0, () => true);
    return found < 0 ? null : nodes[found]!;
  }

  private search(
    pod: PodInfo,
    nodes: readonly NodeInfo[],
    start: number,
    accepts: (node: NodeInfo) => boolean,
  ): number {
    if (nodes.length === 0) return -1;
    const state = new CycleState();
    const { nodeNames, status: said } = this.profile.runPreFilter(state, pod);
    if (said !== null) return -1;
    for (let i = 0; i < nodes.length; i++) {
      const at = (start + i) % nodes.length;
      const node = nodes[at]!;
      if (nodeNames !== null && !nodeNames.has(node.name)) continue;
      if (!accepts(node)) continue;
      this.evaluations++;
      if (this.profile.runFilterPlugins(state, pod, node) === null) return at;
    }
    return -1;
  }
}

/** The pod as it would be if it were created again: on no node. */
export function unbound({ pod, shape }: PodInfo): PodInfo {
  const { nodeName: _node, ...spec } = pod.spec;
  return new PodInfo({ ...pod, spec, status: { ...pod.status, nominatedNodeName: undefined } }, shape);
}

/** Changes of the snapshot, to be taken back. */
export class WhatIf {
  private readonly snapshot: Snapshot;
  private readonly undo: (() => void)[] = [];

  constructor(snapshot: Snapshot) {
    this.snapshot = snapshot;
  }

  /** A point to go back to. */
  get mark(): number {
    return this.undo.length;
  }

  place(pod: PodInfo, nodeName: string): void {
    pod.nodeName = nodeName;
    this.snapshot.addPod(pod);
    this.undo.push(() => {
      this.snapshot.removePod(pod);
      pod.nodeName = "";
    });
  }

  take(pod: PodInfo): void {
    this.snapshot.removePod(pod);
    this.undo.push(() => this.snapshot.addPod(pod));
  }

  /** @param pods that run on it from the beginning */
  addNode(node: Node, pods: readonly PodInfo[]): NodeInfo {
    const info = this.snapshot.addNode(node);
    this.undo.push(() => this.snapshot.removeNode(node.metadata.name));
    for (const pod of pods) this.place(pod, node.metadata.name);
    return info;
  }

  revert(mark = 0): void {
    while (this.undo.length > mark) this.undo.pop()!();
  }
}
