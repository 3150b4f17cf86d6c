// Who owns what: references to objects that are not in the input would make a simulated garbage collector delete what has them. Pods
// whose ReplicaSet, StatefulSet, DaemonSet or Job is missing get one, made from them; other owners are forgotten, and that is said.
import { KNOWN_KINDS } from "../../model/kinds.ts";
import type {
  ClusterObjects,
  KubernetesObject,
  Labels,
  OwnerReference,
  PersistentVolumeClaim,
  Pod,
  Volume,
} from "../../model/objects.ts";

/** What becomes of the references of one object. */
export interface Orphan {
  readonly object: KubernetesObject;
  /** The owner that is missing. */
  readonly owner: OwnerReference;
  /** It was made anew from its pods. */
  readonly isRebuilt: boolean;
}

export interface Linked {
  readonly objects: ReadonlyMap<keyof ClusterObjects, readonly KubernetesObject[]>;
  readonly orphans: readonly Orphan[];
}

const REBUILT: Readonly<Record<string, keyof ClusterObjects>> = {
  ReplicaSet: "replicaSets",
  StatefulSet: "statefulSets",
  DaemonSet: "daemonSets",
  ReplicationController: "replicationControllers",
};

/** The objects with owners that exist. New workload objects stand behind those that were there. */
export function linkOwners(given: ReadonlyMap<keyof ClusterObjects, readonly KubernetesObject[]>): Linked {
  const known = new Set<string>();
  for (const { list, kind, namespaced } of KNOWN_KINDS)
    for (const { metadata } of given.get(list) ?? [])
      known.add(`${kind}/${namespaced ? (metadata.namespace ?? "default") : ""}/${metadata.name}`);
  const isClusterWide = new Map(KNOWN_KINDS.map(({ kind, namespaced }) => [kind, !namespaced]));
  const exists = (owner: OwnerReference, namespace: string) =>
    known.has(`${owner.kind}/${isClusterWide.get(owner.kind) === true ? "" : namespace}/${owner.name}`);
  const orphans: Orphan[] = [];
  const groups = new Map<string, { readonly owner: OwnerReference; readonly pods: Pod[] }>();
  const objects = new Map<keyof ClusterObjects, readonly KubernetesObject[]>();
  for (const [list, all] of given) {
    objects.set(
      list,
      all.map((object) => {
        const owners = object.metadata.ownerReferences ?? [];
        const namespace = object.metadata.namespace ?? "default";
        const missing = owners.filter((owner) => !exists(owner, namespace));
        if (missing.length === 0) return object;
        const forgotten = missing.filter((owner) => {
          const isRebuilt = list === "pods" && owner.controller === true && REBUILT[owner.kind] !== undefined;
          orphans.push({ object, owner, isRebuilt });
          if (!isRebuilt) return true;
          const key = `${owner.kind}/${namespace}/${owner.name}`;
          const group = groups.get(key);
          if (group === undefined) groups.set(key, { owner, pods: [object as Pod] });
          else group.pods.push(object as Pod);
          return false;
        });
        if (forgotten.length === 0) return object;
        const { ownerReferences: _, ...metadata } = object.metadata;
        const left = owners.filter((owner) => !forgotten.includes(owner));
        return { ...object, metadata: { ...metadata, ...(left.length === 0 ? {} : { ownerReferences: left }) } };
      }),
    );
  }
  for (const { owner, pods } of groups.values()) {
    const list = REBUILT[owner.kind]!;
    objects.set(list, [...(objects.get(list) ?? []), rebuilt(owner, pods, given.get("persistentVolumeClaims") ?? [])]);
  }
  return { objects, orphans };
}

/** Labels that controllers put on pods and that differ from pod to pod, or from revision to revision. */
const OWN_LABELS = new Set([
  "apps.kubernetes.io/pod-index",
  "controller-revision-hash",
  "pod-template-generation",
  "statefulset.kubernetes.io/pod-name",
]);

/** The fewest fields that make its controller content with the pods that are there. */
function rebuilt(
  { kind, name, apiVersion }: OwnerReference,
  pods: readonly Pod[],
  claims: readonly KubernetesObject[],
): KubernetesObject {
  const [first] = pods as readonly [Pod, ...Pod[]];
  const labels = Object.fromEntries(
    Object.entries(first.metadata.labels ?? {}).filter(
      ([key, value]) => !OWN_LABELS.has(key) && pods.every((pod) => pod.metadata.labels?.[key] === value),
    ),
  );
  const {
    nodeName: _,
    hostname: __,
    subdomain,
    ...spec
  } = first.spec as Pod["spec"] & {
    readonly hostname?: string;
    readonly subdomain?: string;
  };
  const template = (own: object) => ({
    selector: selectorOf(kind, labels),
    template: { metadata: { labels }, spec: own },
  });
  const object = (own: object) =>
    ({
      apiVersion: apiVersion ?? "apps/v1",
      kind,
      metadata: { name, namespace: first.metadata.namespace ?? "default" },
      spec: own,
    }) as unknown as KubernetesObject;
  if (kind === "DaemonSet") {
    // the affinity of a daemon pod names its own node
    const { affinity: ___, ...others } = spec;
    return object(template(others));
  }
  if (kind !== "StatefulSet") return object({ replicas: pods.length, ...template(spec) });
  const volumes = (spec.volumes ?? []).filter((volume) => claimOf(volume, first) === null);
  const templates = (spec.volumes ?? []).flatMap((volume) => {
    const claimName = claimOf(volume, first);
    const claim = claims.find(
      ({ metadata }) => metadata.name === claimName && metadata.namespace === first.metadata.namespace,
    ) as PersistentVolumeClaim | undefined;
    if (claimName === null) return [];
    const { volumeName: ____, ...asked } = claim?.spec ?? { accessModes: ["ReadWriteOnce"] };
    return [{ metadata: { name: volume.name }, spec: asked }];
  });
  // ordinals have no gaps
  const replicas = Math.max(...pods.map((pod) => 1 + Number(/-(\d+)$/.exec(pod.metadata.name)?.[1] ?? 0)));
  return object({
    replicas,
    serviceName: subdomain ?? name,
    ...template({ ...spec, volumes }),
    ...(templates.length === 0 ? {} : { volumeClaimTemplates: templates }),
  });
}

function selectorOf(kind: string, labels: Labels): object {
  return kind === "ReplicationController" ? labels : { matchLabels: labels };
}

/** The claim that a StatefulSet has made for this volume of this pod; null for other volumes. */
function claimOf(volume: Volume, { metadata }: Pod): string | null {
  const claimName = volume.persistentVolumeClaim?.claimName;
  return claimName === `${volume.name}-${metadata.name}` ? claimName : null;
}
