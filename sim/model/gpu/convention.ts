// How pods ask for shares of GPUs and how nodes say what they have: the annotations, resources and labels of Alibaba's GPU-sharing
// schedulers (alibabacloud.com/gpu-milli, gpu-count, gpu-card-model, gpu-index), and whole devices as extended resources.
// A device has 1,000 milli. Text that is no number is refused where pods are checked, and passed over here.
import type { Node, Pod, ResourceList } from "../objects.ts";
import { value } from "../quantity.ts";
import { podRequests } from "../resources.ts";

export const GPU_MILLI = "alibabacloud.com/gpu-milli";
export const GPU_COUNT = "alibabacloud.com/gpu-count";
export const GPU_CARD_MODEL = "alibabacloud.com/gpu-card-model";
export const GPU_INDEX = "alibabacloud.com/gpu-index";
/** The label of NVIDIA's feature discovery: the card model of nodes that do not carry Alibaba's. */
const GPU_PRODUCT = "nvidia.com/gpu.product";

export const DEVICE_MILLI = 1000;
/** Devices of one node beyond which the rest is not told apart. */
const MOST_DEVICES = 1024;

export interface GpuRequest {
  /** Of each device, 1 … 1000; less than 1000 is a share. */
  readonly milli: number;
  /** Number of devices, at least 1. */
  readonly count: number;
  /** Card models that will do, in the order in which they are named; empty = any. */
  readonly models: readonly string[];
}

export interface GpuCapacity {
  readonly count: number;
  /** "" when the node does not say. */
  readonly model: string;
}

type Annotated = { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> | null } };

/** What the annotations of a pod ask for, as one text: equal texts are equal requests; "" when there are none. */
export function gpuAnnotationKey(pod: Annotated): string {
  const given = pod.metadata.annotations;
  if (given == null || (given[GPU_MILLI] === undefined && given[GPU_COUNT] === undefined)) return "";
  return `${given[GPU_MILLI] ?? ""} ${given[GPU_COUNT] ?? ""} ${given[GPU_CARD_MODEL] ?? ""}`;
}

/**
 * What a pod asks for: by its annotations, or else the whole devices among its resources; null when it asks for none.
 *
 * @param scalar the pod's requests of extended resources, where they are known
 */
export function gpuRequestOf(
  pod: Pod,
  scalar: ReadonlyMap<string, number> = podRequests(pod).scalar,
): GpuRequest | null {
  const given = pod.metadata.annotations ?? {};
  if (gpuAnnotationKey(pod) !== "") {
    const milli = wholeNumber(given[GPU_MILLI]) ?? DEVICE_MILLI;
    const count = wholeNumber(given[GPU_COUNT]) ?? 1;
    if (milli === 0 || count === 0) return null;
    const models = (given[GPU_CARD_MODEL] ?? "").split("|").filter((model) => model !== "");
    return { milli: Math.min(milli, DEVICE_MILLI), count, models };
  }
  let count = 0;
  for (const [name, amount] of scalar) if (isDeviceResource(name)) count += amount;
  return count > 0 ? { milli: DEVICE_MILLI, count, models: [] } : null;
}

/** The devices of a node; null when it has none. */
export function gpuCapacityOf(node: Node): GpuCapacity | null {
  const allocatable: ResourceList = node.status?.allocatable ?? node.status?.capacity ?? {};
  let count = 0;
  const shared = allocatable[GPU_COUNT];
  if (shared !== undefined) count = value(shared);
  else for (const [name, quantity] of Object.entries(allocatable)) if (isDeviceResource(name)) count += value(quantity);
  if (count <= 0) return null;
  const labels = node.metadata.labels ?? {};
  return { count: Math.min(count, MOST_DEVICES), model: labels[GPU_CARD_MODEL] ?? labels[GPU_PRODUCT] ?? "" };
}

/** Devices that the pod was given, by its annotation (`2-3` are two); null when it does not say. */
export function gpuIndexesOf(pod: Annotated): readonly number[] | null {
  const text = pod.metadata.annotations?.[GPU_INDEX];
  return text !== undefined && /^\d{1,4}(-\d{1,4})*$/.test(text) ? text.split("-").map(Number) : null;
}

export function gpuIndexText(indexes: readonly number[]): string {
  return indexes.join("-");
}

/** May the request be served by this card model? */
export function allowsModel(request: GpuRequest, model: string): boolean {
  return request.models.length === 0 || request.models.includes(model);
}

/** The largest number that an annotation may ask for. */
export const GPU_ANNOTATION_LIMITS: Readonly<Record<string, number>> = {
  [GPU_MILLI]: 1_000_000,
  [GPU_COUNT]: MOST_DEVICES,
};

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,7}$/.test(text) ? Number(text) : undefined;
}

/** nvidia.com/gpu, amd.com/gpu and the like: whole devices. */
function isDeviceResource(name: string): boolean {
  return name.endsWith("/gpu");
}
