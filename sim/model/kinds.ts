// The kinds of Kubernetes objects that the simulator reads: where each goes in ClusterObjects, in which API group it is
// served, and whether it lives in a namespace. Everything else is listed as ignored.
import type { ClusterObjects } from "./objects.ts";

export interface KnownKind {
  readonly kind: string;
  readonly list: keyof ClusterObjects;
  /** API groups, "" being the core; older groups of the same kind included. */
  readonly groups: readonly string[];
  readonly namespaced: boolean;
}

export const KNOWN_KINDS: readonly KnownKind[] = [
  { kind: "Node", list: "nodes", groups: [""], namespaced: false },
  { kind: "Pod", list: "pods", groups: [""], namespaced: true },
  { kind: "Namespace", list: "namespaces", groups: [""], namespaced: false },
  { kind: "Service", list: "services", groups: [""], namespaced: true },
  { kind: "ReplicationController", list: "replicationControllers", groups: [""], namespaced: true },
  { kind: "ReplicaSet", list: "replicaSets", groups: ["apps", "extensions"], namespaced: true },
  { kind: "StatefulSet", list: "statefulSets", groups: ["apps"], namespaced: true },
  { kind: "Deployment", list: "deployments", groups: ["apps", "extensions"], namespaced: true },
  { kind: "DaemonSet", list: "daemonSets", groups: ["apps", "extensions"], namespaced: true },
  { kind: "Job", list: "jobs", groups: ["batch"], namespaced: true },
  { kind: "CronJob", list: "cronJobs", groups: ["batch"], namespaced: true },
  { kind: "PriorityClass", list: "priorityClasses", groups: ["scheduling.k8s.io"], namespaced: false },
  { kind: "PodDisruptionBudget", list: "podDisruptionBudgets", groups: ["policy"], namespaced: true },
  { kind: "PersistentVolume", list: "persistentVolumes", groups: [""], namespaced: false },
  { kind: "PersistentVolumeClaim", list: "persistentVolumeClaims", groups: [""], namespaced: true },
  { kind: "StorageClass", list: "storageClasses", groups: ["storage.k8s.io"], namespaced: false },
  { kind: "CSINode", list: "csiNodes", groups: ["storage.k8s.io"], namespaced: false },
  { kind: "CSIDriver", list: "csiDrivers", groups: ["storage.k8s.io"], namespaced: false },
  { kind: "CSIStorageCapacity", list: "csiStorageCapacities", groups: ["storage.k8s.io"], namespaced: true },
  { kind: "Lease", list: "leases", groups: ["coordination.k8s.io"], namespaced: true },
  { kind: "Event", list: "events", groups: ["", "events.k8s.io"], namespaced: true },
  { kind: "EndpointSlice", list: "endpointSlices", groups: ["discovery.k8s.io"], namespaced: true },
  { kind: "Endpoints", list: "endpoints", groups: [""], namespaced: true },
  { kind: "ControllerRevision", list: "controllerRevisions", groups: ["apps"], namespaced: true },
  { kind: "ResourceQuota", list: "resourceQuotas", groups: [""], namespaced: true },
  { kind: "LimitRange", list: "limitRanges", groups: [""], namespaced: true },
  { kind: "ServiceAccount", list: "serviceAccounts", groups: [""], namespaced: true },
  { kind: "HorizontalPodAutoscaler", list: "horizontalPodAutoscalers", groups: ["autoscaling"], namespaced: true },
  { kind: "PodMetrics", list: "podMetrics", groups: ["metrics.k8s.io"], namespaced: true },
  { kind: "MetricValue", list: "customMetrics", groups: ["custom.metrics.k8s.io"], namespaced: true },
  { kind: "ExternalMetricValue", list: "externalMetrics", groups: ["external.metrics.k8s.io"], namespaced: true },
  {
    kind: "ValidatingWebhookConfiguration",
    list: "validatingWebhookConfigurations",
    groups: ["admissionregistration.k8s.io"],
    namespaced: false,
  },
  {
    kind: "MutatingWebhookConfiguration",
    list: "mutatingWebhookConfigurations",
    groups: ["admissionregistration.k8s.io"],
    namespaced: false,
  },
  { kind: "Role", list: "roles", groups: ["rbac.authorization.k8s.io"], namespaced: true },
  { kind: "ClusterRole", list: "clusterRoles", groups: ["rbac.authorization.k8s.io"], namespaced: false },
  { kind: "RoleBinding", list: "roleBindings", groups: ["rbac.authorization.k8s.io"], namespaced: true },
  { kind: "ClusterRoleBinding", list: "clusterRoleBindings", groups: ["rbac.authorization.k8s.io"], namespaced: false },
  { kind: "FlowSchema", list: "flowSchemas", groups: ["flowcontrol.apiserver.k8s.io"], namespaced: false },
  {
    kind: "PriorityLevelConfiguration",
    list: "priorityLevelConfigurations",
    groups: ["flowcontrol.apiserver.k8s.io"],
    namespaced: false,
  },
  { kind: "VolumeAttachment", list: "volumeAttachments", groups: ["storage.k8s.io"], namespaced: false },
  { kind: "ConfigMap", list: "configMaps", groups: [""], namespaced: true },
  { kind: "Secret", list: "secrets", groups: [""], namespaced: true },
];

/** Kinds that others serve through the API servers: they are not stored, and nobody's writes are of them. */
export const AGGREGATED: ReadonlySet<keyof ClusterObjects> = new Set<keyof ClusterObjects>([
  "podMetrics",
  "customMetrics",
  "externalMetrics",
]);

const BY_LIST: ReadonlyMap<string, KnownKind> = new Map(KNOWN_KINDS.map((known) => [known.list, known]));
const BY_KIND: ReadonlyMap<string, KnownKind> = new Map(KNOWN_KINDS.map((known) => [known.kind, known]));

/** What is known of a kind, by the name of its list. */
export function kindOfList(list: keyof ClusterObjects): KnownKind {
  return BY_LIST.get(list) as KnownKind;
}

/** The kind if the simulator reads it, whatever its version within the group. */
export function knownKind(apiVersion: string, kind: string): KnownKind | undefined {
  const known = BY_KIND.get(kind);
  const slash = apiVersion.indexOf("/");
  return known?.groups.includes(slash < 0 ? "" : apiVersion.slice(0, slash)) ? known : undefined;
}
