// The GPUs of one node: how much of each is left and which pod holds what. Takes what it is told; whether a pod fits is
// asked before. A pod that is told no devices gets the tightest ones that fit, which for whole devices are the free ones from
// the lowest index on; when none fit it holds none. Source of the rule: Weng et al., USENIX ATC 2023.
import { DEVICE_MILLI, type GpuCapacity, type GpuRequest } from "./convention.ts";

/** Pods by how they use devices: shares of one, or so many whole ones. */
export const SHARE_CLASS = 0;

interface Holding {
  readonly milli: number;
  readonly indexes: readonly number[];
  readonly podClass: number;
}

export class GpuDevices {
  readonly model: string;
  /** Milli left of each device, 0 … 1000. */
  readonly left: Int32Array;
  /** Sum of `left`. */
  idleMilli: number;
  /** Pods of each class: {@link SHARE_CLASS}, else the number of whole devices. */
  readonly podsOfClass = new Map<number, number>();
  private readonly holdings = new Map<string, Holding>();

  constructor({ count, model }: GpuCapacity) {
    this.model = model;
    this.left = new Int32Array(count).fill(DEVICE_MILLI);
    this.idleMilli = count * DEVICE_MILLI;
  }

  get count(): number {
    return this.left.length;
  }

  /** Are there enough devices with enough left? */
  fits({ milli, count }: GpuRequest): boolean {
    const { left } = this;
    let found = 0;
    for (let i = 0; i < left.length; i++) if ((left[i] as number) >= milli && ++found === count) return true;
    return false;
  }

  /** The tightest devices that fit, of equal ones the lowest index; empty when there are not enough. */
  tightest({ milli, count }: GpuRequest): readonly number[] {
    const { left } = this;
    const taken: number[] = [];
    while (taken.length < count) {
      let best = -1;
      for (let i = 0; i < left.length; i++) {
        const here = left[i] as number;
        if (here >= milli && (best < 0 || here < (left[best] as number)) && !taken.includes(i)) best = i;
      }
      if (best < 0) return [];
      taken.push(best);
    }
    return taken.length > 1 ? taken.sort((a, b) => a - b) : taken;
  }

  /** Gives devices to a pod and returns which. @param indexes null = the tightest */
  place(key: string, request: GpuRequest, indexes: readonly number[] | null): readonly number[] {
    const { left } = this;
    const given = indexes ?? this.tightest(request);
    // what somebody else has written may be no device of this node
    const taken = given.filter((i) => i < left.length && (left[i] as number) >= request.milli);
    for (const i of taken) left[i] = (left[i] as number) - request.milli;
    this.idleMilli -= taken.length * request.milli;
    const podClass = gpuClassOf(request);
    this.podsOfClass.set(podClass, (this.podsOfClass.get(podClass) ?? 0) + 1);
    this.holdings.set(key, { milli: request.milli, indexes: taken, podClass });
    return taken;
  }

  /** Takes a pod's devices back; nothing when it holds none. */
  remove(key: string): void {
    const held = this.holdings.get(key);
    if (held === undefined) return;
    this.holdings.delete(key);
    for (const i of held.indexes) this.left[i] = (this.left[i] as number) + held.milli;
    this.idleMilli += held.indexes.length * held.milli;
    const pods = (this.podsOfClass.get(held.podClass) ?? 0) - 1;
    if (pods > 0) this.podsOfClass.set(held.podClass, pods);
    else this.podsOfClass.delete(held.podClass);
  }

  indexesOf(key: string): readonly number[] | null {
    return this.holdings.get(key)?.indexes ?? null;
  }

  /** Milli that the pods hold together. */
  get usedMilli(): number {
    return this.count * DEVICE_MILLI - this.idleMilli;
  }
}

export function gpuClassOf({ milli, count }: GpuRequest): number {
  return milli < DEVICE_MILLI ? SHARE_CLASS : count;
}
