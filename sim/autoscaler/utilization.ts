// How much of a node its pods have asked for: the larger share of CPU and memory, or of GPUs alone where it has any.
// Source: behaviour of simulator/utilization, 1.36.
import type { AutoscalerFlags } from "../model/autoscaler-plan.ts";
import type { NodeInfo } from "../scheduler/node-info.ts";
import { isMirror, isOfDaemonSet } from "./node-marks.ts";

export interface Utilization {
  readonly cpu: number;
  readonly memory: number;
  readonly gpu: number;
  readonly resource: "cpu" | "memory" | "nvidia.com/gpu";
  readonly value: number;
}

const GPU = "nvidia.com/gpu";

export function utilizationOf(node: NodeInfo, flags: AutoscalerFlags): Utilization {
  const { ignoreDaemonsetsUtilization, ignoreMirrorPodsUtilization } = flags;
  let [cpuMilli, memoryBytes] = [node.requestedCpuMilli, node.requestedMemoryBytes];
  let [freeCpuMilli, freeMemoryBytes] = [node.allocatableCpuMilli, node.allocatableMemoryBytes];
  let gpus = node.requestedScalar.get(GPU) ?? 0;
  if (ignoreDaemonsetsUtilization || ignoreMirrorPodsUtilization) {
    for (const { pod, shape } of node.pods) {
      const isLeftOut =
        (ignoreDaemonsetsUtilization && isOfDaemonSet(pod)) || (ignoreMirrorPodsUtilization && isMirror(pod));
      if (!isLeftOut) continue;
      const { requests } = shape;
      cpuMilli -= requests.cpuMilli;
      memoryBytes -= requests.memoryBytes;
      // what they take is not for others
      freeCpuMilli -= requests.cpuMilli;
      freeMemoryBytes -= requests.memoryBytes;
      gpus -= requests.scalar.get(GPU) ?? 0;
    }
  }
  const allGpus = node.allocatableScalar.get(GPU) ?? 0;
  if (allGpus > 0) return { cpu: 0, memory: 0, gpu: gpus / allGpus, resource: GPU, value: gpus / allGpus };
  const cpu = freeCpuMilli > 0 ? cpuMilli / freeCpuMilli : 0;
  const memory = freeMemoryBytes > 0 ? memoryBytes / freeMemoryBytes : 0;
  return { cpu, memory, gpu: 0, resource: cpu > memory ? "cpu" : "memory", value: Math.max(cpu, memory) };
}

/** As Events show it. */
export function utilizationText({ cpu, gpu, memory, resource, value }: Utilization): string {
  return `{${cpu} ${memory} ${gpu} ${resource} ${value}}`;
}
