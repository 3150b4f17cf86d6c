// What the registry knows of each kind: whether status is a subresource, whether generation counts changes of the spec, and what the
// kind is called in texts. Source: the strategies of kube-apiserver's registries, 1.36.
import { kindOfList } from "../model/kinds.ts";
import type { ApiKind } from "./client.ts";

/** Kinds whose status is written by its own subresource, and by nothing else. */
const WITH_STATUS: ReadonlySet<ApiKind> = new Set<ApiKind>([
  "nodes",
  "pods",
  "namespaces",
  "services",
  "replicationControllers",
  "replicaSets",
  "statefulSets",
  "deployments",
  "daemonSets",
  "jobs",
  "cronJobs",
  "podDisruptionBudgets",
  "persistentVolumes",
  "persistentVolumeClaims",
  "resourceQuotas",
  "horizontalPodAutoscalers",
  "flowSchemas",
  "priorityLevelConfigurations",
  "volumeAttachments",
]);

const WITH_GENERATION: ReadonlySet<ApiKind> = new Set<ApiKind>([
  "pods",
  "replicationControllers",
  "replicaSets",
  "statefulSets",
  "deployments",
  "daemonSets",
  "jobs",
  "cronJobs",
  "podDisruptionBudgets",
  "horizontalPodAutoscalers",
  "endpointSlices",
  "flowSchemas",
  "priorityLevelConfigurations",
  "validatingWebhookConfigurations",
  "mutatingWebhookConfigurations",
]);

export function hasStatus(kind: ApiKind): boolean {
  return WITH_STATUS.has(kind);
}

export function hasGeneration(kind: ApiKind): boolean {
  return WITH_GENERATION.has(kind);
}

/** As rules and requests name it: "replicasets". */
export function resourceOf(kind: ApiKind): string {
  return kind.toLowerCase();
}

export function groupOf(kind: ApiKind): string {
  return kindOfList(kind).groups[0] as string;
}

/** As errors name it: "pods", "replicasets.apps". */
export function qualifiedResource(kind: ApiKind): string {
  const group = groupOf(kind);
  return group === "" ? resourceOf(kind) : `${resourceOf(kind)}.${group}`;
}

/** As errors of validation name it: "Pod", "ReplicaSet.apps". */
export function qualifiedKind(kind: ApiKind): string {
  const group = groupOf(kind);
  const { kind: name } = kindOfList(kind);
  return group === "" ? name : `${name}.${group}`;
}

/** The name within a key of the form `namespace/name` or `name`. */
export function nameOfKey(key: string): string {
  return key.slice(key.indexOf("/") + 1);
}

/** The namespace within a key; "" for a kind without. */
export function namespaceOfKey(key: string): string {
  const slash = key.indexOf("/");
  return slash < 0 ? "" : key.slice(0, slash);
}
