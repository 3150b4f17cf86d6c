// VolumeRestrictions: a disk that cannot be shared is mounted by one pod of a node, or by several that only read, and a claim
// with access mode ReadWriteOncePod is used by one pod of the cluster.
import type { Volume } from "../../model/objects.ts";
import { type PluginFactory, type StateData, status } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import type { PodInfo } from "../shape.ts";
import type { Snapshot } from "../snapshot.ts";
import { signVolumes } from "./signatures.ts";

const NAME = "VolumeRestrictions";

/** The pod's ReadWriteOncePod claims and how often pods of the cluster use them. */
class ExclusiveClaims implements StateData {
  readonly names: ReadonlySet<string>;
  users: number;

  constructor(names: ReadonlySet<string>, users: number) {
    this.names = names;
    this.users = users;
  }

  clone(): ExclusiveClaims {
    return new ExclusiveClaims(this.names, this.users);
  }

  /** How many volumes of this pod are those claims, by name alone: upstream does not look at the namespace here. */
  usedBy(pod: PodInfo): number {
    let count = 0;
    for (const volume of pod.shape.volumes) {
      const claim = volume.persistentVolumeClaim;
      if (claim != null && this.names.has(claim.claimName)) count++;
    }
    return count;
  }
}

export const volumeRestrictions: PluginFactory = (_args, handle) => {
  const diskConflict = status("Unschedulable", NAME, "node(s) had no available disk");
  const claimInUse = status(
    "Unschedulable",
    NAME,
    "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod",
  );
  const skip = { status: status("Skip", NAME) };
  const go = { status: null };
  return {
    name: NAME,
    preFilter(state, pod) {
      const { snapshot } = handle;
      const names = new Set<string>();
      for (const volume of pod.shape.volumes) {
        const name = volume.persistentVolumeClaim?.claimName;
        if (name === undefined) continue;
        const claim = snapshot.storage.claim(`${pod.shape.namespace}/${name}`);
        if (claim === undefined) {
          return {
            status: status(
              "UnschedulableAndUnresolvable",
              NAME,
              `persistentvolumeclaim ${JSON.stringify(name)} not found`,
            ),
          };
        }
        if (claim.spec.accessModes?.includes("ReadWriteOncePod")) names.add(name);
      }
      let users = 0;
      for (const name of names) if (isUsed(snapshot, `${pod.shape.namespace}/${name}`)) users++;
      if (users === 0 && !pod.shape.volumes.some(canConflict)) return skip;
      state.write(NAME, new ExclusiveClaims(names, users));
      return go;
    },
    addPod(state, _pod, podToAdd) {
      const exclusive = state.read<ExclusiveClaims>(NAME);
      exclusive.users += exclusive.usedBy(podToAdd);
      return null;
    },
    removePod(state, _pod, podToRemove) {
      const exclusive = state.read<ExclusiveClaims>(NAME);
      exclusive.users -= exclusive.usedBy(podToRemove);
      return null;
    },
    filter(state, pod, node) {
      if (diskConflicts(pod, node)) return diskConflict;
      return state.read<ExclusiveClaims>(NAME).users > 0 ? claimInUse : null;
    },
    signPod: signVolumes,
  };
};

/** Does a volume of the pod conflict with one that a pod of this node mounts? */
export function diskConflicts(pod: PodInfo, node: Pick<NodeInfo, "pods">): boolean {
  for (const volume of pod.shape.volumes) {
    if (!canConflict(volume)) continue;
    for (const other of node.pods) for (const taken of other.shape.volumes) if (conflict(volume, taken)) return true;
  }
  return false;
}

/** Volumes of the kinds that name a disk directly. */
export function canConflict(volume: Volume): boolean {
  return (
    volume.gcePersistentDisk != null ||
    volume.awsElasticBlockStore != null ||
    volume.iscsi != null ||
    volume.rbd != null
  );
}

function conflict(a: Volume, b: Volume): boolean {
  if (a.gcePersistentDisk != null && b.gcePersistentDisk != null) {
    return (
      a.gcePersistentDisk.pdName === b.gcePersistentDisk.pdName &&
      !bothReadOnly(a.gcePersistentDisk, b.gcePersistentDisk)
    );
  }
  if (a.awsElasticBlockStore != null && b.awsElasticBlockStore != null) {
    // never shared, not even for reading
    return a.awsElasticBlockStore.volumeID === b.awsElasticBlockStore.volumeID;
  }
  if (a.iscsi != null && b.iscsi != null) {
    // the target's name alone counts: neither portal nor LUN
    return a.iscsi.iqn === b.iscsi.iqn && !bothReadOnly(a.iscsi, b.iscsi);
  }
  if (a.rbd != null && b.rbd != null) {
    const monitors = b.rbd.monitors;
    return (
      a.rbd.monitors.some((monitor) => monitors.includes(monitor)) &&
      (a.rbd.pool ?? "rbd") === (b.rbd.pool ?? "rbd") &&
      a.rbd.image === b.rbd.image &&
      !bothReadOnly(a.rbd, b.rbd)
    );
  }
  return false;
}

function bothReadOnly(a: { readonly readOnly?: boolean }, b: { readonly readOnly?: boolean }): boolean {
  return a.readOnly === true && b.readOnly === true;
}

function isUsed(snapshot: Snapshot, claimKey: string): boolean {
  return snapshot.nodes.some((node) => node.claimUsers.has(claimKey));
}
