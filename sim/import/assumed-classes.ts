// Classes that objects name and the input does not have: PriorityClasses, with the value that pods of a cluster tell, and StorageClasses, whose
// volumes are made when a pod has a node. A scenario without them would be refused, or its pods would wait for ever.
import type {
  ClusterObjects,
  KubernetesObject,
  PersistentVolumeClaim,
  Pod,
  PodSpec,
  PriorityClass,
  StorageClass,
} from "../model/objects.ts";
import type { Draft } from "./draft.ts";
import { nameOf, type ObjectLists } from "./kubernetes/import-objects.ts";

/** Whose objects are pods or make some. */
export const SOURCES_OF_PODS: readonly (keyof ClusterObjects)[] = [
  "pods",
  "deployments",
  "replicaSets",
  "replicationControllers",
  "statefulSets",
  "daemonSets",
  "jobs",
];

/** Where a list's objects have pod specs. */
function specsOf(list: keyof ClusterObjects, object: KubernetesObject): PodSpec | null {
  const { spec } = object as { readonly spec?: Readonly<Record<string, unknown>> };
  if (list === "pods") return (object as Pod).spec;
  const template =
    list === "cronJobs" ? (spec as never as { jobTemplate?: { spec?: unknown } })?.jobTemplate?.spec : spec;
  return (template as { readonly template?: { readonly spec?: PodSpec } } | undefined)?.template?.spec ?? null;
}

// pods of a cluster tell the value of their class
export function assumePriorityClasses(draft: Draft, objects: ObjectLists): void {
  const known = new Set(["", "system-cluster-critical", "system-node-critical"]);
  for (const { metadata } of objects.get("priorityClasses") ?? []) known.add(metadata.name);
  const missing = new Map<string, { value: number | null; object: KubernetesObject }>();
  for (const list of [...SOURCES_OF_PODS, "cronJobs"] as const)
    for (const object of objects.get(list) ?? []) {
      const { priority, priorityClassName = "" } = specsOf(list, object) ?? {};
      if (known.has(priorityClassName ?? "")) continue;
      const entry = missing.get(priorityClassName!);
      if (entry === undefined) missing.set(priorityClassName!, { value: priority ?? null, object });
      else entry.value ??= priority ?? null;
    }
  const classes = [...missing].map(([name, { value, object }]): PriorityClass => {
    const what = value === null ? "nothing tells its value: 0" : `its value from the pods that have it: ${value}`;
    draft.remarks.assumed(`PriorityClass ${name}`, `the input does not have it, ${what}`, nameOf(object));
    return { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name }, value: value ?? 0 };
  });
  if (classes.length > 0) objects.set("priorityClasses", [...(objects.get("priorityClasses") ?? []), ...classes]);
}

const DEFAULT = "storageclass.kubernetes.io/is-default-class";
/** The default class, where claims rely on one that the input does not have. */
const ASSUMED = "assumed-default";

type ClaimSpec = Partial<PersistentVolumeClaim["spec"]>;

/** Claims that name a class without a volume or a class behind it. */
export function assumeStorageClasses(draft: Draft, objects: ObjectLists): void {
  const known = new Set((objects.get("storageClasses") ?? []).map(({ metadata }) => metadata.name));
  // volumes that somebody has made by hand need no class
  for (const volume of objects.get("persistentVolumes") ?? [])
    known.add((volume as { readonly spec?: ClaimSpec }).spec?.storageClassName ?? "");
  const isDefault = ({ metadata }: KubernetesObject) => metadata.annotations?.[DEFAULT] === "true";
  // without a class a claim is for the default one, or for volumes without a class
  const hasDefault = (objects.get("storageClasses") ?? []).some(isDefault) || known.has("");
  const missing = new Map<string, KubernetesObject>();
  const look = (object: KubernetesObject, spec: ClaimSpec | undefined) => {
    const name = spec?.storageClassName ?? (hasDefault ? "" : ASSUMED);
    if (name !== "" && !spec?.volumeName && !known.has(name) && !missing.has(name)) missing.set(name, object);
  };
  for (const claim of objects.get("persistentVolumeClaims") ?? []) look(claim, (claim as PersistentVolumeClaim).spec);
  for (const set of objects.get("statefulSets") ?? []) {
    const { spec } = set as { readonly spec?: { readonly volumeClaimTemplates?: readonly PersistentVolumeClaim[] } };
    for (const template of spec?.volumeClaimTemplates ?? []) look(set, template.spec);
  }
  const classes = [...missing].map(([name, object]): StorageClass => {
    draft.remarks.assumed(
      `StorageClass ${name}`,
      "the input does not have it: volumes are made when a pod has a node",
      nameOf(object),
    );
    return {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name, ...(name === ASSUMED ? { annotations: { [DEFAULT]: "true" } } : {}) },
      provisioner: "assumed.kubedrill.dev",
      volumeBindingMode: "WaitForFirstConsumer",
    };
  });
  if (classes.length > 0) objects.set("storageClasses", [...(objects.get("storageClasses") ?? []), ...classes]);
}
