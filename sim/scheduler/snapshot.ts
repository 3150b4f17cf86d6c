// What the scheduler knows of the cluster: nodes in scheduling order, pods on them, nominated pods, and the other objects
// that plugins list. It is kept current by events, so it is always its own latest snapshot.
// Node order: zones in the order in which their first node came, one node of each in turn, as the node tree of Kubernetes 1.36.
import { assert } from "../engine/assert.ts";
import type { ClusterObjects, Labels, Namespace, Node, Pod } from "../model/objects.ts";
import { noObjects } from "../model/objects.ts";
import { NodeInfo } from "./node-info.ts";
import { type PodInfo, ShapeTable } from "./shape.ts";
import { StorageObjects } from "./volumes/storage-objects.ts";

type ObjectLists = ReturnType<typeof noObjects>;
/** Kinds that plugins list and that carry no pods or nodes. */
export type OtherKind = Exclude<keyof ObjectLists, "nodes" | "pods" | "namespaces">;

/** Told of every change, before anybody reads: the typed-array table keeps itself current this way. */
export interface SnapshotListener {
  nodeAdded(node: NodeInfo): void;
  nodeChanged(node: NodeInfo): void;
  nodeRemoved(node: NodeInfo): void;
  podAdded(pod: PodInfo, node: NodeInfo): void;
  podRemoved(pod: PodInfo, node: NodeInfo): void;
  nominationChanged(nodeName: string): void;
  objectsChanged(kind: OtherKind | "namespaces"): void;
}

export class Snapshot {
  readonly shapes: ShapeTable;
  /** Other objects, as listed. Replace through `setObjects`. */
  readonly objects: ObjectLists = noObjects();
  /** Storage objects by name, and what Reserve assumed of them. */
  readonly storage = new StorageObjects(this);
  /** Image name → number of nodes that hold it, and its size as the first of them reported it. */
  readonly imageStates = new Map<string, { sizeBytes: number; nodes: number }>();
  /** Nominated pods by node name, in order of nomination. */
  readonly nominated = new Map<string, PodInfo[]>();
  private readonly podsByPriority = new Map<number, number>();
  private readonly byName = new Map<string, NodeInfo>();
  private readonly bySlot: (NodeInfo | undefined)[] = [];
  private readonly namespaces = new Map<string, Labels>();
  private readonly zones = new Map<string, NodeInfo[]>();
  private order: NodeInfo[] | null = [];
  private tieKeyOf: ((node: NodeInfo) => number) | null = null;
  private listener: SnapshotListener | null = null;
  private generationValue = 0;
  private antiAffinityPodsValue = 0;
  private revisions = new Map<string, number>();

  constructor(shapes: ShapeTable = new ShapeTable()) {
    this.shapes = shapes;
  }

  /** Fills a snapshot from a cluster's objects. Pods without a node, or finished, are left out. */
  static of(objects: Partial<ClusterObjects>, shapes: ShapeTable = new ShapeTable()): Snapshot {
    const snapshot = new Snapshot(shapes);
    for (const namespace of objects.namespaces ?? []) snapshot.setNamespace(namespace);
    for (const [kind, list] of Object.entries(objects)) {
      if (kind !== "nodes" && kind !== "pods" && kind !== "namespaces")
        snapshot.setObjects(kind as OtherKind, list as never);
    }
    for (const node of objects.nodes ?? []) snapshot.addNode(node);
    for (const pod of objects.pods ?? []) {
      const phase = pod.status?.phase;
      if (!pod.spec.nodeName || phase === "Succeeded" || phase === "Failed") continue;
      const info = shapes.info(pod);
      snapshot.addPod(info);
    }
    return snapshot;
  }

  listen(listener: SnapshotListener): void {
    assert(this.listener === null, "a snapshot has one listener");
    this.listener = listener;
  }

  /** Among nodes of equal score, those with the least key come first from now on; before anybody listens. */
  orderTies(keyOf: (node: NodeInfo) => number): void {
    this.tieKeyOf = keyOf;
    for (const node of this.byName.values()) node.tieKey = keyOf(node);
  }

  /** Nodes in scheduling order. The array is replaced, never changed, when nodes come or go. */
  get nodes(): readonly NodeInfo[] {
    if (this.order === null) {
      this.order = [];
      const lists = [...this.zones.values()];
      for (let i = 0, added = -1; added !== 0; i++) {
        added = 0;
        for (const list of lists) {
          const node = list[i];
          if (node === undefined) continue;
          this.order.push(node);
          added++;
        }
      }
    }
    return this.order;
  }

  /** Moves with every change of a node or of the pods on it. */
  get generation(): number {
    return this.generationValue;
  }

  get nodeCount(): number {
    return this.byName.size;
  }

  /** Number of slots handed out so far; slots of removed nodes are not used again. */
  get slotCount(): number {
    return this.bySlot.length;
  }

  node(name: string): NodeInfo | undefined {
    return this.byName.get(name);
  }

  nodeAt(slot: number): NodeInfo | undefined {
    return this.bySlot[slot];
  }

  namespaceLabels = (name: string): Labels | undefined => this.namespaces.get(name);

  get namespaceNames(): IterableIterator<string> {
    return this.namespaces.keys();
  }

  /** Counts changes of the objects of a kind: derived data is stale when it moved. */
  revision(kind: OtherKind | "namespaces"): number {
    return this.revisions.get(kind) ?? 0;
  }

  setNamespace(namespace: Namespace): void {
    this.namespaces.set(namespace.metadata.name, namespace.metadata.labels ?? {});
    this.bump("namespaces");
  }

  removeNamespace(name: string): void {
    this.namespaces.delete(name);
    this.bump("namespaces");
  }

  setObjects<K extends OtherKind>(kind: K, list: readonly ObjectLists[K][number][]): void {
    this.objects[kind] = list.slice() as ObjectLists[K];
    this.bump(kind);
  }

  addNode(node: Node): NodeInfo {
    assert(!this.byName.has(node.metadata.name), `node ${node.metadata.name} is already there`);
    const info = new NodeInfo(node, this.bySlot.length);
    if (this.tieKeyOf !== null) info.tieKey = this.tieKeyOf(info);
    this.bySlot.push(info);
    this.byName.set(info.name, info);
    this.countImages(info, 1);
    const zone = zoneOf(info.labels);
    const list = this.zones.get(zone);
    if (list === undefined) this.zones.set(zone, [info]);
    else list.push(info);
    this.order = null;
    info.generation = ++this.generationValue;
    this.listener?.nodeAdded(info);
    return info;
  }

  updateNode(node: Node): NodeInfo {
    const info = this.mustHave(node.metadata.name);
    const before = zoneOf(info.labels);
    this.countImages(info, -1);
    info.setNode(node);
    this.countImages(info, 1);
    const after = zoneOf(info.labels);
    if (after !== before) {
      this.leaveZone(info, before);
      const list = this.zones.get(after);
      if (list === undefined) this.zones.set(after, [info]);
      else list.push(info);
      this.order = null;
    }
    info.generation = ++this.generationValue;
    this.listener?.nodeChanged(info);
    return info;
  }

  /** The pods on it must be removed first. */
  removeNode(name: string): void {
    const info = this.mustHave(name);
    assert(info.pods.length === 0, `node ${name} still has pods`);
    this.countImages(info, -1);
    this.byName.delete(name);
    this.bySlot[info.slot] = undefined;
    this.leaveZone(info, zoneOf(info.labels));
    this.order = null;
    this.generationValue++;
    this.listener?.nodeRemoved(info);
  }

  /** Adds a bound or assumed pod; `pod.nodeName` must name a known node. Returns false when the node is unknown. */
  addPod(pod: PodInfo): boolean {
    const node = this.byName.get(pod.nodeName);
    if (node === undefined) return false;
    node.addPod(pod);
    if (pod.shape.gpu !== null && node.gpu !== null) pod.gpuIndexes = node.gpu.indexesOf(pod.key);
    const { priority } = pod.shape;
    if (pod.shape.requiredAntiAffinity.length > 0) this.antiAffinityPodsValue++;
    this.podsByPriority.set(priority, (this.podsByPriority.get(priority) ?? 0) + 1);
    node.generation = ++this.generationValue;
    this.listener?.podAdded(pod, node);
    return true;
  }

  removePod(pod: PodInfo): void {
    const node = this.mustHave(pod.nodeName);
    node.removePod(pod);
    const { priority } = pod.shape;
    if (pod.shape.requiredAntiAffinity.length > 0) this.antiAffinityPodsValue--;
    const left = (this.podsByPriority.get(priority) ?? 0) - 1;
    if (left > 0) this.podsByPriority.set(priority, left);
    else this.podsByPriority.delete(priority);
    node.generation = ++this.generationValue;
    this.listener?.podRemoved(pod, node);
  }

  /** Is there any pod on a node whose priority is below this one? */
  hasPodsBelow(priority: number): boolean {
    for (const present of this.podsByPriority.keys()) if (present < priority) return true;
    return false;
  }

  /** Number of pods on nodes with required anti-affinity terms: without any, most pods have nothing to fear from others. */
  get antiAffinityPods(): number {
    return this.antiAffinityPodsValue;
  }

  nominate(pod: PodInfo, nodeName: string): void {
    this.clearNomination(pod);
    pod.nominatedNodeName = nodeName;
    const list = this.nominated.get(nodeName);
    if (list === undefined) this.nominated.set(nodeName, [pod]);
    else list.push(pod);
    this.listener?.nominationChanged(nodeName);
  }

  clearNomination(pod: PodInfo): void {
    const nodeName = pod.nominatedNodeName;
    if (nodeName === "") return;
    pod.nominatedNodeName = "";
    const list = this.nominated.get(nodeName);
    const at = list?.findIndex((p) => p.key === pod.key) ?? -1;
    if (list === undefined || at < 0) return;
    list.splice(at, 1);
    if (list.length === 0) this.nominated.delete(nodeName);
    this.listener?.nominationChanged(nodeName);
  }

  /** A PodInfo for a pod object, with its shape interned in this snapshot's table. */
  info(pod: Pod): PodInfo {
    return this.shapes.info(pod);
  }

  private bump(kind: OtherKind | "namespaces"): void {
    this.revisions.set(kind, this.revision(kind) + 1);
    this.listener?.objectsChanged(kind);
  }

  private mustHave(name: string): NodeInfo {
    const info = this.byName.get(name);
    assert(info !== undefined, `node ${name} is known`);
    return info;
  }

  private leaveZone(info: NodeInfo, zone: string): void {
    const list = this.zones.get(zone);
    assert(list !== undefined, `zone of node ${info.name} is known`);
    list.splice(list.indexOf(info), 1);
    if (list.length === 0) this.zones.delete(zone);
  }

  private countImages(info: NodeInfo, sign: 1 | -1): void {
    for (const [name, sizeBytes] of info.images) {
      const state = this.imageStates.get(name);
      if (state === undefined) this.imageStates.set(name, { sizeBytes, nodes: 1 });
      else if (state.nodes + sign > 0) state.nodes += sign;
      else this.imageStates.delete(name);
    }
  }
}

/** Region and zone of a node as one key; nodes with neither share the empty zone. */
export function zoneOf(labels: Labels): string {
  // the old labels win where a node carries both
  const region = labels["failure-domain.beta.kubernetes.io/region"] ?? labels["topology.kubernetes.io/region"] ?? "";
  const zone = labels["failure-domain.beta.kubernetes.io/zone"] ?? labels["topology.kubernetes.io/zone"] ?? "";
  return region === "" && zone === "" ? "" : `${region}:\u0000:${zone}`;
}
