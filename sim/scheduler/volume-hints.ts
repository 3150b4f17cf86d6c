// Queueing hints of the volume plugins: which changes of storage objects, pods and nodes could make a pod schedulable that
// one of them turned down. Source: EventsToRegister of these plugins, Kubernetes 1.36 (KEP-4247).
import type {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
} from "../model/objects.ts";
import { value } from "../model/quantity.ts";
import { claimName, waitsForFirstConsumer } from "../model/volume-claims.ts";
import { ADD, DELETE, type HintRegistration, UPDATE, UPDATE_NODE_LABEL } from "./cluster-event.ts";
import { attachLimits } from "./plugins/node-volume-limits.ts";
import { diskConflicts } from "./plugins/volume-restrictions.ts";
import { zoneRequirements } from "./plugins/volume-zone.ts";
import type { PodInfo } from "./shape.ts";
import { isMigratable, migratedPlugins } from "./volumes/csi-migration.ts";

export const VOLUME_HINTS: Readonly<Record<string, () => readonly HintRegistration[]>> = {
  NodeVolumeLimits: () => [
    { resource: "CSINode", actions: ADD },
    { resource: "CSINode", actions: UPDATE, hint: attachLimitRaised },
    { resource: "AssignedPod", actions: DELETE, hint: attachedVolumesLeft },
    { resource: "PersistentVolumeClaim", actions: ADD, hint: ownClaim },
  ],
  VolumeRestrictions: () => [
    { resource: "AssignedPod", actions: DELETE, hint: sharedVolumeFreed },
    { resource: "Node", actions: ADD },
    { resource: "PersistentVolumeClaim", actions: ADD, hint: namedClaim },
  ],
  VolumeBinding: () => [
    { resource: "StorageClass", actions: ADD | UPDATE, hint: topologiesChanged },
    { resource: "PersistentVolumeClaim", actions: ADD | UPDATE, hint: ownClaim },
    { resource: "PersistentVolume", actions: ADD | UPDATE },
    { resource: "Node", actions: ADD | UPDATE_NODE_LABEL },
    { resource: "CSINode", actions: ADD | UPDATE, hint: pluginMigrated },
    { resource: "CSIDriver", actions: UPDATE, hint: capacityNoLongerReported },
    { resource: "CSIStorageCapacity", actions: ADD | UPDATE, hint: capacityGrew },
  ],
  VolumeZone: () => [
    { resource: "StorageClass", actions: ADD, hint: waitingClassAdded },
    { resource: "Node", actions: ADD | UPDATE_NODE_LABEL },
    { resource: "PersistentVolumeClaim", actions: ADD | UPDATE, hint: namedClaimBound },
    { resource: "PersistentVolume", actions: ADD | UPDATE, hint: volumeZonesChanged },
  ],
};

// ---- claims ----------------------------------------------------------------------------------------------------------

function sameNamespace(pod: PodInfo, claim: PersistentVolumeClaim): boolean {
  return (claim.metadata.namespace ?? "default") === pod.shape.namespace;
}

/** The claim is one of the pod's, also of its ephemeral volumes. */
function ownClaim(pod: PodInfo, _before: unknown, after: unknown): boolean {
  const claim = after as PersistentVolumeClaim;
  if (!sameNamespace(pod, claim)) return false;
  return pod.shape.volumes.some((volume) => claimName(pod.pod, volume) === claim.metadata.name);
}

/** The claim is one that the pod names. */
function namedClaim(pod: PodInfo, _before: unknown, after: unknown): boolean {
  const claim = after as PersistentVolumeClaim;
  if (!sameNamespace(pod, claim)) return false;
  return pod.shape.volumes.some((volume) => volume.persistentVolumeClaim?.claimName === claim.metadata.name);
}

function namedClaimBound(pod: PodInfo, before: unknown, after: unknown): boolean {
  if (!namedClaim(pod, before, after)) return false;
  const [old, now] = [before as PersistentVolumeClaim | undefined, after as PersistentVolumeClaim];
  return old === undefined || (old.spec.volumeName ?? "") !== (now.spec.volumeName ?? "");
}

// ---- pods that leave -------------------------------------------------------------------------------------------------

function attachedVolumesLeft(_pod: PodInfo, before: unknown): boolean {
  return (before as PodInfo).shape.volumes.some(
    (volume) => volume.persistentVolumeClaim != null || volume.ephemeral != null || isMigratable(volume),
  );
}

/** The pod that left mounted a disk, or used a claim, that the waiting pod wants too. */
function sharedVolumeFreed(pod: PodInfo, before: unknown): boolean {
  const gone = before as PodInfo;
  if (gone.shape.namespace !== pod.shape.namespace) return false;
  if (diskConflicts(pod, { pods: [gone] })) return true;
  const wanted = new Set(pod.shape.volumes.map((volume) => volume.persistentVolumeClaim?.claimName));
  wanted.delete(undefined);
  return gone.shape.volumes.some((volume) => wanted.has(volume.persistentVolumeClaim?.claimName));
}

// ---- CSI nodes, drivers and capacities -------------------------------------------------------------------------------

function attachLimitRaised(_pod: PodInfo, before: unknown, after: unknown): boolean {
  const old = attachLimits(before as CSINode | undefined);
  for (const [driver, limit] of attachLimits(after as CSINode)) if (limit > (old.get(driver) ?? -1)) return true;
  return false;
}

/** In-tree volumes are looked at as CSI volumes where their plugin has migrated. */
function pluginMigrated(_pod: PodInfo, before: unknown, after: unknown): boolean {
  if (before === undefined) return true;
  const old = migratedPlugins(before as CSINode);
  return migratedPlugins(after as CSINode).some((plugin) => !old.includes(plugin));
}

function capacityNoLongerReported(pod: PodInfo, before: unknown, after: unknown): boolean {
  const [old, now] = [before as CSIDriver | undefined, after as CSIDriver];
  if (old?.spec?.storageCapacity !== true || now.spec?.storageCapacity === true) return false;
  return pod.shape.volumes.some((volume) => volume.csi?.driver === now.metadata.name);
}

function capacityGrew(_pod: PodInfo, before: unknown, after: unknown): boolean {
  if (before === undefined) return true;
  const limit = (pool: CSIStorageCapacity) => pool.maximumVolumeSize ?? pool.capacity ?? null;
  const [old, now] = [limit(before as CSIStorageCapacity), limit(after as CSIStorageCapacity)];
  return now !== null && (old === null || value(now) > value(old));
}

// ---- classes and volumes ---------------------------------------------------------------------------------------------

function topologiesChanged(_pod: PodInfo, before: unknown, after: unknown): boolean {
  if (before === undefined) return true;
  const topologies = (object: unknown) => JSON.stringify((object as StorageClass).allowedTopologies ?? []);
  return topologies(before) !== topologies(after);
}

function waitingClassAdded(_pod: PodInfo, _before: unknown, after: unknown): boolean {
  return waitsForFirstConsumer(after as StorageClass);
}

function volumeZonesChanged(_pod: PodInfo, before: unknown, after: unknown): boolean {
  if (before === undefined) return true;
  const zones = (volume: unknown) =>
    JSON.stringify(zoneRequirements(volume as PersistentVolume).map((r) => [r.label, [...r.values].sort()]));
  return zones(before) !== zones(after);
}
