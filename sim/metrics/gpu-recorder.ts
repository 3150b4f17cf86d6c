// What the API's objects say about GPUs, told to the meter. Pods count as submitted when they were first bound or first found no node.
import {
  type GpuRequest,
  gpuAnnotationKey,
  gpuCapacityOf,
  gpuIndexesOf,
  gpuRequestOf,
} from "../model/gpu/convention.ts";
import type { TypicalPod } from "../model/gpu/typical-pods.ts";
import type { Node, Pod } from "../model/objects.ts";
import { GpuMeter } from "./gpu-meter.ts";
import { type Amounts, allocatableOf, CPU, GPU } from "./resources.ts";

const NO_RESOURCES: ReadonlyMap<string, number> = new Map();

export class GpuRecorder {
  readonly meter: GpuMeter;
  private readonly clock: () => number;
  // uids of pods that were submitted and have no node
  private readonly refused = new Set<string>();
  private readonly requests = new Map<string, GpuRequest | null>();

  constructor(typical: readonly TypicalPod[], clock: () => number) {
    this.meter = new GpuMeter(typical);
    this.clock = clock;
  }

  nodeSet(node: Node): void {
    this.meter.nodeSet(node.metadata.name, gpuCapacityOf(node), allocatableOf(node).fixed[CPU] as number);
  }

  nodeRemoved(name: string): void {
    this.meter.nodeRemoved(name);
  }

  /** A pod that holds room on its node from now on. */
  bound(uid: string, pod: Pod, requests: Amounts): void {
    const gpu = this.requestOf(pod, requests);
    this.meter.placed(uid, pod.spec.nodeName ?? "", requests.fixed[CPU] as number, gpu, gpuIndexesOf(pod));
    if (!this.refused.delete(uid)) this.meter.submitted(gpu, this.clock());
  }

  /** A scheduler found no node for a pod. */
  unschedulable(uid: string, pod: Pod, requests: Amounts): void {
    if (this.refused.has(uid)) return;
    this.refused.add(uid);
    this.meter.submitted(this.requestOf(pod, requests), this.clock());
  }

  released(uid: string, nodeName: string, requests: Amounts): void {
    this.meter.released(uid, nodeName, requests.fixed[CPU] as number);
  }

  private requestOf(pod: Pod, requests: Amounts): GpuRequest | null {
    const key = gpuAnnotationKey(pod);
    if (key === "") {
      const count = requests.fixed[GPU] as number;
      return count > 0 ? { milli: 1000, count, models: [] } : null;
    }
    let request = this.requests.get(key);
    if (request === undefined) {
      request = gpuRequestOf(pod, NO_RESOURCES);
      this.requests.set(key, request);
    }
    return request;
  }
}
