// Topology keys as columns: for each label key that some pod spreads or groups by, the domain of every node as a small integer.
// Source: PodTopologySpread and InterPodAffinity count pods per (key, value) pair of node labels.
import type { NodeInfo } from "../node-info.ts";
import type { Snapshot } from "../snapshot.ts";

/** One label key. `domainOf[slot]` is -1 where the node lacks the key. */
export class TopologyKey {
  readonly key: string;
  domainOf: Int32Array;
  /** Number of nodes in each domain. */
  readonly nodesIn: number[] = [];
  /** Number of nodes whose label has no text: spreading by default takes them for nodes without the label. */
  blankNodes = 0;
  /** Number of domains that hold two nodes or more; 0 means that each node is a domain of its own. */
  sharedDomains = 0;
  private readonly ids = new Map<string, number>();

  constructor(key: string, capacity: number) {
    this.key = key;
    this.domainOf = new Int32Array(capacity).fill(-1);
  }

  get domains(): number {
    return this.nodesIn.length;
  }

  /** Is each node that has the key a domain of its own? */
  get isUnique(): boolean {
    return this.sharedDomains === 0;
  }

  enter(node: NodeInfo): void {
    const label = node.labels[this.key];
    if (label === undefined) {
      this.domainOf[node.slot] = -1;
      return;
    }
    let id = this.ids.get(label);
    if (id === undefined) {
      id = this.nodesIn.length;
      this.ids.set(label, id);
      this.nodesIn.push(0);
    }
    this.domainOf[node.slot] = id;
    const count = (this.nodesIn[id] as number) + 1;
    this.nodesIn[id] = count;
    if (count === 2) this.sharedDomains++;
    if (label === "") this.blankNodes++;
  }

  leave(slot: number): void {
    const id = this.domainOf[slot] as number;
    if (id < 0) return;
    this.domainOf[slot] = -1;
    const count = (this.nodesIn[id] as number) - 1;
    this.nodesIn[id] = count;
    if (count === 1) this.sharedDomains--;
    if (id === this.ids.get("")) this.blankNodes--;
  }

  grow(capacity: number): void {
    const wider = new Int32Array(capacity).fill(-1);
    wider.set(this.domainOf);
    this.domainOf = wider;
  }
}

export class TopologyRegistry {
  private readonly snapshot: Snapshot;
  private readonly keys = new Map<string, TopologyKey>();
  private capacity = 0;

  constructor(snapshot: Snapshot) {
    this.snapshot = snapshot;
  }

  key(name: string): TopologyKey {
    let key = this.keys.get(name);
    if (key === undefined) {
      key = new TopologyKey(name, this.capacity);
      for (let slot = 0; slot < this.snapshot.slotCount; slot++) {
        const node = this.snapshot.nodeAt(slot);
        if (node !== undefined) key.enter(node);
      }
      this.keys.set(name, key);
    }
    return key;
  }

  nodeAdded(node: NodeInfo): void {
    for (const key of this.keys.values()) key.enter(node);
  }

  nodeRemoved(slot: number): void {
    for (const key of this.keys.values()) key.leave(slot);
  }

  grow(capacity: number): void {
    this.capacity = capacity;
    for (const key of this.keys.values()) key.grow(capacity);
  }
}
