// What pods, claims, volumes and storage classes say about themselves, with the API server's defaults: which claim a pod
// volume stands for, which class a claim asks for, whether a claim is bound.
import type { PersistentVolume, PersistentVolumeClaim, Pod, StorageClass, Volume } from "./objects.ts";

const BETA_CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";
/** On a claim: bound in both directions. */
export const BIND_COMPLETED_ANNOTATION = "pv.kubernetes.io/bind-completed";
/** On a claim: the node that the scheduler has picked, for the provisioner to see. */
export const SELECTED_NODE_ANNOTATION = "volume.kubernetes.io/selected-node";

/** Name of the claim that a volume of this pod uses, or null when the volume is not a claim. */
export function claimName(pod: Pod, volume: Volume): string | null {
  if (volume.persistentVolumeClaim != null) return volume.persistentVolumeClaim.claimName;
  // a generic ephemeral volume has a claim of its own, named after pod and volume
  if (volume.ephemeral != null) return `${pod.metadata.name}-${volume.name}`;
  return null;
}

/**
 * Why the claim of an ephemeral volume is not this pod's, or null when it is: a claim that somebody else made under that
 * name must not be used.
 */
export function ownershipError(pod: Pod, claim: PersistentVolumeClaim): string | null {
  const { name, uid, namespace = "default" } = pod.metadata;
  const owner = claim.metadata.ownerReferences?.find((reference) => reference.controller === true);
  // objects that people write by hand have no uids: then the name must do
  const owned =
    owner !== undefined && (uid === undefined ? owner.kind === "Pod" && owner.name === name : owner.uid === uid);
  if (owned && (claim.metadata.namespace ?? "default") === namespace) return null;
  return `PVC ${claim.metadata.namespace ?? "default"}/${claim.metadata.name} was not created for pod ${namespace}/${name} (pod is not owner)`;
}

/** "" when the claim names no class. */
export function classOfClaim(claim: PersistentVolumeClaim): string {
  return claim.metadata.annotations?.[BETA_CLASS_ANNOTATION] ?? claim.spec.storageClassName ?? "";
}

/** "" when the volume has no class. */
export function classOfVolume(volume: PersistentVolume): string {
  return volume.metadata.annotations?.[BETA_CLASS_ANNOTATION] ?? volume.spec.storageClassName ?? "";
}

/** Bound in both directions: the controller marks that with an annotation, a name alone may be a wish. */
export function isFullyBound(claim: PersistentVolumeClaim): boolean {
  return !!claim.spec.volumeName && claim.metadata.annotations?.[BIND_COMPLETED_ANNOTATION] !== undefined;
}

/** Binding waits for a pod to be scheduled. The API server's default is Immediate. */
export function waitsForFirstConsumer(storageClass: StorageClass | undefined): boolean {
  return storageClass?.volumeBindingMode === "WaitForFirstConsumer";
}

/** Is this volume set aside for this claim? A reference without uid is one that a person wrote. */
export function isReservedFor(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const reference = volume.spec.claimRef;
  if (reference == null) return false;
  if (reference.name !== claim.metadata.name) return false;
  if ((reference.namespace ?? "default") !== (claim.metadata.namespace ?? "default")) return false;
  return !reference.uid || reference.uid === claim.metadata.uid;
}
