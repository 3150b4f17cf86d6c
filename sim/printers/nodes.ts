// `kubectl get nodes` and what else is about the cluster itself: namespaces, leases, events.
// Source: behaviour of the API server's table printers, v1.36.
import type { EventObject, Lease, Namespace, Node } from "../model/objects.ts";
import { ageOf } from "./age.ts";
import { ageCell, NONE, type Printer } from "./printer.ts";

const ROLE_PREFIX = "node-role.kubernetes.io/";

/** Sorted, without duplicates. */
export function nodeRoles(node: Node): string[] {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX) && key.length > ROLE_PREFIX.length) roles.add(key.slice(ROLE_PREFIX.length));
    else if (key === "kubernetes.io/role" && value !== "") roles.add(value);
  }
  return [...roles].sort();
}

/** `Ready`, `NotReady,SchedulingDisabled`. A node without conditions counts as ready here, as it does for the scheduler. */
export function nodeStatus(node: Node): string {
  const ready = node.status?.conditions?.find((condition) => condition.type === "Ready");
  const word = ready === undefined || ready.status === "True" ? "Ready" : "NotReady";
  return node.spec?.unschedulable === true ? `${word},SchedulingDisabled` : word;
}

export const nodePrinter: Printer<Node> = {
  columns: ["NAME", "STATUS", "ROLES", "AGE", "VERSION"],
  wide: ["INTERNAL-IP", "EXTERNAL-IP", "OS-IMAGE", "KERNEL-VERSION", "CONTAINER-RUNTIME"],
  cells(node, moment) {
    const info = node.status?.nodeInfo ?? {};
    return [
      node.metadata.name,
      nodeStatus(node),
      nodeRoles(node).join(",") || NONE,
      ageCell(node, moment),
      info.kubeletVersion ?? "",
      address(node, "InternalIP"),
      address(node, "ExternalIP"),
      info.osImage || "<unknown>",
      info.kernelVersion || "<unknown>",
      info.containerRuntimeVersion || "<unknown>",
    ];
  },
};

function address(node: Node, type: string): string {
  return node.status?.addresses?.find((found) => found.type === type)?.address ?? NONE;
}

export const namespacePrinter: Printer<Namespace> = {
  columns: ["NAME", "STATUS", "AGE"],
  wide: [],
  cells: (namespace, moment) => [
    namespace.metadata.name,
    namespace.status?.phase ?? (namespace.metadata.deletionTimestamp == null ? "Active" : "Terminating"),
    ageCell(namespace, moment),
  ],
};

export const leasePrinter: Printer<Lease> = {
  columns: ["NAME", "HOLDER", "AGE"],
  wide: [],
  cells: (lease, moment) => [lease.metadata.name, lease.spec?.holderIdentity ?? "", ageCell(lease, moment)],
};

/** When it was last seen; Events without times are as old as their object. */
export function lastSeen(event: EventObject): string | null | undefined {
  return event.lastTimestamp ?? event.firstTimestamp ?? event.metadata.creationTimestamp;
}

/** The component that said it. */
export const eventReporter = (event: EventObject): string => event.source?.component || event.reportingComponent || "";

/** `kubelet, node-3`, or the component alone. */
export function eventSource(event: EventObject): string {
  const component = eventReporter(event);
  const host = event.source?.host ?? "";
  return host === "" ? component : `${component}, ${host}`;
}

export const eventPrinter: Printer<EventObject> = {
  columns: ["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"],
  wide: ["SUBOBJECT", "SOURCE", "FIRST SEEN", "COUNT", "NAME"],
  // kubectl shows what it has in the order of the printer's columns
  wideOrder: ["LAST SEEN", "TYPE", "REASON", "OBJECT", "SUBOBJECT", "SOURCE", "MESSAGE", "FIRST SEEN", "COUNT", "NAME"],
  cells(event, { nowMicros }) {
    const { kind = "", name = "", fieldPath = "" } = event.involvedObject;
    return [
      ageOf(lastSeen(event), nowMicros),
      event.type,
      event.reason,
      name === "" ? kind.toLowerCase() : `${kind.toLowerCase()}/${name}`,
      event.message.trim(),
      fieldPath,
      eventSource(event),
      ageOf(event.firstTimestamp ?? event.metadata.creationTimestamp, nowMicros),
      String(event.count ?? 1),
      event.metadata.name,
    ];
  },
};
