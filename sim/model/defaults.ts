// What the API server adds to objects when they are created, as far as the simulator reads it: defaults of the API types,
// and the admission plugins Priority, DefaultTolerationSeconds and DefaultStorageClass. All of it is idempotent: an object
// that comes from a cluster has been through it and stays as it is. Not done: LimitRanger, RuntimeClass, webhooks.
import { syntheticUid } from "./identity.ts";
import { KNOWN_KINDS } from "./kinds.ts";
import type {
  ClusterObjects,
  Container,
  KubernetesObject,
  LabelSelector,
  LabelSelectorRequirement,
  Labels,
  PersistentVolumeClaim,
  Pod,
  PodAffinity,
  PodAffinityTerm,
  PodSpec,
  PriorityClass,
  Quantity,
  ResourceList,
  ResourceRequirements,
  StorageClass,
  Toleration,
} from "./objects.ts";
import type { Path, Problem } from "./problem.ts";
import { aggregateContainerRequests, isPodLevelResource } from "./resources.ts";

/** What defaulting a pod or claim depends on besides the object. */
export interface DefaultingContext {
  readonly priorityClasses: ReadonlyMap<string, PriorityClass>;
  /** The class of pods that name none. */
  readonly defaultPriorityClass: PriorityClass | null;
  readonly defaultStorageClass: StorageClass | null;
}

/** Receives a problem with the path inside of the object that is being defaulted. */
export type Note = (problem: Problem) => void;

const BUILT_IN_CLASSES: readonly PriorityClass[] = [
  { metadata: { name: "system-cluster-critical" }, value: 2_000_000_000 },
  { metadata: { name: "system-node-critical" }, value: 2_000_001_000 },
];

export function defaultingContext(
  objects: Pick<ClusterObjects, "priorityClasses" | "storageClasses">,
): DefaultingContext {
  const classes = [...BUILT_IN_CLASSES, ...objects.priorityClasses];
  // of several global defaults the API server takes the lowest
  const globalDefaults = objects.priorityClasses
    .filter((c) => c.globalDefault === true)
    .sort((a, b) => a.value - b.value);
  // of several default storage classes it takes the youngest; without times the first by name
  const storage = objects.storageClasses
    .filter((c) => c.metadata.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true")
    .sort(
      (a, b) =>
        descending(a.metadata.creationTimestamp ?? "", b.metadata.creationTimestamp ?? "") ||
        -descending(a.metadata.name, b.metadata.name),
    );
  return {
    priorityClasses: new Map(classes.map((c) => [c.metadata.name, c])),
    defaultPriorityClass: globalDefaults[0] ?? null,
    defaultStorageClass: storage[0] ?? null,
  };
}

function descending(a: string, b: string): number {
  return a < b ? 1 : a > b ? -1 : 0;
}

/** An object's metadata with namespace and uid filled in. */
export function withMetadata<T extends KubernetesObject>(object: T, kind: string, namespaced: boolean): T {
  const { namespace, uid, name } = object.metadata;
  const space = namespaced ? namespace || "default" : undefined;
  if (space === namespace && uid !== undefined) return object;
  const metadata = {
    ...object.metadata,
    ...(namespaced ? { namespace: space } : {}),
    uid: uid ?? syntheticUid(kind, space ?? "", name),
  };
  return { ...object, metadata };
}

/** All objects with their defaults, in the same order. `note` also gets the object that a problem is about. */
export function withDefaults(
  objects: ClusterObjects,
  note: (object: KubernetesObject, problem: Problem) => void,
): ClusterObjects {
  const context = defaultingContext(objects);
  const result: Record<string, readonly KubernetesObject[]> = {};
  const owners = new OwnerUids(objects);
  for (const { list, kind, namespaced } of KNOWN_KINDS) {
    result[list] = (objects[list] as readonly KubernetesObject[]).map((object) => {
      const complete = owners.linked(withMetadata(object, kind, namespaced));
      if (list === "pods") return defaultPod(complete as Pod, context, (problem) => note(object, problem));
      if (list === "persistentVolumeClaims") return defaultClaim(complete as PersistentVolumeClaim, context);
      return complete;
    });
  }
  return result as unknown as ClusterObjects;
}

/** Owners that are named without a uid, as in files that were written rather than read from a cluster. */
class OwnerUids {
  private readonly objects: ClusterObjects;
  private byName: Map<string, string> | null = null;

  constructor(objects: ClusterObjects) {
    this.objects = objects;
  }

  /** The object with the uids of its owners. */
  linked<T extends KubernetesObject>(object: T): T {
    const { ownerReferences, namespace } = object.metadata;
    if (ownerReferences == null || ownerReferences.every(({ uid }) => uid)) return object;
    const owners = ownerReferences.map((owner) =>
      owner.uid ? owner : { ...owner, uid: this.uidOf(owner.kind, namespace ?? "", owner.name) },
    );
    return { ...object, metadata: { ...object.metadata, ownerReferences: owners } };
  }

  private uidOf(kind: string, namespace: string, name: string): string {
    const space = KNOWN_KINDS.find((known) => known.kind === kind)?.namespaced === false ? "" : namespace;
    this.byName ??= uidsByName(this.objects);
    return this.byName.get(`${kind}/${space}/${name}`) ?? syntheticUid(kind, space, name);
  }
}

/** The uids that objects bring; all others follow from their names. */
function uidsByName(objects: ClusterObjects): Map<string, string> {
  const found = new Map<string, string>();
  for (const { list, kind, namespaced } of KNOWN_KINDS)
    for (const { metadata } of objects[list] as readonly KubernetesObject[])
      if (metadata.uid !== undefined)
        found.set(`${kind}/${namespaced ? metadata.namespace || "default" : ""}/${metadata.name}`, metadata.uid);
  return found;
}

/** A claim without a class gets the default one. An empty class name means no class, and stays. */
export function defaultClaim(claim: PersistentVolumeClaim, context: DefaultingContext): PersistentVolumeClaim {
  if (claim.spec.storageClassName != null || context.defaultStorageClass === null) return claim;
  return { ...claim, spec: { ...claim.spec, storageClassName: context.defaultStorageClass.metadata.name } };
}

/** A pod as the API server would store it. */
export function defaultPod(pod: Pod, context: DefaultingContext, note: Note, specPath: Path = ["spec"]): Pod {
  const spec = defaultPodSpec(pod.spec, pod.metadata.labels ?? {}, context, note, specPath);
  return { ...pod, spec };
}

/**
 * A pod spec as the API server would store it, for a pod with these labels.
 *
 * @param note gets a problem when the priority class does not exist
 * @param path where the spec stands, for that problem
 */
export function defaultPodSpec(
  spec: PodSpec,
  labels: Labels,
  context: DefaultingContext,
  note: Note,
  path: Path = ["spec"],
): PodSpec {
  const container = (c: Container): Container => defaultContainer(c, spec.hostNetwork === true);
  const { affinity, topologySpreadConstraints: constraints, initContainers } = spec;
  const containers = spec.containers.map(container);
  return {
    ...spec,
    containers,
    ...(initContainers == null ? {} : { initContainers: initContainers.map(container) }),
    ...(spec.resources == null ? {} : { resources: defaultPodResources({ ...spec, containers }) }),
    restartPolicy: spec.restartPolicy ?? "Always",
    schedulerName: spec.schedulerName || "default-scheduler",
    terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds ?? 30,
    ...priorityOf(spec, context, note, path),
    tolerations: withDefaultTolerations(spec.tolerations ?? []),
    ...(affinity == null
      ? {}
      : {
          affinity: {
            ...affinity,
            podAffinity: affinity.podAffinity == null ? null : mergedAffinity(affinity.podAffinity, labels),
            podAntiAffinity: affinity.podAntiAffinity == null ? null : mergedAffinity(affinity.podAntiAffinity, labels),
          },
        }),
    ...(constraints == null
      ? {}
      : {
          topologySpreadConstraints: constraints.map((c) =>
            (c.matchLabelKeys ?? []).length === 0
              ? c
              : { ...c, labelSelector: mergedSelector(c.labelSelector, labels, c.matchLabelKeys, null) },
          ),
        }),
  };
}

function priorityOf(
  spec: PodSpec,
  context: DefaultingContext,
  note: Note,
  path: Path,
): Pick<PodSpec, "priority" | "priorityClassName" | "preemptionPolicy"> {
  const name = spec.priorityClassName || undefined;
  const found = name === undefined ? context.defaultPriorityClass : context.priorityClasses.get(name);
  const preemptionPolicy = spec.preemptionPolicy ?? found?.preemptionPolicy ?? "PreemptLowerPriority";
  // a pod from a cluster carries its priority; its class need not be in the dump
  if (spec.priority != null) return { priority: spec.priority, preemptionPolicy };
  if (found === undefined) {
    const expected = "the name of a PriorityClass in the manifests, system-cluster-critical or system-node-critical";
    note({ path: [...path, "priorityClassName"], expected, received: JSON.stringify(name) });
  }
  const className = name ?? found?.metadata.name;
  return {
    priority: found?.value ?? 0,
    preemptionPolicy,
    ...(className === undefined ? {} : { priorityClassName: className }),
  };
}

const NOT_READY = "node.kubernetes.io/not-ready";
const UNREACHABLE = "node.kubernetes.io/unreachable";

function withDefaultTolerations(tolerations: readonly Toleration[]): readonly Toleration[] {
  const added = [NOT_READY, UNREACHABLE]
    .filter((key) => !tolerations.some((t) => (!t.key || t.key === key) && (!t.effect || t.effect === "NoExecute")))
    .map((key): Toleration => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 }));
  return added.length === 0 ? tolerations : [...tolerations, ...added];
}

function defaultContainer(container: Container, hostNetwork: boolean): Container {
  const resources = requestsFromLimits(container.resources);
  const ports = container.ports?.map((port) => {
    const hostPort = port.hostPort || (hostNetwork ? port.containerPort : 0);
    return { ...port, protocol: port.protocol ?? "TCP", ...(hostPort > 0 ? { hostPort } : {}) };
  });
  return { ...container, ...(resources == null ? {} : { resources }), ...(ports == null ? {} : { ports }) };
}

// a limit without a request is a request too
function requestsFromLimits(
  resources: ResourceRequirements | null | undefined,
): ResourceRequirements | null | undefined {
  if (resources?.limits == null) return resources;
  const requests: Record<string, Quantity> = { ...resources.requests };
  for (const [name, limit] of Object.entries(resources.limits))
    if (!Object.hasOwn(requests, name)) requests[name] = limit;
  return { ...resources, requests };
}

// pod-level requests that are not given follow from the containers, or else from the pod-level limits
function defaultPodResources(spec: PodSpec): ResourceRequirements {
  const given: ResourceList = spec.resources?.requests ?? {};
  const limits: ResourceList = spec.resources?.limits ?? {};
  if (Object.keys(given).length === 0 && Object.keys(limits).length === 0) return spec.resources ?? {};
  const requests: Record<string, Quantity> = { ...given };
  for (const [name, amount] of Object.entries(aggregateContainerRequests(spec))) {
    if (!Object.hasOwn(requests, name) && isPodLevelResource(name) && !name.startsWith("hugepages-"))
      requests[name] = amount;
  }
  for (const [name, limit] of Object.entries(limits)) {
    if (!Object.hasOwn(requests, name) && isPodLevelResource(name)) requests[name] = limit;
  }
  return { ...spec.resources, ...(Object.keys(requests).length > 0 ? { requests } : {}) };
}

function mergedAffinity(affinity: PodAffinity, labels: Labels): PodAffinity {
  return {
    requiredDuringSchedulingIgnoredDuringExecution:
      affinity.requiredDuringSchedulingIgnoredDuringExecution?.map((t) => mergedTerm(t, labels)) ?? null,
    preferredDuringSchedulingIgnoredDuringExecution:
      affinity.preferredDuringSchedulingIgnoredDuringExecution?.map((w) => ({
        ...w,
        podAffinityTerm: mergedTerm(w.podAffinityTerm, labels),
      })) ?? null,
  };
}

function mergedTerm(term: PodAffinityTerm, labels: Labels): PodAffinityTerm {
  if ((term.matchLabelKeys ?? []).length === 0 && (term.mismatchLabelKeys ?? []).length === 0) return term;
  return {
    ...term,
    labelSelector: mergedSelector(term.labelSelector, labels, term.matchLabelKeys, term.mismatchLabelKeys),
  };
}

// keys that the pod does not carry are passed over, and a missing selector stays missing
function mergedSelector(
  selector: LabelSelector | null | undefined,
  labels: Labels,
  matchKeys: readonly string[] | null | undefined,
  mismatchKeys: readonly string[] | null | undefined,
): LabelSelector | null | undefined {
  if (selector == null) return selector;
  const present = selector.matchExpressions ?? [];
  const wanted = [
    ...(matchKeys ?? []).map((key) => ({ key, operator: "In" })),
    ...(mismatchKeys ?? []).map((key) => ({ key, operator: "NotIn" })),
  ];
  const added: LabelSelectorRequirement[] = [];
  for (const { key, operator } of wanted) {
    const value = labels[key];
    if (typeof value !== "string") continue;
    const same = (r: LabelSelectorRequirement) =>
      r.key === key && r.operator === operator && r.values?.length === 1 && r.values[0] === value;
    if (!present.some(same)) added.push({ key, operator, values: [value] });
  }
  return added.length === 0 ? selector : { ...selector, matchExpressions: [...present, ...added] };
}
