// Storage objects of the cluster by name, as the scheduler's informers hold them, and beside them what Reserve has assumed
// of volumes and claims. Indexes are rebuilt when the list of a kind was replaced.
import type {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
} from "../../model/objects.ts";
import { classOfVolume } from "../../model/volume-claims.ts";
import { AssumedObjects } from "./assumed-objects.ts";

/** The kinds that volume plugins read, and the lists they come in. */
export interface StorageLists {
  readonly persistentVolumes: readonly PersistentVolume[];
  readonly persistentVolumeClaims: readonly PersistentVolumeClaim[];
  readonly storageClasses: readonly StorageClass[];
  readonly csiNodes: readonly CSINode[];
  readonly csiDrivers: readonly CSIDriver[];
  readonly csiStorageCapacities: readonly CSIStorageCapacity[];
}

/** Where the lists come from: a Snapshot. A revision that has moved means that the list was replaced. */
export interface StorageSource {
  readonly objects: StorageLists;
  revision(kind: keyof StorageLists): number;
}

const NO_VOLUMES: readonly PersistentVolume[] = [];
const NO_CAPACITIES: readonly CSIStorageCapacity[] = [];

export class StorageObjects {
  /** Claims as VolumeBinding sees them. Keys are namespace/name. The other plugins see what the API says. */
  readonly assumedClaims: AssumedObjects<PersistentVolumeClaim>;
  /** Volumes as VolumeBinding sees them. Keys are names. */
  readonly assumedVolumes: AssumedObjects<PersistentVolume>;
  private readonly claims: Index<PersistentVolumeClaim, PersistentVolumeClaim>;
  private readonly volumes: Index<PersistentVolume, PersistentVolume>;
  private readonly volumesByClass: Index<PersistentVolume, PersistentVolume[]>;
  private readonly classes: Index<StorageClass, StorageClass>;
  private readonly nodes: Index<CSINode, CSINode>;
  private readonly drivers: Index<CSIDriver, CSIDriver>;
  private readonly capacities: Index<CSIStorageCapacity, CSIStorageCapacity[]>;

  constructor(source: StorageSource) {
    const named = <T extends { readonly metadata: { readonly name: string } }>(list: readonly T[]) =>
      new Map(list.map((object) => [object.metadata.name, object] as const));
    this.claims = new Index(
      source,
      "persistentVolumeClaims",
      (list) => new Map(list.map((claim) => [keyOfClaim(claim), claim] as const)),
    );
    this.volumes = new Index(source, "persistentVolumes", named);
    this.volumesByClass = new Index(source, "persistentVolumes", (list) => grouped(list, classOfVolume));
    this.classes = new Index(source, "storageClasses", named);
    this.nodes = new Index(source, "csiNodes", named);
    this.drivers = new Index(source, "csiDrivers", named);
    this.capacities = new Index(source, "csiStorageCapacities", (list) =>
      grouped(list, (capacity) => capacity.storageClassName),
    );
    this.assumedClaims = new AssumedObjects((key) => this.claim(key));
    this.assumedVolumes = new AssumedObjects((name) => this.volume(name));
  }

  /** @param key namespace/name */
  claim(key: string): PersistentVolumeClaim | undefined {
    return this.claims.get(key);
  }

  volume(name: string): PersistentVolume | undefined {
    return this.volumes.get(name);
  }

  /** In the order in which they were listed; the scheduler's own order is random. */
  volumesOfClass(className: string): readonly PersistentVolume[] {
    return this.volumesByClass.get(className) ?? NO_VOLUMES;
  }

  storageClass(name: string): StorageClass | undefined {
    return this.classes.get(name);
  }

  csiNode(nodeName: string): CSINode | undefined {
    return this.nodes.get(nodeName);
  }

  csiDriver(name: string): CSIDriver | undefined {
    return this.drivers.get(name);
  }

  capacitiesOfClass(className: string): readonly CSIStorageCapacity[] {
    return this.capacities.get(className) ?? NO_CAPACITIES;
  }
}

/** namespace/name of a claim. */
export function keyOfClaim(claim: PersistentVolumeClaim): string {
  return `${claim.metadata.namespace ?? "default"}/${claim.metadata.name}`;
}

class Index<T, V> {
  private readonly source: StorageSource;
  private readonly kind: keyof StorageLists;
  private readonly build: (list: readonly T[]) => ReadonlyMap<string, V>;
  private map: ReadonlyMap<string, V> = new Map();
  private builtAt = -1;

  constructor(source: StorageSource, kind: keyof StorageLists, build: (list: readonly T[]) => ReadonlyMap<string, V>) {
    this.source = source;
    this.kind = kind;
    this.build = build;
  }

  get(key: string): V | undefined {
    const revision = this.source.revision(this.kind);
    if (revision !== this.builtAt) {
      // the lists are typed by kind where the Index is made
      this.map = this.build(this.source.objects[this.kind] as unknown as readonly T[]);
      this.builtAt = revision;
    }
    return this.map.get(key);
  }
}

function grouped<T>(list: readonly T[], keyOf: (object: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const object of list) {
    const key = keyOf(object);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [object]);
    else group.push(object);
  }
  return groups;
}
