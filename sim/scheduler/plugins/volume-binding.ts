// VolumeBinding: the pod's claims exist and are its own, bound ones can be used on the node, and unbound ones can be bound or
// provisioned there. Reserve keeps what was found for the node. It does not score: that is behind the feature gate
// StorageCapacityScoring, which is off in Kubernetes 1.36.

import { claimName, ownershipError } from "../../model/volume-claims.ts";
import { type CycleState, type PluginFactory, type StateData, type Status, status } from "../framework.ts";
import type { PodInfo } from "../shape.ts";
import { NODE_CONFLICT, type PodClaims, type PodVolumes, VolumeBinder } from "../volumes/binder.ts";
import type { StorageObjects } from "../volumes/storage-objects.ts";
import { signVolumes } from "./signatures.ts";

const NAME = "VolumeBinding";
// in the order of the binder's bits
const REASONS = [
  "node(s) didn't match PersistentVolume's node affinity",
  "node(s) didn't find available persistent volumes to bind",
  "node(s) did not have enough free storage",
  "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)",
];

/** One for the whole cycle: dry runs find volumes too, but only what was found for the chosen node is ever read. */
class Found implements StateData {
  readonly claims: PodClaims;
  readonly byNode = new Map<string, PodVolumes>();

  constructor(claims: PodClaims) {
    this.claims = claims;
  }

  clone(): Found {
    return this;
  }
}

/** What Reserve has taken for granted on this node and has yet to be written; null when there is nothing. */
export function volumesToBind(state: CycleState, nodeName: string): PodVolumes | null {
  return state.tryRead<Found>(NAME)?.byNode.get(nodeName) ?? null;
}

export const volumeBinding: PluginFactory = (_args, handle) => {
  const binder = new VolumeBinder(handle.snapshot.storage);
  const skip = { status: status("Skip", NAME) };
  const go = { status: null };
  const unboundImmediate = {
    status: status("UnschedulableAndUnresolvable", NAME, "pod has unbound immediate PersistentVolumeClaims"),
  };
  const rejections = Array.from({ length: 1 << REASONS.length }, (_, problems) => {
    const reasons = REASONS.filter((_reason, bit) => (problems & (NODE_CONFLICT << bit)) !== 0);
    return status("UnschedulableAndUnresolvable", NAME, ...reasons);
  });
  return {
    name: NAME,
    preFilter(state, pod) {
      const checked = checkClaims(pod, handle.snapshot.storage);
      if (checked === "none") return skip;
      if (checked !== null) return { status: checked };
      const claims = binder.claimsOf(pod);
      if (claims.unboundImmediate.length > 0) return unboundImmediate;
      state.write(NAME, new Found(claims));
      return go;
    },
    filter(state, _pod, node) {
      const found = state.read<Found>(NAME);
      const volumes = binder.find(found.claims, node);
      if (typeof volumes === "number") return rejections[volumes] ?? null;
      if (volumes.bindings.length > 0 || volumes.provisions.length > 0) found.byNode.set(node.name, volumes);
      return null;
    },
    preScore: () => skip.status,
    score: () => 0,
    reserve(state, _pod, nodeName) {
      const volumes = state.tryRead<Found>(NAME)?.byNode.get(nodeName);
      if (volumes !== undefined) binder.assume(volumes, nodeName);
      return null;
    },
    unreserve(state, _pod, nodeName) {
      const volumes = state.tryRead<Found>(NAME)?.byNode.get(nodeName);
      if (volumes !== undefined) binder.revert(volumes);
    },
    signPod: signVolumes,
  };
};

/** "none" when the pod has no claims at all, null when all are there and fit for use, else what is wrong with the first. */
function checkClaims(pod: PodInfo, storage: StorageObjects): Status | "none" | null {
  let any = false;
  for (const volume of pod.shape.volumes) {
    const name = claimName(pod.pod, volume);
    if (name === null) continue;
    any = true;
    const quoted = JSON.stringify(name);
    const isEphemeral = volume.persistentVolumeClaim == null;
    const claim = storage.claim(`${pod.shape.namespace}/${name}`);
    if (claim === undefined) {
      return refused(
        isEphemeral
          ? `waiting for ephemeral volume controller to create the persistentvolumeclaim ${quoted}`
          : `persistentvolumeclaim ${quoted} not found`,
      );
    }
    if (claim.status?.phase === "Lost") {
      return refused(
        `persistentvolumeclaim ${quoted} bound to non-existent persistentvolume ${JSON.stringify(claim.spec.volumeName ?? "")}`,
      );
    }
    if (claim.metadata.deletionTimestamp != null) return refused(`persistentvolumeclaim ${quoted} is being deleted`);
    const ownership = isEphemeral ? ownershipError(pod.pod, claim) : null;
    if (ownership !== null) return refused(ownership);
  }
  return any ? null : "none";
}

function refused(reason: string): Status {
  return status("UnschedulableAndUnresolvable", NAME, reason);
}
