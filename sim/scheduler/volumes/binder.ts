// Finds volumes for a pod's claims on a node, and keeps what was decided: bound claims must be usable there, unbound ones of
// classes that wait for a consumer get a matching volume or are provisioned. Reserve assumes the result; nothing is written
// to the API here. Source: KEP-490 (topology-aware volume scheduling), Kubernetes 1.36.
import type { PersistentVolume, PersistentVolumeClaim } from "../../model/objects.ts";
import {
  claimName,
  classOfClaim,
  isFullyBound,
  SELECTED_NODE_ANNOTATION,
  waitsForFirstConsumer,
} from "../../model/volume-claims.ts";
import {
  chooseVolume,
  requestedBytes,
  type SuitableVolumes,
  suitableVolumes,
  VolumeAffinity,
} from "../../model/volume-matching.ts";
import { goSort } from "../go-sort.ts";
import type { NodeInfo } from "../node-info.ts";
import type { PodInfo } from "../shape.ts";
import { withDriverTopology } from "./csi-migration.ts";
import { Provisioning } from "./provisioning.ts";
import { keyOfClaim, type StorageObjects } from "./storage-objects.ts";

/** A claim that is to be bound now, with the volumes that could serve it. */
export interface UnboundClaim {
  readonly claim: PersistentVolumeClaim;
  /** The node that a provisioner was already told of, or null. */
  readonly selectedNode: string | null;
  readonly requestedBytes: number;
  readonly suitable: SuitableVolumes;
}

export interface PodClaims {
  readonly bound: readonly PersistentVolumeClaim[];
  /** Unbound claims that should have been bound before any pod used them. */
  readonly unboundImmediate: readonly PersistentVolumeClaim[];
  /** Unbound claims that have waited for this pod, in the pod's order. */
  readonly unboundDelayed: readonly UnboundClaim[];
}

export interface Binding {
  readonly claim: PersistentVolumeClaim;
  readonly volume: PersistentVolume;
}

/** What binding the pod's claims on one node would take. */
export interface PodVolumes {
  readonly bindings: readonly Binding[];
  readonly provisions: readonly PersistentVolumeClaim[];
}

// reasons why a node is not possible, as bits
export const NODE_CONFLICT = 1;
export const BIND_CONFLICT = 2;
export const NOT_ENOUGH_SPACE = 4;
export const VOLUME_MISSING = 8;

const NOTHING_TO_DO: PodVolumes = { bindings: [], provisions: [] };

export class VolumeBinder {
  private readonly storage: StorageObjects;
  private readonly affinity = new VolumeAffinity();
  private readonly provisioning: Provisioning;

  constructor(storage: StorageObjects) {
    this.storage = storage;
    this.provisioning = new Provisioning(storage);
  }

  /** Sorts the pod's claims by what is to be done with them. Claims that do not exist are left out. */
  claimsOf(pod: PodInfo): PodClaims {
    const { storage } = this;
    const bound: PersistentVolumeClaim[] = [];
    const unboundImmediate: PersistentVolumeClaim[] = [];
    const unboundDelayed: UnboundClaim[] = [];
    for (const volume of pod.shape.volumes) {
      const name = claimName(pod.pod, volume);
      const claim = name === null ? undefined : storage.assumedClaims.get(`${pod.shape.namespace}/${name}`);
      if (claim === undefined) continue;
      if (isFullyBound(claim)) {
        bound.push(claim);
      } else if (!claim.spec.volumeName && waitsForFirstConsumer(storage.storageClass(classOfClaim(claim)))) {
        unboundDelayed.push(this.unbound(claim));
      } else {
        // also claims that name a volume by hand: binding those is the controller's business
        unboundImmediate.push(claim);
      }
    }
    return { bound, unboundImmediate, unboundDelayed };
  }

  /** What it takes on this node, or a set of reasons (bits) why it cannot be. */
  find(claims: PodClaims, node: NodeInfo): PodVolumes | number {
    let problems = claims.bound.length === 0 ? 0 : this.checkBound(claims.bound, node);
    if (claims.unboundDelayed.length === 0) return problems === 0 ? NOTHING_TO_DO : problems;
    const provisions: PersistentVolumeClaim[] = [];
    const toMatch: UnboundClaim[] = [];
    for (const unbound of claims.unboundDelayed) {
      if (unbound.selectedNode === null) toMatch.push(unbound);
      else if (unbound.selectedNode === node.name) provisions.push(unbound.claim);
      else return problems | BIND_CONFLICT;
    }
    // smallest claims first, so that they take the smallest volumes
    goSort(toMatch, (a, b) => a.requestedBytes - b.requestedBytes);
    const bindings: Binding[] = [];
    const taken = new Set<PersistentVolume>();
    for (const { claim, suitable } of toMatch) {
      const volume = chooseVolume(suitable, node.labels, this.affinity, taken);
      if (volume === null) {
        provisions.push(claim);
      } else {
        taken.add(volume);
        bindings.push({ claim, volume });
      }
    }
    problems |= this.checkProvisions(provisions, node);
    return problems === 0 ? { bindings, provisions } : problems;
  }

  /** Takes the decision for done until the API says otherwise. */
  assume(volumes: PodVolumes, nodeName: string): void {
    const { assumedClaims, assumedVolumes } = this.storage;
    for (const { claim, volume } of volumes.bindings) {
      const { namespace, name, uid } = claim.metadata;
      const claimRef = { namespace: namespace ?? "default", name, uid };
      assumedVolumes.assume(volume.metadata.name, { ...volume, spec: { ...volume.spec, claimRef } });
    }
    for (const claim of volumes.provisions) {
      const annotations = { ...claim.metadata.annotations, [SELECTED_NODE_ANNOTATION]: nodeName };
      assumedClaims.assume(keyOfClaim(claim), { ...claim, metadata: { ...claim.metadata, annotations } });
    }
  }

  /** Takes an assumed decision back. */
  revert(volumes: PodVolumes): void {
    for (const { volume } of volumes.bindings) this.storage.assumedVolumes.restore(volume.metadata.name);
    for (const claim of volumes.provisions) this.storage.assumedClaims.restore(keyOfClaim(claim));
  }

  private unbound(claim: PersistentVolumeClaim): UnboundClaim {
    const { storage } = this;
    const volumes = storage
      .volumesOfClass(classOfClaim(claim))
      .map((volume) => storage.assumedVolumes.get(volume.metadata.name) ?? volume);
    return {
      claim,
      selectedNode: claim.metadata.annotations?.[SELECTED_NODE_ANNOTATION] ?? null,
      requestedBytes: requestedBytes(claim) ?? 0,
      suitable: suitableVolumes(claim, volumes),
    };
  }

  /** The first claim that cannot be used decides. */
  private checkBound(claims: readonly PersistentVolumeClaim[], node: NodeInfo): number {
    for (const claim of claims) {
      const volume = this.storage.assumedVolumes.get(claim.spec.volumeName ?? "");
      if (volume === undefined) return VOLUME_MISSING;
      const csiNode = this.storage.csiNode(node.name);
      if (!this.affinity.allows(withDriverTopology(volume, csiNode), node.labels)) return NODE_CONFLICT;
    }
    return 0;
  }

  private checkProvisions(claims: readonly PersistentVolumeClaim[], node: NodeInfo): number {
    for (const claim of claims) {
      const verdict = this.provisioning.check(claim, node.labels);
      if (verdict === "impossible") return BIND_CONFLICT;
      if (verdict === "no capacity") return NOT_ENOUGH_SPACE;
    }
    return 0;
  }
}
