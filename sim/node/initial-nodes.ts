// Nodes as their kubelets have made them: what a node object says beyond its capacity, and the leases of nodes that have been there
// for long when a run begins. Pure functions of the node and its number.
import type { Lease, Node } from "../model/objects.ts";
import { LEASE_NAMESPACE, leaseOf } from "./lease-renewal.ts";
import { HEALTHY, nodeConditions } from "./node-conditions.ts";

export { LEASE_NAMESPACE };

/** When the nodes that a run begins with have joined. */
const JOINED = "2025-12-01T00:00:00Z";
const VERSION = "v1.36.2";

/** The node with all that a kubelet reports; what is said already stays. @param index of the node among all, for its addresses */
export function completeNode(node: Node, index: number, joined: string = JOINED): Node {
  const { labels, name } = node.metadata;
  const status = node.status ?? {};
  const { creationTimestamp } = node.metadata;
  return {
    ...node,
    metadata: {
      ...node.metadata,
      labels: {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        ...labels,
      },
      creationTimestamp: creationTimestamp ?? joined,
    },
    spec: { podCIDR: podCidr(index), ...node.spec },
    status: {
      ...status,
      addresses: status.addresses ?? [
        { type: "InternalIP", address: nodeAddress(index) },
        { type: "Hostname", address: name },
      ],
      conditions: isUnready(node)
        ? status.conditions
        : nodeConditions(timed(status.conditions, joined), HEALTHY, joined),
      nodeInfo: {
        kubeletVersion: VERSION,
        kubeProxyVersion: "",
        containerRuntimeVersion: "containerd://2.2.1",
        osImage: "Debian GNU/Linux 13 (trixie)",
        operatingSystem: "linux",
        architecture: "amd64",
        kernelVersion: "6.12.48",
        ...status.nodeInfo,
      },
    },
  };
}

/** The lease that the node's kubelet has renewed so long before the run began. */
export function initialLease(node: Node, durationSeconds: number, renewedMicros: number): Lease {
  const lease = leaseOf(node.metadata.name, node.metadata.uid, durationSeconds, renewedMicros);
  const { creationTimestamp } = node.metadata;
  // the first thing that a kubelet writes after its node
  return creationTimestamp == null ? lease : { ...lease, metadata: { ...lease.metadata, creationTimestamp } };
}

export function nodeAddress(index: number): string {
  return `172.${16 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
}

export function podCidr(index: number): string {
  return `10.${128 + (index >> 8)}.${index & 255}.0/24`;
}

/** A node that a dump shows as not ready has no kubelet that says otherwise. */
export function isUnready(node: Node): boolean {
  return (node.status?.conditions ?? []).some((c) => c.type === "Ready" && c.status !== "True");
}

function timed(conditions: NonNullable<Node["status"]>["conditions"], joined: string) {
  return (conditions ?? []).map((c) => ({ ...c, lastTransitionTime: c.lastTransitionTime ?? joined }));
}
