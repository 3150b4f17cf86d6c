// The scheduler's memory of pods that have a node: assumed ones, whose binding is not confirmed yet, and bound ones. Keeps
// the snapshot in step, also for pods whose node is not known yet or no longer.
import type { ContainerStatus, Node, Pod } from "../model/objects.ts";
import { parseTimestampMicros } from "../model/timestamp.ts";
import { isOfResize, PodInfo, saysResources } from "./shape.ts";
import type { Snapshot } from "./snapshot.ts";

export class PodCache {
  private readonly snapshot: Snapshot;
  private readonly byKey = new Map<string, PodInfo>();
  private readonly assumed = new Set<string>();
  // pods whose node the snapshot does not know, by node name
  private readonly homeless = new Map<string, Map<string, PodInfo>>();

  constructor(snapshot: Snapshot) {
    this.snapshot = snapshot;
  }

  get(key: string): PodInfo | undefined {
    return this.byKey.get(key);
  }

  isAssumed(key: string): boolean {
    return this.assumed.has(key);
  }

  /** The scheduler has put this pod into the snapshot already. */
  assume(info: PodInfo): void {
    this.byKey.set(info.key, info);
    this.assumed.add(info.key);
  }

  /** The snapshot does not hold the pod, because it does not know its node. */
  private isHomeless(info: PodInfo): boolean {
    return this.homeless.get(info.nodeName)?.has(info.key) === true;
  }

  /** The scheduler is about to take an assumed pod out of the snapshot again. */
  forget(info: PodInfo): void {
    this.byKey.delete(info.key);
    this.assumed.delete(info.key);
    this.homeless.get(info.nodeName)?.delete(info.key);
  }

  /** The API shows the pod on a node; returns the info that stands for it from now on. */
  assigned(pod: Pod, key: string): PodInfo {
    const nodeName = pod.spec.nodeName ?? "";
    const known = this.byKey.get(key);
    if (
      known !== undefined &&
      known.nodeName === nodeName &&
      !known.terminating &&
      pod.metadata.deletionTimestamp == null
    ) {
      // as assumed: what it carries besides the node is the same
      this.assumed.delete(key);
      if (unchanged(known.pod, pod)) {
        this.startTime(known, pod);
        return known;
      }
    }
    if (known !== undefined) this.removed(known);
    const info =
      known !== undefined && unchanged(known.pod, pod) ? new PodInfo(pod, known.shape) : this.snapshot.info(pod);
    info.nodeName = nodeName;
    this.startTime(info, pod);
    this.byKey.set(key, info);
    this.place(info);
    return info;
  }

  /** The pod is gone or has finished. */
  removed(info: PodInfo): void {
    this.byKey.delete(info.key);
    this.assumed.delete(info.key);
    if (this.isHomeless(info)) this.homeless.get(info.nodeName)?.delete(info.key);
    else this.snapshot.removePod(info);
  }

  nodeAdded(node: Node): void {
    this.snapshot.addNode(node);
    const homeless = this.homeless.get(node.metadata.name);
    if (homeless === undefined) return;
    this.homeless.delete(node.metadata.name);
    for (const info of homeless.values()) this.snapshot.addPod(info);
  }

  nodeRemoved(node: Node): void {
    const name = node.metadata.name;
    for (const info of [...(this.snapshot.node(name)?.pods ?? [])]) {
      this.snapshot.removePod(info);
      this.keepHomeless(info);
    }
    this.snapshot.removeNode(name);
  }

  private place(info: PodInfo): void {
    if (!this.snapshot.addPod(info)) this.keepHomeless(info);
  }

  private keepHomeless(info: PodInfo): void {
    const pods = this.homeless.get(info.nodeName);
    if (pods === undefined) this.homeless.set(info.nodeName, new Map([[info.key, info]]));
    else pods.set(info.key, info);
  }

  private startTime(info: PodInfo, pod: Pod): void {
    const startTime = pod.status?.startTime;
    if (startTime != null) info.startTimeMicros = parseTimestampMicros(startTime) ?? Number.NaN;
  }
}

// the same to scheduling: labels, containers and resize state are shared by all versions of an object that leave them alone
function unchanged(before: Pod, after: Pod): boolean {
  return (
    before.metadata.uid === after.metadata.uid &&
    before.metadata.labels === after.metadata.labels &&
    before.spec.containers === after.spec.containers &&
    before.spec.tolerations === after.spec.tolerations &&
    before.spec.affinity === after.spec.affinity &&
    before.spec.resources === after.spec.resources &&
    saySameResources(before.status?.containerStatuses, after.status?.containerStatuses) &&
    saySameResources(before.status?.initContainerStatuses, after.status?.initContainerStatuses) &&
    before.status?.resources === after.status?.resources &&
    before.status?.allocatedResources === after.status?.allocatedResources &&
    before.status?.resize === after.status?.resize &&
    (before.status?.conditions === after.status?.conditions || !(isBeingResized(before) || isBeingResized(after)))
  );
}

function isBeingResized({ status }: Pod): boolean {
  return status?.conditions?.some(isOfResize) === true;
}

// of a container's status scheduling reads the resources, and few say any
function saySameResources(
  before: readonly ContainerStatus[] | null | undefined,
  after: readonly ContainerStatus[] | null | undefined,
): boolean {
  return before === after || !(before?.some(saysResources) || after?.some(saysResources));
}
