// How the volumes of a CSI driver are called where nodes list what is attached, and what a pod's claims come to.
import type {
  ClusterObjects,
  CSIDriver,
  KubernetesObject,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
} from "./objects.ts";
import { claimName } from "./volume-claims.ts";

/** On a claim: the driver that is to make its volume. */
export const PROVISIONER_ANNOTATION = "volume.kubernetes.io/storage-provisioner";
/** On a volume: the driver that has made it. */
export const PROVISIONED_BY_ANNOTATION = "pv.kubernetes.io/provisioned-by";
export const ATTACHER_FINALIZER = "external-attacher/csi";
export const PVC_PROTECTION_FINALIZER = "kubernetes.io/pvc-protection";
export const PV_PROTECTION_FINALIZER = "kubernetes.io/pv-protection";
export const NO_PROVISIONER = "kubernetes.io/no-provisioner";

/** The name in node.status.volumesAttached and volumesInUse; null for volumes that are not attached by a driver. */
export function attachedName(volume: PersistentVolume): string | null {
  const { csi } = volume.spec;
  return csi == null ? null : `kubernetes.io/csi/${csi.driver}^${csi.volumeHandle ?? volume.metadata.name}`;
}

/** What the admission plugin StorageObjectInUseProtection makes of a new claim or volume; others stay as they are. */
export function withProtection<T extends KubernetesObject>(kind: keyof ClusterObjects, object: T): T {
  const isClaim = kind === "persistentVolumeClaims";
  if (!isClaim && kind !== "persistentVolumes") return object;
  const finalizer = isClaim ? PVC_PROTECTION_FINALIZER : PV_PROTECTION_FINALIZER;
  const given = object.metadata.finalizers ?? [];
  if (given.includes(finalizer)) return object;
  return { ...object, metadata: { ...object.metadata, finalizers: [...given, finalizer] } };
}

/** Upstream hashes the names; here they are to be read. */
export function attachmentName(volumeName: string, nodeName: string): string {
  return `csi-${volumeName}-${nodeName}`;
}

/** A driver that nobody has described is attached. */
export function needsAttach(volume: PersistentVolume, driver: CSIDriver | undefined): boolean {
  return volume.spec.csi != null && driver?.spec?.attachRequired !== false;
}

/** Keys of the claims that the pod uses. */
export function claimKeys(pod: Pod): string[] {
  const namespace = pod.metadata.namespace ?? "default";
  return (pod.spec.volumes ?? []).flatMap((volume) => {
    const name = claimName(pod, volume);
    return name === null ? [] : [`${namespace}/${name}`];
  });
}

/** May it be attached to several nodes at a time? */
export function isShared(volume: PersistentVolume): boolean {
  return volume.spec.accessModes?.some((mode) => mode === "ReadWriteMany" || mode === "ReadOnlyMany") ?? false;
}

export function claimKeyOf({ metadata }: PersistentVolumeClaim): string {
  return `${metadata.namespace ?? "default"}/${metadata.name}`;
}
