// What a new node of a group would be: made after one of its nodes that is ready, without what belongs to that node's present state, or as
// the provider describes it where the group has none; with the pods that daemon sets put on it. Static pods are known from a node only.
// Source: behaviour of TemplateNodeInfoProvider, 1.36.
import { daemonTolerations, shouldRunOn } from "../model/daemon.ts";
import type { Node, Pod } from "../model/objects.ts";
import type { NodeInfo } from "../scheduler/node-info.ts";
import { PodInfo } from "../scheduler/shape.ts";
import type { ClusterView, GroupNodes } from "./cluster-view.ts";
import { isMirror, isNodeReady, isPassingTaint, TO_BE_DELETED_TAINT } from "./node-marks.ts";
import type { WhatIf } from "./predicates.ts";

const HOSTNAME_LABEL = "kubernetes.io/hostname";

export interface Template {
  readonly node: Node;
  /** With their shapes; each node gets copies. */
  readonly pods: readonly PodInfo[];
}

interface Made {
  readonly template: Template;
  readonly example: Node | null;
  readonly daemonSetChanges: number;
}

export class Templates {
  private readonly view: ClusterView;
  private readonly made = new Map<GroupNodes, Made>();

  constructor(view: ClusterView) {
    this.view = view;
  }

  of(group: GroupNodes): Template {
    const { daemonSetChanges } = this.view;
    const known = this.made.get(group);
    const example = this.exampleOf(group, known?.example ?? null);
    if (known !== undefined && known.example === example && known.daemonSetChanges === daemonSetChanges)
      return known.template;
    const node = example === null ? group.group!.plan.template : sanitized(example);
    const template = { node, pods: this.podsOf(node, example) };
    this.made.set(group, { template, example, daemonSetChanges });
    return template;
  }

  /** The same one as long as it will do. */
  private exampleOf({ nodes }: GroupNodes, last: Node | null): Node | null {
    const same = last === null ? undefined : nodes.get(last.metadata.name);
    if (same !== undefined && isGood(same)) return isAlike(same, last!) ? last : same;
    for (const node of nodes.values()) if (isGood(node)) return node;
    return null;
  }

  private podsOf(node: Node, example: Node | null): readonly PodInfo[] {
    const { daemonSets, snapshot } = this.view;
    const pods: PodInfo[] = [];
    for (const set of daemonSets) {
      const { spec, metadata } = set.spec?.template ?? {};
      if (spec === undefined || !shouldRunOn(node, spec)) continue;
      const { name, namespace = "default", uid = "" } = set.metadata;
      const owner = { apiVersion: "apps/v1", kind: "DaemonSet", name, uid, controller: true };
      const pod: Pod = {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace, labels: metadata?.labels ?? {}, ownerReferences: [owner] },
        spec: { ...spec, tolerations: daemonTolerations(spec) },
      };
      pods.push(snapshot.info(pod));
    }
    const there = example === null ? undefined : snapshot.node(example.metadata.name);
    return [...pods, ...(there?.pods.filter(({ pod }) => isMirror(pod)) ?? [])];
  }
}

/** A node like the template, for as long as the change of the snapshot lasts. @param suffix that tells it from all others there */
export function addTemplateNode(whatIf: WhatIf, template: Template, group: string, suffix: string): NodeInfo {
  const { node, pods } = template;
  const name = `template-node-for-${group}-${suffix}`;
  const labels = { ...node.metadata.labels, [HOSTNAME_LABEL]: name };
  const copies = pods.map(({ pod, shape }) => {
    const metadata = { ...pod.metadata, name: `${pod.metadata.name}-${suffix}`, uid: `${name}/${pod.metadata.name}` };
    return new PodInfo({ ...pod, metadata }, shape);
  });
  return whatIf.addNode({ ...node, metadata: { ...node.metadata, name, uid: undefined, labels } }, copies);
}

function isGood(node: Node): boolean {
  return isNodeReady(node) && !(node.spec?.taints ?? []).some(({ key }) => key === TO_BE_DELETED_TAINT);
}

// all but heartbeats
function isAlike(a: Node, b: Node): boolean {
  return (
    a === b ||
    (a.spec === b.spec && a.metadata.labels === b.metadata.labels && a.status?.allocatable === b.status?.allocatable)
  );
}

function sanitized(node: Node): Node {
  const { unschedulable: _cordoned, taints, ...spec } = node.spec ?? {};
  const { name, labels } = node.metadata;
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels },
    spec: { ...spec, taints: (taints ?? []).filter(({ key }) => !isPassingTaint(key)) },
    status: { ...node.status, conditions: [{ type: "Ready", status: "True", reason: "KubeletReady" }] },
  };
}
