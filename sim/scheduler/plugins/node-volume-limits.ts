// NodeVolumeLimits: a node attaches no more volumes of a CSI driver than its CSINode object says. Volumes of in-tree plugins
// count for the driver that has replaced them; a volume used by several pods counts once.
import type { CSINode, PersistentVolumeClaim } from "../../model/objects.ts";
import { claimName, classOfClaim, ownershipError } from "../../model/volume-claims.ts";
import { type PluginFactory, status } from "../framework.ts";
import type { PodInfo } from "../shape.ts";
import {
  type CountedVolume,
  countedInlineVolume,
  countedVolume,
  isMigratable,
  provisioningDriver,
} from "../volumes/csi-migration.ts";
import { keyOfClaim, type StorageObjects } from "../volumes/storage-objects.ts";
import { signVolumes } from "./signatures.ts";

const NAME = "NodeVolumeLimits";

/** Volume → the driver that counts it. */
type AttachedVolumes = Map<string, string>;

export const nodeVolumeLimits: PluginFactory = (_args, handle) => {
  const exceeded = status("Unschedulable", NAME, "node(s) exceed max volume count");
  const skip = { status: status("Skip", NAME) };
  const go = { status: null };
  return {
    name: NAME,
    preFilter: (_state, pod) => (pod.shape.volumes.some(mayCount) ? go : skip),
    filter(_state, pod, node) {
      const { storage } = handle.snapshot;
      const csiNode = storage.csiNode(node.name);
      const wanted: AttachedVolumes = new Map();
      const problem = collect(pod, csiNode, storage, wanted, true);
      if (problem !== null) {
        return status(problem.missing ? "UnschedulableAndUnresolvable" : "Error", NAME, problem.reason);
      }
      if (wanted.size === 0) return null;
      const limits = attachLimits(csiNode);
      if (limits.size === 0) return null;
      const attached: AttachedVolumes = new Map();
      for (const other of node.pods) {
        const problem = collect(other, csiNode, storage, attached, false);
        if (problem !== null) return status("Error", NAME, problem.reason);
      }
      const counts = new Map<string, number>();
      for (const [volume, driver] of attached) {
        wanted.delete(volume);
        counts.set(driver, (counts.get(driver) ?? 0) + 1);
      }
      for (const driver of wanted.values()) counts.set(driver, (counts.get(driver) ?? 0) + 1);
      // only drivers that would get another volume are checked: a node that is over its limit already may stay so
      for (const driver of wanted.values()) {
        const limit = limits.get(driver);
        if (limit !== undefined && (counts.get(driver) ?? 0) > limit) return exceeded;
      }
      return null;
    },
    signPod: signVolumes,
  };
};

function mayCount(volume: PodInfo["shape"]["volumes"][number]): boolean {
  return volume.persistentVolumeClaim != null || volume.ephemeral != null || isMigratable(volume);
}

/** Driver → the most volumes that it attaches to this node. Drivers without a limit are absent. */
export function attachLimits(csiNode: CSINode | undefined): ReadonlyMap<string, number> {
  const limits = new Map<string, number>();
  for (const driver of csiNode?.spec?.drivers ?? []) {
    const count = driver.allocatable?.count;
    if (count != null) limits.set(driver.name, count);
  }
  return limits;
}

interface Problem {
  readonly missing: boolean;
  readonly reason: string;
}

/**
 * Adds the pod's volumes that count.
 *
 * @param incoming whether the pod is the one to be scheduled: it cannot run without its claims, whereas a pod that runs
 *   already may have lost one
 */
function collect(
  pod: PodInfo,
  csiNode: CSINode | undefined,
  storage: StorageObjects,
  into: AttachedVolumes,
  incoming: boolean,
): Problem | null {
  const { namespace } = pod.shape;
  for (const volume of pod.shape.volumes) {
    const name = claimName(pod.pod, volume);
    let counted: CountedVolume | null;
    if (name === null) {
      counted = countedInlineVolume(volume, csiNode);
    } else {
      if (name === "") return { missing: false, reason: "PersistentVolumeClaim had no name" };
      const claim = storage.claim(`${namespace}/${name}`);
      if (claim === undefined) {
        if (!incoming) continue;
        return {
          missing: true,
          reason: `looking up PVC ${namespace}/${name}: persistentvolumeclaim ${JSON.stringify(name)} not found`,
        };
      }
      const ownership = volume.ephemeral != null ? ownershipError(pod.pod, claim) : null;
      if (ownership !== null) return { missing: false, reason: ownership };
      counted = claimedVolume(claim, csiNode, storage);
    }
    if (counted !== null && counted.driver !== "" && counted.handle !== "") {
      into.set(`${counted.driver}/${counted.handle}`, counted.driver);
    }
  }
  return null;
}

/** The volume behind a claim; for a claim without one, the volume that its class would provision. */
function claimedVolume(
  claim: PersistentVolumeClaim,
  csiNode: CSINode | undefined,
  storage: StorageObjects,
): CountedVolume | null {
  const volume = storage.volume(claim.spec.volumeName ?? "");
  if (volume !== undefined) return countedVolume(volume, csiNode);
  const storageClass = storage.storageClass(classOfClaim(claim));
  if (storageClass === undefined) return null;
  const driver = provisioningDriver(storageClass.provisioner ?? "", csiNode);
  // a prefix that no driver uses keeps volumes to come apart from those that exist
  return driver === null ? null : { driver, handle: `to-be-provisioned-${keyOfClaim(claim)}` };
}
