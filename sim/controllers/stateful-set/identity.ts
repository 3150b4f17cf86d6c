// Who is who in a StatefulSet: ordinals, names, labels and claims of its pods. Pure functions.
// Source: behaviour of kube-controller-manager's stateful_set_utils.
import type {
  ControllerRevision,
  OwnerReference,
  PersistentVolumeClaim,
  Pod,
  PodTemplateSpec,
  StatefulSet,
  Volume,
} from "../../model/objects.ts";

export const REVISION_LABEL = "controller-revision-hash";
const POD_NAME_LABEL = "statefulset.kubernetes.io/pod-name";
const POD_INDEX_LABEL = "apps.kubernetes.io/pod-index";

export function replicasOf(set: StatefulSet): number {
  return set.spec?.replicas ?? 1;
}

export function startOrdinal(set: StatefulSet): number {
  return set.spec?.ordinals?.start ?? 0;
}

/** The number behind the set's name, or -1 when the pod's name is none of the set's. */
export function ordinalOf(set: StatefulSet, pod: Pod): number {
  const prefix = `${set.metadata.name}-`;
  const { name } = pod.metadata;
  if (!name.startsWith(prefix)) return -1;
  const rest = name.slice(prefix.length);
  return /^\d+$/.test(rest) ? Number(rest) : -1;
}

/** Is it one of those that the set is to have? */
export function isInRange(set: StatefulSet, ordinal: number): boolean {
  const start = startOrdinal(set);
  return ordinal >= start && ordinal < start + replicasOf(set);
}

export function revisionOf(pod: Pod): string | undefined {
  return pod.metadata.labels?.[REVISION_LABEL];
}

/** The pod of an ordinal, made from the template of a revision. */
export function podOf(
  set: StatefulSet,
  template: PodTemplateSpec,
  revision: ControllerRevision,
  ordinal: number,
  reference: OwnerReference,
): Pod {
  const name = `${set.metadata.name}-${ordinal}`;
  const { annotations, finalizers, labels } = template.metadata ?? {};
  const claims = claimVolumes(set, name);
  const { spec } = template;
  const own = new Set(claims.map((volume) => volume.name));
  const volumes =
    claims.length === 0 ? {} : { volumes: [...(spec.volumes ?? []).filter((v) => !own.has(v.name)), ...claims] };
  const subdomain = set.spec?.serviceName;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      generateName: `${set.metadata.name}-`,
      namespace: set.metadata.namespace ?? "default",
      labels: {
        ...labels,
        [REVISION_LABEL]: revision.metadata.name,
        [POD_NAME_LABEL]: name,
        [POD_INDEX_LABEL]: String(ordinal),
      },
      ...(annotations === undefined ? {} : { annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ownerReferences: [reference],
    },
    spec: { ...spec, ...volumes, hostname: name, ...(subdomain === undefined ? {} : { subdomain }) },
    status: { phase: "Pending" },
  };
}

function claimVolumes(set: StatefulSet, podName: string): Volume[] {
  return (set.spec?.volumeClaimTemplates ?? []).map(({ metadata }) => ({
    name: metadata.name,
    persistentVolumeClaim: { claimName: `${metadata.name}-${podName}` },
  }));
}

/** The claims that the pod of this name uses. */
export function claimsOf(set: StatefulSet, podName: string): PersistentVolumeClaim[] {
  return (set.spec?.volumeClaimTemplates ?? []).map((template) => ({
    ...template,
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      ...template.metadata,
      name: `${template.metadata.name}-${podName}`,
      namespace: set.metadata.namespace ?? "default",
      labels: { ...template.metadata.labels, ...set.spec?.selector?.matchLabels },
    },
  }));
}

/** By ordinal. */
export function byOrdinal(set: StatefulSet): (a: Pod, b: Pod) => number {
  return (a, b) => ordinalOf(set, a) - ordinalOf(set, b);
}
