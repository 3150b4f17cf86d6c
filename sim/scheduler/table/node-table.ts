// The node table: one typed array per column, indexed by node slot, kept equal to the snapshot's NodeInfos by its events,
// and a ring of which slots changed, so that caches catch up by looking only at those. It decides nothing.
import { assert } from "../../engine/assert.ts";
import type { NodeInfo } from "../node-info.ts";
import type { PodInfo } from "../shape.ts";
import type { OtherKind, Snapshot, SnapshotListener } from "../snapshot.ts";
import { GroupRegistry } from "./groups.ts";
import { TopologyRegistry } from "./topology.ts";

/** One extended resource: what the nodes have of it and what is taken, by slot. */
export interface ScalarColumn {
  readonly name: string;
  allocatable: Float64Array;
  requested: Float64Array;
}

const FIRST_CAPACITY = 64;
/** As many positions as a preorder key tells apart. */
const MOST_SLOTS = 1 << 20;

/** A ring of slots. A reader with a cursor older than `tail` has missed entries and must look at every node. */
export class ChangeLog {
  private ring: Int32Array = new Int32Array(256);
  /** Number of changes so far. */
  head = 0;
  /** Cursors below this one have lost entries. */
  tail = 0;

  push(slot: number): void {
    this.ring[this.head & (this.ring.length - 1)] = slot;
    this.head++;
    if (this.head - this.tail > this.ring.length) this.tail = this.head - this.ring.length;
  }

  /** Slot of entry number `at`, tail ≤ at < head. */
  at(at: number): number {
    return this.ring[at & (this.ring.length - 1)] as number;
  }

  /** Makes room for at least `length` entries, a power of two; what was logged before counts as lost. */
  grow(length: number): void {
    if (length <= this.ring.length) return;
    this.ring = new Int32Array(length);
    this.tail = this.head;
  }
}

export class NodeTable implements SnapshotListener {
  readonly snapshot: Snapshot;
  readonly topology: TopologyRegistry;
  groups: GroupRegistry;
  /** Slots in scheduling order, and the position of each slot in it (-1: no such node). */
  order: Int32Array = new Int32Array(0);
  position: Int32Array = new Int32Array(0);
  /** Is `order` ascending, so that the first position is also the lowest slot? */
  orderIsAscending = true;
  /** Moves when nodes come, go or change zone. */
  orderEpoch = 0;
  /** Moves when services, workload objects or namespaces change: selectors derived from them may be others now. */
  objectsEpoch = 0;
  /** Moves when all counts were made anew: references to groups and counters from before are dead. */
  groupsEpoch = 0;
  // namespace labels changed that groups were counted by: until they are made anew they are not kept up to date
  private groupsStale = false;
  /** Length of the per-slot arrays; slots beyond the snapshot's slotCount are unused. */
  capacity = 0;

  cpuAllocatable: Float64Array = new Float64Array(0);
  memoryAllocatable: Float64Array = new Float64Array(0);
  ephemeralAllocatable: Float64Array = new Float64Array(0);
  podsAllocatable: Float64Array = new Float64Array(0);
  cpuRequested: Float64Array = new Float64Array(0);
  memoryRequested: Float64Array = new Float64Array(0);
  ephemeralRequested: Float64Array = new Float64Array(0);
  podCount: Int32Array = new Int32Array(0);
  tieKey: Float64Array = new Float64Array(0);
  cpuNonZero: Float64Array = new Float64Array(0);
  memoryNonZero: Float64Array = new Float64Array(0);
  /** Number of nominated pods per slot. */
  nominatedCount: Int32Array = new Int32Array(0);
  readonly scalars: ScalarColumn[] = [];
  private readonly scalarByName = new Map<string, ScalarColumn>();

  /** Slots where anything changed: pods, nominations or the Node object. */
  readonly changes = new ChangeLog();
  /** Slots where the Node object changed. */
  readonly nodeChanges = new ChangeLog();
  private orderSource: readonly NodeInfo[] | null = null;

  constructor(snapshot: Snapshot) {
    this.snapshot = snapshot;
    this.topology = new TopologyRegistry(snapshot);
    this.groups = new GroupRegistry(snapshot, this.topology, 0);
    this.grow(snapshot.slotCount);
    for (let slot = 0; slot < snapshot.slotCount; slot++) {
      const node = snapshot.nodeAt(slot);
      if (node === undefined) continue;
      this.copyNode(node);
      this.copyPods(node);
      this.nominatedCount[slot] = snapshot.nominated.get(node.name)?.length ?? 0;
    }
    this.groups.noteExistingPods();
    snapshot.listen(this);
  }

  /** Brings `order` up to date. Call before reading it in a cycle. */
  refreshOrder(): void {
    const nodes = this.snapshot.nodes;
    if (nodes === this.orderSource) return;
    this.orderSource = nodes;
    this.order = new Int32Array(nodes.length);
    this.position = new Int32Array(this.capacity).fill(-1);
    this.orderIsAscending = true;
    let last = -1;
    for (let i = 0; i < nodes.length; i++) {
      const slot = (nodes[i] as NodeInfo).slot;
      this.order[i] = slot;
      this.position[slot] = i;
      if (slot < last) this.orderIsAscending = false;
      last = slot;
    }
    this.orderEpoch++;
  }

  /** Column of an extended resource; made on first use. */
  scalar(name: string): ScalarColumn {
    let column = this.scalarByName.get(name);
    if (column === undefined) {
      column = { name, allocatable: new Float64Array(this.capacity), requested: new Float64Array(this.capacity) };
      for (let slot = 0; slot < this.snapshot.slotCount; slot++) {
        const node = this.snapshot.nodeAt(slot);
        if (node === undefined) continue;
        column.allocatable[slot] = node.allocatableScalar.get(name) ?? 0;
        column.requested[slot] = node.requestedScalar.get(name) ?? 0;
      }
      this.scalarByName.set(name, column);
      this.scalars.push(column);
    }
    return column;
  }

  nodeAdded(node: NodeInfo): void {
    this.grow(node.slot + 1);
    this.copyNode(node);
    this.copyPods(node);
    // pods may have been nominated to a node of this name before it came, or came again
    this.nominatedCount[node.slot] = this.snapshot.nominated.get(node.name)?.length ?? 0;
    this.topology.nodeAdded(node);
    if (!this.groupsStale) this.groups.nodeEnters(node);
    this.note(node.slot, 1);
  }

  nodeChanged(node: NodeInfo): void {
    if (!this.groupsStale) this.groups.nodeLeaves(node.slot);
    this.topology.nodeRemoved(node.slot);
    this.copyNode(node);
    this.topology.nodeAdded(node);
    if (!this.groupsStale) this.groups.nodeEnters(node);
    this.note(node.slot, 1);
  }

  nodeRemoved(node: NodeInfo): void {
    if (!this.groupsStale) {
      this.groups.nodeLeaves(node.slot);
      this.groups.forgetSlot(node.slot);
    }
    this.topology.nodeRemoved(node.slot);
    this.note(node.slot, 1);
  }

  podAdded(pod: PodInfo, node: NodeInfo): void {
    this.copyPods(node, pod);
    if (!this.groupsStale) this.groups.podAdded(pod, node.slot, 1);
    this.note(node.slot, 0);
  }

  podRemoved(pod: PodInfo, node: NodeInfo): void {
    this.copyPods(node, pod);
    if (!this.groupsStale) this.groups.podAdded(pod, node.slot, -1);
    this.note(node.slot, 0);
  }

  nominationChanged(nodeName: string): void {
    const node = this.snapshot.node(nodeName);
    if (node === undefined) return;
    this.nominatedCount[node.slot] = this.snapshot.nominated.get(nodeName)?.length ?? 0;
    this.note(node.slot, 0);
  }

  objectsChanged(kind: OtherKind | "namespaces"): void {
    this.objectsEpoch++;
    if (kind === "namespaces" && this.groups.readsNamespaceLabels) this.groupsStale = true;
  }

  /** Counts anew what namespace labels decide, if they changed. Call before a cycle. */
  refreshGroups(): void {
    if (!this.groupsStale) return;
    this.groupsStale = false;
    this.groups = new GroupRegistry(this.snapshot, this.topology, this.capacity);
    this.groups.noteExistingPods();
    this.groupsEpoch++;
  }

  private note(slot: number, objectChanged: 0 | 1): void {
    this.changes.push(slot);
    if (objectChanged === 1) this.nodeChanges.push(slot);
  }

  private copyNode(node: NodeInfo): void {
    const slot = node.slot;
    this.cpuAllocatable[slot] = node.allocatableCpuMilli;
    this.memoryAllocatable[slot] = node.allocatableMemoryBytes;
    this.ephemeralAllocatable[slot] = node.allocatableEphemeralBytes;
    this.podsAllocatable[slot] = node.allocatablePods;
    this.tieKey[slot] = node.tieKey;
    for (const column of this.scalars) column.allocatable[slot] = node.allocatableScalar.get(column.name) ?? 0;
  }

  private copyPods(node: NodeInfo, pod?: PodInfo): void {
    const slot = node.slot;
    this.podCount[slot] = node.pods.length;
    this.cpuRequested[slot] = node.requestedCpuMilli;
    this.memoryRequested[slot] = node.requestedMemoryBytes;
    this.ephemeralRequested[slot] = node.requestedEphemeralBytes;
    this.cpuNonZero[slot] = node.nonZeroCpuMilli;
    this.memoryNonZero[slot] = node.nonZeroMemoryBytes;
    if (pod !== undefined && pod.shape.requests.scalar.size === 0) return;
    for (const column of this.scalars) column.requested[slot] = node.requestedScalar.get(column.name) ?? 0;
  }

  private grow(slots: number): void {
    if (slots <= this.capacity) return;
    assert(slots <= MOST_SLOTS, "a cluster has at most 1,048,576 node slots");
    let capacity = Math.max(FIRST_CAPACITY, this.capacity);
    while (capacity < slots) capacity *= 2;
    this.capacity = capacity;
    const wider = (column: Float64Array) => {
      const copy = new Float64Array(capacity);
      copy.set(column);
      return copy;
    };
    this.cpuAllocatable = wider(this.cpuAllocatable);
    this.memoryAllocatable = wider(this.memoryAllocatable);
    this.ephemeralAllocatable = wider(this.ephemeralAllocatable);
    this.podsAllocatable = wider(this.podsAllocatable);
    this.tieKey = wider(this.tieKey);
    this.cpuRequested = wider(this.cpuRequested);
    this.memoryRequested = wider(this.memoryRequested);
    this.ephemeralRequested = wider(this.ephemeralRequested);
    this.cpuNonZero = wider(this.cpuNonZero);
    this.memoryNonZero = wider(this.memoryNonZero);
    for (const column of this.scalars) {
      column.allocatable = wider(column.allocatable);
      column.requested = wider(column.requested);
    }
    this.podCount = widerInts(this.podCount, capacity);
    this.nominatedCount = widerInts(this.nominatedCount, capacity);
    this.topology.grow(capacity);
    this.groups.grow(capacity);
    this.changes.grow(4 * capacity);
    this.nodeChanges.grow(4 * capacity);
  }
}

/** A longer copy of an integer column, new cells 0. */
export function widerInts(column: Int32Array, capacity: number): Int32Array {
  const copy = new Int32Array(capacity);
  copy.set(column);
  return copy;
}
