// Can a volume be made for a claim on this node: does its class have a provisioner, do the class's topologies allow the node,
// and does the driver, if it reports capacities, have enough room there. Source: KEP-1472 (storage capacity tracking).
import type { CSIStorageCapacity, Labels, PersistentVolumeClaim, StorageClass } from "../../model/objects.ts";
import { value } from "../../model/quantity.ts";
import { compileLabelSelector, type LabelMatcher } from "../../model/selectors.ts";
import { classOfClaim } from "../../model/volume-claims.ts";
import { requestedBytes } from "../../model/volume-matching.ts";
import type { StorageObjects } from "./storage-objects.ts";

const NO_PROVISIONER = "kubernetes.io/no-provisioner";

export type ProvisioningVerdict = "possible" | "impossible" | "no capacity";

export class Provisioning {
  private readonly storage: StorageObjects;
  private readonly compiled = new WeakMap<CSIStorageCapacity, LabelMatcher>();

  constructor(storage: StorageObjects) {
    this.storage = storage;
  }

  /** @param claim one whose class exists */
  check(claim: PersistentVolumeClaim, nodeLabels: Labels): ProvisioningVerdict {
    const storageClass = this.storage.storageClass(classOfClaim(claim));
    const provisioner = storageClass?.provisioner ?? "";
    if (storageClass === undefined || provisioner === "" || provisioner === NO_PROVISIONER) return "impossible";
    if (!topologyAllowed(storageClass, nodeLabels)) return "impossible";
    return this.hasCapacity(claim, storageClass.metadata.name, provisioner, nodeLabels) ? "possible" : "no capacity";
  }

  /** Only drivers that say so report capacities. One pool with enough room that the node can reach is enough. */
  private hasCapacity(
    claim: PersistentVolumeClaim,
    className: string,
    provisioner: string,
    nodeLabels: Labels,
  ): boolean {
    const wantedBytes = requestedBytes(claim);
    if (wantedBytes === null) return true;
    if (this.storage.csiDriver(provisioner)?.spec?.storageCapacity !== true) return true;
    for (const pool of this.storage.capacitiesOfClass(className)) {
      // the largest single volume is more exact than the sum of what is free
      const limit = pool.maximumVolumeSize ?? pool.capacity;
      if (limit != null && value(limit) >= wantedBytes && this.reaches(pool, nodeLabels)) return true;
    }
    return false;
  }

  private reaches(pool: CSIStorageCapacity, nodeLabels: Labels): boolean {
    let matcher = this.compiled.get(pool);
    if (matcher === undefined) {
      matcher = compileLabelSelector(pool.nodeTopology);
      this.compiled.set(pool, matcher);
    }
    return matcher.matches(nodeLabels);
  }
}

/** No topologies allow every node; a topology without expressions allows none. */
function topologyAllowed(storageClass: StorageClass, nodeLabels: Labels): boolean {
  const topologies = storageClass.allowedTopologies ?? [];
  if (topologies.length === 0) return true;
  return topologies.some((topology) => {
    const expressions = topology.matchLabelExpressions ?? [];
    return (
      expressions.length > 0 &&
      expressions.every((e) => e.values.includes(nodeLabels[e.key] ?? "") && nodeLabels[e.key] !== undefined)
    );
  });
}
