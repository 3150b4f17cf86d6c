// A node as the scheduler sees it: the Node object, the pods on it (assumed ones included) and running sums of what
// they ask for. It changes only through addPod/removePod/setNode, and each change takes a new generation.
import { assert } from "../engine/assert.ts";
import { gpuCapacityOf } from "../model/gpu/convention.ts";
import { GpuDevices } from "../model/gpu/devices.ts";
import type { Labels, Node, ResourceList, Taint } from "../model/objects.ts";
import { milliValue, value } from "../model/quantity.ts";
import type { HostPort, PodInfo, Resources } from "./shape.ts";

export class NodeInfo {
  node: Node;
  readonly name: string;
  /** Position among the nodes in the order in which they were added; stable for the life of the node. */
  readonly slot: number;
  /** Of nodes of equal score the one with the least is first: the slot, unless their order is another one. */
  tieKey: number;
  labels: Labels = {};
  taints: readonly Taint[] = [];
  unschedulable = false;
  allocatableCpuMilli = 0;
  allocatableMemoryBytes = 0;
  allocatableEphemeralBytes = 0;
  allocatablePods = 0;
  allocatableScalar: ReadonlyMap<string, number> = new Map();

  readonly pods: PodInfo[] = [];
  /** Pods with any affinity or anti-affinity term, and those with a required anti-affinity term. */
  readonly podsWithAffinity: PodInfo[] = [];
  readonly podsWithRequiredAntiAffinity: PodInfo[] = [];
  requestedCpuMilli = 0;
  requestedMemoryBytes = 0;
  requestedEphemeralBytes = 0;
  readonly requestedScalar = new Map<string, number>();
  nonZeroCpuMilli = 0;
  nonZeroMemoryBytes = 0;
  readonly usedPorts: HostPort[] = [];
  /** Claims in use here, as namespace/name → number of pods. */
  readonly claimUsers = new Map<string, number>();
  /** Image name → size, from status.images. */
  images: ReadonlyMap<string, number> = new Map();
  /** The node's GPUs and who holds them; null when it has none. */
  gpu: GpuDevices | null = null;
  generation = 0;

  /** @param twin a NodeInfo of the same Node object, to copy what was parsed of it */
  constructor(node: Node, slot: number, twin?: NodeInfo) {
    this.node = node;
    this.name = node.metadata.name;
    this.slot = slot;
    this.tieKey = slot;
    if (twin === undefined) {
      this.setNode(node);
      return;
    }
    this.labels = twin.labels;
    this.taints = twin.taints;
    this.unschedulable = twin.unschedulable;
    this.allocatableCpuMilli = twin.allocatableCpuMilli;
    this.allocatableMemoryBytes = twin.allocatableMemoryBytes;
    this.allocatableEphemeralBytes = twin.allocatableEphemeralBytes;
    this.allocatablePods = twin.allocatablePods;
    this.allocatableScalar = twin.allocatableScalar;
    this.images = twin.images;
    if (twin.gpu !== null) this.gpu = new GpuDevices(twin.gpu);
  }

  setNode(node: Node): void {
    this.node = node;
    this.labels = node.metadata.labels ?? {};
    this.taints = node.spec?.taints ?? [];
    this.unschedulable = node.spec?.unschedulable === true;
    const allocatable: ResourceList = node.status?.allocatable ?? node.status?.capacity ?? {};
    const scalar = new Map<string, number>();
    this.allocatableCpuMilli = 0;
    this.allocatableMemoryBytes = 0;
    this.allocatableEphemeralBytes = 0;
    this.allocatablePods = 0;
    for (const [name, quantity] of Object.entries(allocatable)) {
      if (name === "cpu") this.allocatableCpuMilli = milliValue(quantity);
      else if (name === "memory") this.allocatableMemoryBytes = value(quantity);
      else if (name === "ephemeral-storage") this.allocatableEphemeralBytes = value(quantity);
      else if (name === "pods") this.allocatablePods = value(quantity);
      else if (isScalarResource(name)) scalar.set(name, value(quantity));
    }
    this.allocatableScalar = scalar;
    const images = new Map<string, number>();
    for (const image of node.status?.images ?? [])
      for (const n of image.names ?? []) if (!images.has(n)) images.set(n, image.sizeBytes ?? 0);
    this.images = images;
    this.setDevices();
  }

  /** Pods keep their devices when the node is another one now. */
  private setDevices(): void {
    const capacity = gpuCapacityOf(this.node);
    const before = this.gpu;
    if (before !== null && capacity?.count === before.count && capacity.model === before.model) return;
    this.gpu = capacity === null ? null : new GpuDevices(capacity);
    if (this.gpu !== null) for (const pod of this.pods) this.placeOnDevices(pod);
  }

  private placeOnDevices(pod: PodInfo): void {
    const { gpu } = pod.shape;
    if (gpu !== null) this.gpu?.place(pod.key, gpu, pod.gpuIndexes);
  }

  addPod(pod: PodInfo): void {
    const shape = pod.shape;
    this.pods.push(pod);
    if (hasAffinity(pod)) this.podsWithAffinity.push(pod);
    if (shape.requiredAntiAffinity.length > 0) this.podsWithRequiredAntiAffinity.push(pod);
    this.account(shape.requests, shape.nonZeroCpuMilli, shape.nonZeroMemoryBytes, 1);
    if (shape.gpu !== null) this.placeOnDevices(pod);
    for (const port of shape.hostPorts)
      if (!this.usedPorts.some((used) => samePort(used, port))) this.usedPorts.push(port);
    for (const v of shape.volumes) {
      const claim = claimKey(pod, v);
      if (claim !== "") this.claimUsers.set(claim, (this.claimUsers.get(claim) ?? 0) + 1);
    }
  }

  /** @throws AssertionError when the pod is not on this node. */
  removePod(pod: PodInfo): void {
    const shape = pod.shape;
    const at = indexOfKey(this.pods, pod);
    assert(at >= 0, `pod ${pod.key} is not on node ${this.name}`);
    removeAt(this.pods, at);
    if (hasAffinity(pod)) removeAt(this.podsWithAffinity, indexOfKey(this.podsWithAffinity, pod));
    if (shape.requiredAntiAffinity.length > 0) {
      removeAt(this.podsWithRequiredAntiAffinity, indexOfKey(this.podsWithRequiredAntiAffinity, pod));
    }
    this.account(shape.requests, shape.nonZeroCpuMilli, shape.nonZeroMemoryBytes, -1);
    if (shape.gpu !== null) this.gpu?.remove(pod.key);
    this.releasePorts(shape.hostPorts);
    for (const v of shape.volumes) {
      const claim = claimKey(pod, v);
      if (claim === "") continue;
      const users = (this.claimUsers.get(claim) ?? 0) - 1;
      if (users > 0) this.claimUsers.set(claim, users);
      else this.claimUsers.delete(claim);
    }
  }

  /** An independent copy for dry runs: same node, own pods (by default the same ones) and sums. */
  clone(pods: readonly PodInfo[] = this.pods): NodeInfo {
    const copy = new NodeInfo(this.node, this.slot, this);
    for (const pod of pods) copy.addPod(pod);
    copy.generation = this.generation;
    if (this.usedPorts.length > 0 || copy.usedPorts.length > 0) {
      // not simply those of the pods: as they are, and as if pods left out had been removed one by one
      copy.usedPorts.splice(0, copy.usedPorts.length, ...this.usedPorts);
      if (pods !== this.pods)
        for (const pod of this.pods) if (!pods.includes(pod)) copy.releasePorts(pod.shape.hostPorts);
    }
    return copy;
  }

  /** A port is free as soon as one of the pods that use it goes, as in Kubernetes: ports are a set there, not counts. */
  private releasePorts(ports: readonly HostPort[]): void {
    for (const port of ports) {
      const at = this.usedPorts.findIndex((used) => samePort(used, port));
      if (at >= 0) removeAt(this.usedPorts, at);
    }
  }

  private account(requests: Resources, nonZeroCpuMilli: number, nonZeroMemoryBytes: number, sign: 1 | -1): void {
    this.requestedCpuMilli += sign * requests.cpuMilli;
    this.requestedMemoryBytes += sign * requests.memoryBytes;
    this.requestedEphemeralBytes += sign * requests.ephemeralBytes;
    for (const [name, amount] of requests.scalar) {
      this.requestedScalar.set(name, (this.requestedScalar.get(name) ?? 0) + sign * amount);
    }
    this.nonZeroCpuMilli += sign * nonZeroCpuMilli;
    this.nonZeroMemoryBytes += sign * nonZeroMemoryBytes;
  }
}

/** Claim that a volume of this pod names, as namespace/name; "" for other volumes, also ephemeral ones that have a claim of their own. */
function claimKey(pod: PodInfo, volume: PodInfo["shape"]["volumes"][number]): string {
  return volume.persistentVolumeClaim == null ? "" : `${pod.shape.namespace}/${volume.persistentVolumeClaim.claimName}`;
}

/** Resources that are counted by name: extended resources, huge pages, attachable volume counts, prefixed native ones. */
export function isScalarResource(name: string): boolean {
  return name.includes("/") || name.startsWith("hugepages-") || name.startsWith("attachable-volumes-");
}

function samePort(a: HostPort, b: HostPort): boolean {
  return a.port === b.port && a.protocol === b.protocol && a.ip === b.ip;
}

function hasAffinity(pod: PodInfo): boolean {
  const s = pod.shape;
  return (
    s.requiredAffinity.length > 0 ||
    s.requiredAntiAffinity.length > 0 ||
    s.preferredAffinity.length > 0 ||
    s.preferredAntiAffinity.length > 0
  );
}

function indexOfKey(pods: readonly PodInfo[], pod: PodInfo): number {
  const direct = pods.indexOf(pod);
  return direct >= 0 ? direct : pods.findIndex((p) => p.key === pod.key);
}

function removeAt<T>(list: T[], at: number): void {
  assert(at >= 0, "element to remove is in the list");
  const last = list.pop() as T;
  if (at < list.length) list[at] = last;
}
