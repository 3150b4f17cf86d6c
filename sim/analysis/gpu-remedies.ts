// What would answer GpuShare's objections: smaller shares, fewer devices, another card model. Changes are made to the annotations that
// say what the pod asks for; pods that ask for whole devices by a resource are answered by NodeResourcesFit.
import { GPU_CARD_MODEL, GPU_COUNT, GPU_MILLI, gpuAnnotationKey } from "../model/gpu/convention.ts";
import type { Pod } from "../model/objects.ts";
import type { NodeInfo } from "../scheduler/node-info.ts";
import type { PodInfo } from "../scheduler/shape.ts";

export interface GpuAnswer {
  readonly text: string;
  readonly apply: (pod: Pod) => Pod;
  readonly cost: number;
}

/** Empty when nothing is known that would do. */
export function gpuAnswers(pod: PodInfo, node: NodeInfo): readonly GpuAnswer[] {
  const { gpu } = pod.shape;
  if (gpu === null || node.gpu === null || gpuAnnotationKey(pod.pod) === "") return [];
  const changes: {
    readonly text: string;
    readonly annotation: string;
    readonly value: string;
    readonly cost: number;
  }[] = [];
  const { left, model } = node.gpu;
  if (gpu.models.length > 0 && !gpu.models.includes(model) && model !== "")
    changes.push({
      text: `allow the card model ${model}`,
      annotation: GPU_CARD_MODEL,
      value: [...gpu.models, model].join("|"),
      cost: 5,
    });
  const count = Math.min(gpu.count, left.length);
  if (count < gpu.count)
    changes.push({
      text: `ask for ${gpu.count - count} of ${gpu.count} ${GPU_COUNT} less`,
      annotation: GPU_COUNT,
      value: String(count),
      cost: (10 * (gpu.count - count)) / gpu.count,
    });
  // the device that is the last to suffice
  const least = Int32Array.from(left).sort()[left.length - count] as number;
  if (least < gpu.milli) {
    if (least === 0) return [];
    changes.push({
      text: `ask for ${gpu.milli - least} of ${gpu.milli} ${GPU_MILLI} less`,
      annotation: GPU_MILLI,
      value: String(least),
      cost: (10 * (gpu.milli - least)) / gpu.milli,
    });
  }
  return changes.map(({ annotation, cost, text, value }) => ({
    text,
    cost,
    apply: (p) => annotated(p, annotation, value),
  }));
}

function annotated(pod: Pod, name: string, value: string): Pod {
  return { ...pod, metadata: { ...pod.metadata, annotations: { ...pod.metadata.annotations, [name]: value } } };
}
