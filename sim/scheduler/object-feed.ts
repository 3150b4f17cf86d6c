// Feeds the scheduler's snapshot with the objects that plugins list besides nodes and pods, and tells the queue of those
// changes that can help a waiting pod. A changed kind is handed over once, before the next cycle, however many changes it saw.
import type { ApiKind, Client } from "../apiserver/client.ts";
import { Informer } from "../apiserver/informer.ts";
import { ADD, type ClusterEvent, DELETE, type EventResource, UPDATE_OTHER } from "./cluster-event.ts";
import type { OtherKind, Snapshot } from "./snapshot.ts";

/** Kinds that plugins read, with the resource that their changes are announced as. */
const KINDS: readonly (readonly [OtherKind, EventResource | null])[] = [
  ["services", null],
  ["replicationControllers", null],
  ["replicaSets", null],
  ["statefulSets", null],
  ["podDisruptionBudgets", null],
  ["persistentVolumes", "PersistentVolume"],
  ["persistentVolumeClaims", "PersistentVolumeClaim"],
  ["storageClasses", "StorageClass"],
  ["csiNodes", "CSINode"],
  ["csiDrivers", "CSIDriver"],
  ["csiStorageCapacities", "CSIStorageCapacity"],
];

export type MoveRequest = (event: ClusterEvent, before: unknown, after: unknown) => void;

export class ObjectFeed {
  private readonly client: Client;
  private readonly snapshot: Snapshot;
  private readonly moved: MoveRequest;
  private readonly informers = new Map<OtherKind, Informer<OtherKind>>();
  private readonly dirty = new Set<OtherKind>();

  constructor(client: Client, snapshot: Snapshot, moved: MoveRequest) {
    this.client = client;
    this.snapshot = snapshot;
    this.moved = moved;
  }

  get kinds(): readonly ApiKind[] {
    return ["namespaces", ...KINDS.map(([kind]) => kind)];
  }

  /** @param listed called after each list of a kind */
  start(listed: (kind: ApiKind) => void): void {
    new Informer(
      this.client,
      "namespaces",
      {
        added: (namespace) => this.snapshot.setNamespace(namespace),
        updated: (_before, namespace) => this.snapshot.setNamespace(namespace),
        deleted: (namespace) => this.snapshot.removeNamespace(namespace.metadata.name),
      },
      {},
      () => listed("namespaces"),
    );
    for (const [kind, resource] of KINDS) this.watch(kind, resource, listed);
  }

  /** Brings the snapshot up to date; to be called before it is read. */
  flush(): void {
    for (const kind of this.dirty) {
      this.snapshot.setObjects(kind, [...(this.informers.get(kind)?.cache.values() ?? [])] as never);
    }
    this.dirty.clear();
  }

  private watch(kind: OtherKind, resource: EventResource | null, listed: (kind: ApiKind) => void): void {
    const changed = (action: number, before: unknown, after: unknown) => {
      this.dirty.add(kind);
      if (resource === null) return;
      // hints look at the snapshot
      this.flush();
      this.moved({ resource, action }, before, after);
    };
    const informer = new Informer(
      this.client,
      kind,
      {
        added: (object) => changed(ADD, undefined, object),
        updated: (before, after) => changed(UPDATE_OTHER, before, after),
        deleted: (object) => changed(DELETE, object, undefined),
      },
      {},
      () => listed(kind),
    );
    this.informers.set(kind, informer);
  }
}
