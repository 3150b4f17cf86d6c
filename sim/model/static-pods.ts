// Static pods: manifests in a node's /etc/kubernetes/manifests, which its kubelet runs without asking the API server, and their mirror pods,
// by which the API shows them. Names, annotations and tolerations as the kubelet makes them. Refuses manifests that need objects of the API.
// Source: behaviour of pkg/kubelet/config and pkg/kubelet/pod, 1.36.
import { POOL_LABEL } from "./annotations.ts";
import { syntheticUid } from "./identity.ts";
import type { Node, Pod, PodSpec } from "./objects.ts";
import { qosClassOf } from "./qos.ts";

/** Manifests of all nodes, or of those of one pool. */
export interface StaticPodSet {
  /** null: of all nodes. */
  readonly pool: string | null;
  /** With defaults, as in their files. */
  readonly pods: readonly Pod[];
}

export const CONFIG_HASH = "kubernetes.io/config.hash";
export const CONFIG_MIRROR = "kubernetes.io/config.mirror";
const CONFIG_SEEN = "kubernetes.io/config.seen";
export const CONFIG_SOURCE = "kubernetes.io/config.source";

/** The manifests that lie on a node. */
export function manifestsOf(node: Node, sets: readonly StaticPodSet[]): readonly Pod[] {
  if (sets.length === 0) return [];
  const pool = node.metadata.labels?.[POOL_LABEL];
  return sets.flatMap((set) => (set.pool === null || set.pool === pool ? set.pods : []));
}

/** The pod that a kubelet makes of a manifest. @param seen when it read it */
export function staticPod(manifest: Pod, nodeName: string, seen: string): Pod {
  const { annotations, labels, name, namespace = "default" } = manifest.metadata;
  const ownName = `${name}-${nodeName}`;
  const hash = syntheticUid("StaticPod", namespace, ownName).replaceAll("-", "");
  const tolerations = [...(manifest.spec.tolerations ?? []), { operator: "Exists", effect: "NoExecute" } as const];
  const spec: PodSpec = { ...manifest.spec, nodeName, tolerations };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: ownName,
      namespace,
      uid: hash,
      ...(labels === undefined ? {} : { labels }),
      annotations: { ...annotations, [CONFIG_HASH]: hash, [CONFIG_SEEN]: seen, [CONFIG_SOURCE]: "file" },
    },
    spec,
    status: { phase: "Pending", qosClass: qosClassOf(spec) },
  };
}

/** What the API gets to see of a static pod; its node's object owns it. */
export function mirrorPod(pod: Pod, node: Node): Pod {
  const { annotations = {}, uid: _uid, ...metadata } = pod.metadata;
  const { name, uid = "" } = node.metadata;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...metadata,
      annotations: { ...annotations, [CONFIG_MIRROR]: annotations[CONFIG_HASH] ?? "" },
      ownerReferences: [{ apiVersion: "v1", kind: "Node", name, uid, controller: true }],
    },
    spec: pod.spec,
  };
}

export function isMirror(pod: Pod): boolean {
  return pod.metadata.annotations?.[CONFIG_MIRROR] !== undefined;
}

export function isStatic(pod: Pod): boolean {
  return pod.metadata.annotations?.[CONFIG_SOURCE] === "file" && !isMirror(pod);
}

/** Does the mirror show this static pod, and not one of the same name? */
export function mirrors(mirror: Pod, pod: Pod): boolean {
  return mirror.metadata.annotations?.[CONFIG_HASH] === pod.metadata.annotations?.[CONFIG_HASH];
}

/** What a manifest refers to that only the API server has; null = nothing. */
export function apiReference(spec: PodSpec): string | null {
  if (spec.serviceAccountName) return "a service account";
  for (const { configMap, persistentVolumeClaim, secret } of spec.volumes ?? []) {
    if (configMap != null) return "a ConfigMap";
    if (secret != null) return "a Secret";
    if (persistentVolumeClaim != null) return "a PersistentVolumeClaim";
  }
  return null;
}
