// VolumeZone: a bound volume that carries zone or region labels is used on nodes with the same labels only. Volumes of CSI
// drivers say the same by node affinity, which VolumeBinding checks; the labels are what older volumes have.
import type { Labels, PersistentVolume } from "../../model/objects.ts";
import { classOfClaim, waitsForFirstConsumer } from "../../model/volume-claims.ts";
import { type PluginFactory, type StateData, type Status, status } from "../framework.ts";
import type { PodInfo } from "../shape.ts";
import type { StorageObjects } from "../volumes/storage-objects.ts";
import { signVolumes } from "./signatures.ts";

const NAME = "VolumeZone";
const ZONE = "topology.kubernetes.io/zone";
const REGION = "topology.kubernetes.io/region";
// old labels and the ones that took their place
const CURRENT_LABEL: ReadonlyMap<string, string> = new Map([
  ["failure-domain.beta.kubernetes.io/zone", ZONE],
  ["failure-domain.beta.kubernetes.io/region", REGION],
  [ZONE, ZONE],
  [REGION, REGION],
]);
const TOPOLOGY_LABELS = [...CURRENT_LABEL.keys()];

/** A node must have one of these values under this label, or under the label's current name. */
export interface Requirement {
  readonly label: string;
  readonly values: ReadonlySet<string>;
}

class Requirements implements StateData {
  readonly list: readonly Requirement[];

  constructor(list: readonly Requirement[]) {
    this.list = list;
  }

  clone(): Requirements {
    return this;
  }
}

export const volumeZone: PluginFactory = (_args, handle) => {
  const noZone = status("UnschedulableAndUnresolvable", NAME, "node(s) had no available volume zone");
  const skip = { status: status("Skip", NAME) };
  const go = { status: null };
  return {
    name: NAME,
    preFilter(state, pod) {
      const found = requirementsOf(pod, handle.snapshot.storage);
      if ("code" in found) return { status: found };
      if (found.length === 0) return skip;
      state.write(NAME, new Requirements(found));
      return go;
    },
    filter(state, pod, node) {
      // a node without any topology label takes every volume
      if (!TOPOLOGY_LABELS.some((label) => node.labels[label] !== undefined)) return null;
      const requirements = state.tryRead<Requirements>(NAME)?.list ?? requirementsOf(pod, handle.snapshot.storage);
      // without a PreFilter of its own it says here what is wrong with the claims
      if ("code" in requirements) return requirements;
      for (const { label, values } of requirements) {
        const here = node.labels[label] ?? node.labels[CURRENT_LABEL.get(label) ?? label];
        if (here === undefined || !values.has(here)) return noZone;
      }
      return null;
    },
    signPod: signVolumes,
  };
};

function requirementsOf(pod: PodInfo, storage: StorageObjects): Requirement[] | Status {
  const requirements: Requirement[] = [];
  for (const volume of pod.shape.volumes) {
    const name = volume.persistentVolumeClaim?.claimName;
    if (name === undefined) continue;
    if (name === "") return refused("PersistentVolumeClaim had no name");
    const claim = storage.claim(`${pod.shape.namespace}/${name}`);
    if (claim === undefined) return refused(`persistentvolumeclaim ${JSON.stringify(name)} not found`);
    const volumeName = claim.spec.volumeName ?? "";
    if (volumeName === "") {
      const className = classOfClaim(claim);
      if (className === "") return refused("PersistentVolumeClaim had no pv name and storageClass name");
      const storageClass = storage.storageClass(className);
      if (storageClass === undefined)
        return refused(`storageclass.storage.k8s.io ${JSON.stringify(className)} not found`);
      if (!waitsForFirstConsumer(storageClass)) return refused("PersistentVolume had no name");
      continue;
    }
    const persistentVolume = storage.volume(volumeName);
    if (persistentVolume === undefined) return refused(`persistentvolume ${JSON.stringify(volumeName)} not found`);
    requirements.push(...zoneRequirements(persistentVolume));
  }
  return requirements;
}

/** What a volume's own labels ask of nodes. */
export function zoneRequirements(volume: PersistentVolume): Requirement[] {
  const labels: Labels = volume.metadata.labels ?? {};
  const requirements: Requirement[] = [];
  for (const label of TOPOLOGY_LABELS) {
    const text = labels[label];
    if (text === undefined) continue;
    // a volume of several zones lists them, separated by two underscores; a list with a gap in it is ignored
    const values = text.split("__").map((value) => value.trim());
    if (!values.includes("")) requirements.push({ label, values: new Set(values) });
  }
  return requirements;
}

function refused(reason: string): Status {
  return status("UnschedulableAndUnresolvable", NAME, reason);
}
