// An object of a running cluster without what the cluster has written into it: identity, versions, times, field management, status.
// What says how the cluster is built stays: capacities and images of nodes, nodes that are not ready, what a Job has done so far,
// the labels by which pods belong to revisions. Pure; the rules by kind are listed in docs/IMPORT.md.
import type {
  ClusterObjects,
  Job,
  KubernetesObject,
  Labels,
  Node,
  PersistentVolume,
  Pod,
} from "../../model/objects.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Made by the API server, and made anew by a simulated one. */
const RUNTIME_METADATA = [
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "managedFields",
  "selfLink",
  "clusterName",
  "zz_generated",
];

/** Without it a Job does not count its pod. */
const JOB_TRACKING = "batch.kubernetes.io/job-tracking";

/** Given again by the admission of a simulated API server, or by its controllers. */
const KNOWN_FINALIZERS = new Set([
  "kubernetes.io/pvc-protection",
  "kubernetes.io/pv-protection",
  "foregroundDeletion",
  "orphan",
  JOB_TRACKING,
  "service.kubernetes.io/load-balancer-cleanup",
]);

export interface Cleaned {
  readonly object: KubernetesObject;
  /** Finalizers that nobody in a simulation would take away. */
  readonly strangers: readonly string[];
}

/** The object as somebody would have declared it. */
export function cleaned(list: keyof ClusterObjects, object: KubernetesObject): Cleaned {
  const { status: _, ...rest } = object as KubernetesObject & { readonly status?: unknown };
  const finalizers = (object.metadata as { readonly finalizers?: readonly string[] | null }).finalizers ?? [];
  const clean = BY_LIST[list]?.(rest, object) ?? { ...rest, metadata: cleanMetadata(object.metadata) };
  return {
    object: withoutTemplateTime(clean),
    strangers: finalizers.filter((name) => !KNOWN_FINALIZERS.has(name)),
  };
}

// Go's empty time, in the metadata of every template
function withoutTemplateTime(object: KubernetesObject): KubernetesObject {
  const { spec } = object as { readonly spec?: { readonly template?: { readonly metadata?: Fields } } };
  const metadata = spec?.template?.metadata;
  if (metadata == null || metadata["creationTimestamp"] !== null) return object;
  const template = { ...spec?.template, metadata: without(metadata, ["creationTimestamp"]) };
  return { ...object, spec: { ...spec, template } } as KubernetesObject;
}

type Rule = (rest: KubernetesObject, whole: KubernetesObject) => KubernetesObject;

const BY_LIST: { readonly [K in keyof ClusterObjects]?: Rule } = {
  nodes: (rest, whole) => cleanNode(rest, whole as Node),
  pods: (rest) => cleanPod(rest as Pod),
  jobs: (rest, whole) => cleanJob(rest, whole as Job),
  persistentVolumes: (rest, whole) => cleanVolume(rest as PersistentVolume, whole as PersistentVolume),
  namespaces: (rest) => {
    const { spec, ...others } = rest as KubernetesObject & { readonly spec?: Fields };
    const own = without(spec ?? {}, ["finalizers"]);
    const kept = { ...others, metadata: cleanMetadata(rest.metadata) };
    return Object.keys(own).length === 0 ? kept : ({ ...kept, spec: own } as KubernetesObject);
  },
  secrets: (rest) => {
    // nobody in a simulation reads the values, and a scenario is a file that is passed around
    const kept = without(rest as unknown as Fields, ["data", "stringData"]) as unknown as KubernetesObject;
    return { ...kept, metadata: cleanMetadata(rest.metadata) };
  },
};

/** Metadata of a declaration. Owners lose their uids: the loader links them by name. */
export function cleanMetadata(metadata: KubernetesObject["metadata"]): KubernetesObject["metadata"] {
  const { ownerReferences, ...others } = without(metadata as unknown as Fields, [
    ...RUNTIME_METADATA,
    "finalizers",
  ]) as unknown as KubernetesObject["metadata"];
  const owners = (ownerReferences ?? []).map((owner) => without(owner as unknown as Fields, ["uid"]));
  return emptyOut({ ...others, ...(owners.length === 0 ? {} : { ownerReferences: owners }) } as never);
}

function cleanNode(rest: KubernetesObject, { status }: Node): KubernetesObject {
  const { allocatable, capacity, conditions, images } = status ?? {};
  // a node that is not ready has nobody who would say so
  const ready = (conditions ?? []).filter((c) => c.type === "Ready" && c.status !== "True");
  const kept = {
    ...(allocatable == null ? {} : { allocatable }),
    ...(capacity == null ? {} : { capacity }),
    ...(ready.length === 0 ? {} : { conditions: ready.map(({ type, status: state }) => ({ type, status: state })) }),
    ...(images == null || images.length === 0 ? {} : { images }),
  };
  return {
    ...rest,
    metadata: cleanMetadata(rest.metadata),
    ...(Object.keys(kept).length === 0 ? {} : { status: kept }),
  } as KubernetesObject;
}

/** Of static pods: what their kubelet has noted. */
const MIRROR_ANNOTATIONS = [
  "kubernetes.io/config.mirror",
  "kubernetes.io/config.hash",
  "kubernetes.io/config.seen",
  "kubernetes.io/config.source",
];

/** Is it the image of a static pod in the API? */
export function isMirror({ metadata }: KubernetesObject): boolean {
  return metadata.annotations?.[MIRROR_ANNOTATIONS[0]!] !== undefined;
}

function cleanPod(pod: Pod): KubernetesObject {
  const { finalizers } = pod.metadata as { readonly finalizers?: readonly string[] | null };
  const isTracked = finalizers?.includes(JOB_TRACKING) === true;
  const metadata = withoutRevision({
    ...cleanMetadata(pod.metadata),
    ...(isTracked ? { finalizers: [JOB_TRACKING] } : {}),
  });
  const spec = without(pod.spec as unknown as Fields, ["ephemeralContainers"]) as unknown as Pod["spec"];
  if (!isMirror(pod)) return { ...pod, metadata, spec } as Pod;
  const { ownerReferences: _, annotations, ...others } = metadata;
  const kept = without(annotations ?? {}, MIRROR_ANNOTATIONS) as Labels;
  return { ...pod, metadata: emptyOut({ ...others, annotations: kept }), spec } as Pod;
}

/** By which StatefulSets and DaemonSets tell pods of their revisions; a settled cluster has its own. */
export const REVISION_LABEL = "controller-revision-hash";
const SETS: ReadonlySet<string> = new Set(["StatefulSet", "DaemonSet"]);

/** Does a StatefulSet or DaemonSet own it? */
export function isOfSet({ ownerReferences }: KubernetesObject["metadata"]): boolean {
  return ownerReferences?.some(({ controller, kind }) => controller === true && SETS.has(kind)) === true;
}

function withoutRevision(metadata: KubernetesObject["metadata"]): KubernetesObject["metadata"] {
  if (metadata.labels == null || !isOfSet(metadata)) return metadata;
  return { ...metadata, labels: without(metadata.labels, [REVISION_LABEL, "pod-template-generation"]) as Labels };
}

// its uid names its pods by their labels, and what it has done so far will not be done again
function cleanJob(rest: KubernetesObject, { metadata, status }: Job): KubernetesObject {
  const { completedIndexes, failed, succeeded } = (status ?? {}) as Fields;
  const done = emptyOut({ completedIndexes, failed, succeeded });
  return {
    ...rest,
    metadata: { ...cleanMetadata(metadata), ...(metadata.uid === undefined ? {} : { uid: metadata.uid }) },
    ...(Object.keys(done).length === 0 ? {} : { status: done }),
  } as KubernetesObject;
}

// a released volume remembers the uid of a claim that is gone: nothing else keeps new claims from it
function cleanVolume(rest: PersistentVolume, { spec, status }: PersistentVolume): KubernetesObject {
  const isReleased = status?.phase === "Released" || status?.phase === "Failed";
  const claimRef =
    spec.claimRef == null || isReleased
      ? spec.claimRef
      : without(spec.claimRef as unknown as Fields, ["uid", "resourceVersion"]);
  return {
    ...rest,
    metadata: cleanMetadata(rest.metadata),
    spec: { ...spec, ...(claimRef == null ? {} : { claimRef }) },
  } as PersistentVolume;
}

function without(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}

// null, and mappings and lists that hold nothing, say nothing here
function emptyOut<T extends object>(fields: T): T {
  const says = (value: unknown) =>
    value != null && value !== 0 && value !== "" && (typeof value !== "object" || Object.keys(value).length > 0);
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => says(value))) as T;
}
