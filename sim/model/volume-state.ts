// What the volume controllers would have done by the time everything is up, for storage objects that come without a status,
// as people write them: phases, claims of ephemeral volumes, and claims that are bound before any pod uses them, to a volume
// that matches or to one that their class makes. Objects from a cluster carry a status and stay as they are.
// Source: the persistent volume binder and the ephemeral volume controller of kube-controller-manager 1.36.
import { type DefaultingContext, defaultClaim, withMetadata } from "./defaults.ts";
import type { ClusterObjects, PersistentVolume, PersistentVolumeClaim, Pod, StorageClass } from "./objects.ts";
import { BIND_COMPLETED_ANNOTATION, classOfClaim, isFullyBound, waitsForFirstConsumer } from "./volume-claims.ts";
import { requestedBytes, suitableVolumes } from "./volume-matching.ts";

const NO_PROVISIONER = "kubernetes.io/no-provisioner";

type StorageState = Pick<ClusterObjects, "persistentVolumes" | "persistentVolumeClaims">;

/**
 * The volumes and claims as the controllers would leave them. New ones come behind those that were there.
 *
 * @param objects with defaults applied
 */
export function settledVolumes(
  objects: StorageState & Pick<ClusterObjects, "pods" | "storageClasses">,
  context: DefaultingContext,
): StorageState {
  const classes = new Map(objects.storageClasses.map((c) => [c.metadata.name, c]));
  const volumes = new Map(objects.persistentVolumes.map((v) => [v.metadata.name, withPhase(v)]));
  const given = [...objects.persistentVolumeClaims, ...ephemeralClaims(objects, context)];
  const persistentVolumeClaims = given.map((claim) => {
    const phase = claim.status?.phase;
    if (phase !== undefined || isFullyBound(claim)) return claim;
    const volume = volumeFor(claim, volumes, classes.get(classOfClaim(claim)));
    if (volume === null) return { ...claim, status: { ...claim.status, phase: "Pending" } };
    volumes.set(volume.metadata.name, bound(volume, claim));
    return {
      ...claim,
      metadata: {
        ...claim.metadata,
        annotations: { ...claim.metadata.annotations, [BIND_COMPLETED_ANNOTATION]: "yes" },
      },
      spec: { ...claim.spec, volumeName: volume.metadata.name },
      status: { ...claim.status, phase: "Bound" },
    };
  });
  return { persistentVolumes: [...volumes.values()], persistentVolumeClaims };
}

/** The claims of pods' ephemeral volumes that do not exist yet, each owned by its pod. */
function ephemeralClaims(
  { pods, persistentVolumeClaims }: Pick<ClusterObjects, "pods" | "persistentVolumeClaims">,
  context: DefaultingContext,
): PersistentVolumeClaim[] {
  const ephemeral = pods.filter((pod) => pod.spec.volumes?.some((v) => v.ephemeral != null));
  if (ephemeral.length === 0) return [];
  const present = new Set(persistentVolumeClaims.map((c) => `${c.metadata.namespace}/${c.metadata.name}`));
  return ephemeral
    .flatMap((pod) => claimsOfPod(pod, context))
    .filter((claim) => !present.has(`${claim.metadata.namespace}/${claim.metadata.name}`));
}

/** The claims that a pod's ephemeral volumes stand for. */
export function claimsOfPod(pod: Pod, context: DefaultingContext): PersistentVolumeClaim[] {
  const { name, namespace = "default", uid } = pod.metadata;
  const owner = { apiVersion: "v1", kind: "Pod", name, uid, controller: true, blockOwnerDeletion: true };
  return (pod.spec.volumes ?? []).flatMap((volume) => {
    const template = volume.ephemeral?.volumeClaimTemplate;
    if (template == null) return [];
    const claim: PersistentVolumeClaim = {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { ...template.metadata, name: `${name}-${volume.name}`, namespace, ownerReferences: [owner] },
      spec: template.spec,
    };
    return [defaultClaim(withMetadata(claim, "PersistentVolumeClaim", true), context)];
  });
}

function withPhase(volume: PersistentVolume): PersistentVolume {
  if (volume.status?.phase !== undefined) return volume;
  // a reference with a uid is one that a binding has left
  const phase = volume.spec.claimRef?.uid ? "Bound" : "Available";
  return { ...volume, status: { ...volume.status, phase } };
}

/** The volume that the claim is bound to before a pod uses it, or null when it has to wait. */
function volumeFor(
  claim: PersistentVolumeClaim,
  volumes: ReadonlyMap<string, PersistentVolume>,
  storageClass: StorageClass | undefined,
): PersistentVolume | null {
  const named = claim.spec.volumeName;
  const { reserved, free } = suitableVolumes(claim, [...volumes.values()]);
  if (named) return [...reserved, ...free.inOrder].find((volume) => volume.metadata.name === named) ?? null;
  if (reserved[0] !== undefined) return reserved[0];
  if (waitsForFirstConsumer(storageClass)) return null;
  return free.inOrder[0] ?? (storageClass === undefined ? null : provisioned(claim, storageClass));
}

function bound(volume: PersistentVolume, claim: PersistentVolumeClaim): PersistentVolume {
  const { name, namespace, uid } = claim.metadata;
  return {
    ...volume,
    spec: { ...volume.spec, claimRef: { namespace, name, uid } },
    status: { ...volume.status, phase: "Bound" },
  };
}

/** A volume as the class's driver would make it: of the size asked for, usable in all topologies that the class allows. */
function provisioned(claim: PersistentVolumeClaim, storageClass: StorageClass): PersistentVolume | null {
  const driver = storageClass.provisioner ?? "";
  if (driver === "" || driver === NO_PROVISIONER) return null;
  const name = `pvc-${claim.metadata.uid ?? `${claim.metadata.namespace}-${claim.metadata.name}`}`;
  const nodeSelectorTerms = (storageClass.allowedTopologies ?? []).map((topology) => ({
    matchExpressions: (topology.matchLabelExpressions ?? []).map(({ key, values }) => ({
      key,
      operator: "In",
      values,
    })),
  }));
  const volume: PersistentVolume = {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name },
    spec: {
      capacity: { storage: requestedBytes(claim) ?? 0 },
      accessModes: claim.spec.accessModes ?? [],
      storageClassName: storageClass.metadata.name,
      volumeMode: claim.spec.volumeMode ?? "Filesystem",
      csi: { driver, volumeHandle: name },
      ...(nodeSelectorTerms.length === 0 ? {} : { nodeAffinity: { required: { nodeSelectorTerms } } }),
    },
  };
  return withMetadata(volume, "PersistentVolume", false);
}
