// DaemonSets: on which nodes their pods belong, and what those pods look like.
// Source: the DaemonSet controller of Kubernetes 1.36 (nodeShouldRunDaemonPod, AddOrUpdateDaemonPodTolerations).
import { syntheticUid } from "./identity.ts";
import type { Node, NodeSelectorTerm, Pod, PodSpec, PodTemplateSpec, Taint, Toleration, Workload } from "./objects.ts";
import { compileLabelMap, compileNodeSelector } from "./selectors.ts";

const TOLERATED: readonly (readonly [string, string])[] = [
  ["node.kubernetes.io/not-ready", "NoExecute"],
  ["node.kubernetes.io/unreachable", "NoExecute"],
  ["node.kubernetes.io/disk-pressure", "NoSchedule"],
  ["node.kubernetes.io/memory-pressure", "NoSchedule"],
  ["node.kubernetes.io/pid-pressure", "NoSchedule"],
  ["node.kubernetes.io/unschedulable", "NoSchedule"],
];

/** Does a DaemonSet with this pod spec want a pod on the node? The node's free capacity plays no part. */
export function shouldRunOn(node: Node, spec: PodSpec): boolean {
  const { name, labels = {} } = node.metadata;
  if (spec.nodeName !== undefined && spec.nodeName !== "" && spec.nodeName !== name) return false;
  if (spec.nodeSelector != null && !compileLabelMap(spec.nodeSelector).matches(labels)) return false;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (required != null && !compileNodeSelector(required).matches(labels, name)) return false;
  const tolerations = daemonTolerations(spec);
  return (node.spec?.taints ?? []).every(
    (taint) => taint.effect === "PreferNoSchedule" || tolerations.some((t) => tolerates(t, taint)),
  );
}

/**
 * The pod of a DaemonSet for one node: bound to it by a node affinity that replaces the template's required terms.
 *
 * @param spec the template's spec with defaults
 * @param hash of the template
 */
export function daemonPod(
  set: Workload,
  template: PodTemplateSpec,
  spec: PodSpec,
  node: Node,
  name: string,
  hash: string,
): Pod {
  const namespace = set.metadata.namespace ?? "default";
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace,
      uid: syntheticUid("Pod", namespace, name),
      labels: { ...template.metadata?.labels, "controller-revision-hash": hash },
      ...(template.metadata?.annotations ? { annotations: template.metadata.annotations } : {}),
      ownerReferences: [
        {
          apiVersion: "apps/v1",
          kind: "DaemonSet",
          name: set.metadata.name,
          uid: set.metadata.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: daemonSpec(spec, node.metadata.name),
    status: { phase: "Pending" },
  };
}

/** A template's spec for the pod of one node: the added tolerations, and the node's name in place of other required terms. */
export function daemonSpec(spec: PodSpec, nodeName: string): PodSpec {
  const term: NodeSelectorTerm = { matchFields: [{ key: "metadata.name", operator: "In", values: [nodeName] }] };
  return {
    ...spec,
    tolerations: daemonTolerations(spec),
    affinity: {
      ...spec.affinity,
      nodeAffinity: {
        ...spec.affinity?.nodeAffinity,
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] },
      },
    },
  };
}

/** The template's tolerations and those that the controller adds. */
export function daemonTolerations(spec: PodSpec): readonly Toleration[] {
  const added: (readonly [string, string])[] = [...TOLERATED];
  if (spec.hostNetwork === true) added.push(["node.kubernetes.io/network-unavailable", "NoSchedule"]);
  const own = (spec.tolerations ?? []).filter(
    (t) => !added.some(([key, effect]) => t.key === key && t.effect === effect),
  );
  return [...own, ...added.map(([key, effect]) => ({ key, operator: "Exists", effect }))];
}

function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (toleration.operator === "Exists") return true;
  return (toleration.value ?? "") === (taint.value ?? "");
}
