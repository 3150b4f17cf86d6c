// What functions and filters of expectations read off objects: conditions, numbers of a status, labels, and of pods what their node
// says. An object that is not there has 0, none and false.
import { POOL_LABEL } from "../model/annotations.ts";
import type { ClusterObjects, Condition, ContainerStatus, KubernetesObject, Node, Pod } from "../model/objects.ts";
import { parseObjectName, wordOf } from "../model/resource-names.ts";

/** An object with whatever its kind has. */
export interface AnyObject extends KubernetesObject {
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

export const NONE = "none";
const ZONE_LABEL = "topology.kubernetes.io/zone";

/** The value at a path such as `status.loadBalancer.ingress.0.ip`; undefined where there is none. */
export function valueAt(object: unknown, path: string): unknown {
  let value = object;
  for (const key of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}

export function numberAt(object: unknown, path: string): number {
  const value = Number(valueAt(object, path) ?? 0);
  return Number.isFinite(value) ? value : 0;
}

export function textAt(object: unknown, path: string): string {
  const value = valueAt(object, path);
  return value === undefined || value === null || typeof value === "object" ? NONE : String(value);
}

export function conditionOf(object: unknown, type: string): Condition | undefined {
  const conditions = valueAt(object, "status.conditions");
  return Array.isArray(conditions) ? (conditions as Condition[]).find((c) => c.type === type) : undefined;
}

export function isReady(object: unknown): boolean {
  return conditionOf(object, "Ready")?.status === "True";
}

export function restartsOf(pod: unknown): number {
  const { containerStatuses, initContainerStatuses } = (pod as Pod | undefined)?.status ?? {};
  let sum = 0;
  for (const { restartCount } of statuses(containerStatuses, initContainerStatuses)) sum += restartCount ?? 0;
  return sum;
}

function statuses(...lists: readonly (readonly ContainerStatus[] | null | undefined)[]): readonly ContainerStatus[] {
  return lists.flatMap((list) => list ?? []);
}

/** `kind/name` of the controller that owns the object, in lower case; "" when it has none. */
function ownerOf({ metadata }: KubernetesObject): string {
  const owner = metadata.ownerReferences?.find((reference) => reference.controller === true);
  return owner === undefined ? "" : `${owner.kind.toLowerCase()}/${owner.name}`;
}

/**
 * The value of a field that filters know; undefined = it is not there.
 *
 * @param nodeOf finds the node of a pod
 */
export function fieldOf(
  list: keyof ClusterObjects,
  object: AnyObject,
  field: string,
  nodeOf: (name: string) => Node | undefined,
): string | undefined {
  switch (field) {
    case "name":
      return object.metadata.name;
    case "namespace":
      return object.metadata.namespace ?? "default";
    case "deleting":
      return String(object.metadata.deletionTimestamp != null);
    case "owner":
      return ownerOf(object) || undefined;
  }
  const own = OWN_FIELDS[list]?.(object as never, field, nodeOf);
  if (own !== undefined) return own === ABSENT ? undefined : own;
  return object.metadata.labels?.[field.startsWith("label.") ? field.slice("label.".length) : field];
}

/** The kind knows the field, and the object has none of it. */
const ABSENT = "\u0000absent";

type OwnFields = (object: never, field: string, nodeOf: (name: string) => Node | undefined) => string | undefined;

const OWN_FIELDS: Partial<Readonly<Record<keyof ClusterObjects, OwnFields>>> = {
  pods: (pod: Pod, field, nodeOf) => podField(pod, field, nodeOf),
  nodes: (node: Node, field) => nodeField(node, field),
  namespaces: phaseOf,
  persistentVolumes: phaseOf,
  persistentVolumeClaims: phaseOf,
  events: (event: ClusterObjects["events"][number], field) => {
    const { involvedObject: about } = event;
    switch (field) {
      case "reason":
        return event.reason;
      case "type":
        return event.type;
      case "message":
        return event.message;
      case "kind":
        return (about.kind ?? "").toLowerCase();
      case "object":
        return `${(about.kind ?? "").toLowerCase()}/${about.name ?? ""}`;
      case "source":
        return event.source?.component ?? event.reportingComponent ?? ABSENT;
      default:
        return undefined;
    }
  },
};

function phaseOf(object: AnyObject, field: string): string | undefined {
  return field === "phase" ? textAt(object, "status.phase") : undefined;
}

function podField(pod: Pod, field: string, nodeOf: (name: string) => Node | undefined): string | undefined {
  const { spec, status } = pod;
  switch (field) {
    case "phase":
      return status?.phase ?? "Pending";
    case "node":
      return spec.nodeName || ABSENT;
    case "ready":
      return String(isReady(pod));
    case "scheduled":
      return String(Boolean(spec.nodeName));
    case "reason":
      return textAt(pod, "status.reason");
    case "waiting":
      return waitingReason(pod) ?? ABSENT;
  }
  if (!field.startsWith("node.")) return undefined;
  const node = spec.nodeName ? nodeOf(spec.nodeName) : undefined;
  if (node === undefined) return ABSENT;
  const key = field.slice("node.".length);
  return nodeField(node, key) ?? node.metadata.labels?.[key] ?? ABSENT;
}

function waitingReason(pod: Pod): string | undefined {
  for (const { state } of statuses(pod.status?.initContainerStatuses, pod.status?.containerStatuses))
    if (state?.waiting?.reason) return state.waiting.reason;
  return undefined;
}

function nodeField(node: Node, field: string): string | undefined {
  const { labels } = node.metadata;
  switch (field) {
    case "ready":
      return conditionOf(node, "Ready")?.status ?? "Unknown";
    case "zone":
      return labels?.zone ?? labels?.[ZONE_LABEL] ?? ABSENT;
    case "pool":
      return labels?.pool ?? labels?.[POOL_LABEL] ?? ABSENT;
    case "schedulable":
      return String(node.spec?.unschedulable !== true);
    case "taint":
      return (node.spec?.taints ?? []).map(({ key }) => key).join(" ") || ABSENT;
    default:
      return undefined;
  }
}

/** An owner, or what an Event is about, as it may be written: `deploy/web` for `deployment/web`. */
export function canonicalName(text: string): string {
  const name = parseObjectName(text);
  if ("expected" in name) return text;
  return `${wordOf(name.list)}/${name.key.slice(name.key.indexOf("/") + 1)}`;
}
