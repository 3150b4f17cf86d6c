// GpuShare: pods that ask for milli of GPUs share devices. Filters by what is left of each device and by card model, scores by one of
// six policies, and reserves the devices, which the binding writes on the pod. Off unless a profile enables it; not of kube-scheduler.
// Source: Weng et al., "Beware of Fragmentation", USENIX ATC 2023; names of annotations from Alibaba's GPU-sharing schedulers.
import { allowsModel, GPU_COUNT, GPU_MILLI } from "../../model/gpu/convention.ts";
import { Fragments } from "../../model/gpu/fragments.ts";
import type { GpuShareArgs } from "../../model/scheduler-plugin-args.ts";
import { normalizedRange } from "../arithmetic.ts";
import { MAX_NODE_SCORE, type Plugin, type PluginFactory, type StateData, type Status, status } from "../framework.ts";
import { type GpuNode, gpuPolicy } from "../gpu/policies.ts";
import type { NodeInfo } from "../node-info.ts";
import type { PodShape } from "../shape.ts";

export const GPU_SHARE = "GpuShare";

const NO_MODEL = status("UnschedulableAndUnresolvable", GPU_SHARE, "node(s) didn't match Pod's GPU card model");
const TOO_FEW = status("UnschedulableAndUnresolvable", GPU_SHARE, `Insufficient ${GPU_COUNT}`);
const TOO_LITTLE = status("Unschedulable", GPU_SHARE, `Insufficient ${GPU_MILLI}`);

/** What the node table asks besides the extension points; all of it depends on the node alone. */
export interface GpuSharePlugin extends Plugin {
  readonly normalizes: boolean;
  readonly picksAtRandom: boolean;
  verdict(shape: PodShape, node: NodeInfo): Status | null;
  /** The score, raw where it is normalized. */
  rate(shape: PodShape, node: NodeInfo): number;
  /** Index of one of so many feasible nodes, in the order in which they were added. */
  pick(feasible: number): number;
}

/** The node that was drawn. */
class Picked implements StateData {
  readonly node: NodeInfo;

  constructor(node: NodeInfo) {
    this.node = node;
  }

  clone(): Picked {
    return this;
  }
}

export const gpuShare: PluginFactory = (rawArgs, handle): GpuSharePlugin => {
  const args = rawArgs as Partial<GpuShareArgs>;
  const policy = gpuPolicy(args.policy ?? "FGD", new Fragments(args.typicalPods ?? []));
  const nodes = handle.streamFor?.("gpu-share/node") ?? null;
  const devices = handle.streamFor?.("gpu-share/device") ?? null;
  const verdict = (shape: PodShape, node: NodeInfo): Status | null => {
    const { gpu } = shape;
    if (gpu === null) return null;
    if (node.gpu === null || node.gpu.count < gpu.count) return TOO_FEW;
    if (!allowsModel(gpu, node.gpu.model)) return NO_MODEL;
    return node.gpu.fits(gpu) ? null : TOO_LITTLE;
  };
  const view: { -readonly [F in keyof GpuNode]: GpuNode[F] } = { devices: null, cpuLeftMilli: 0 };
  const asked = { cpuMilli: 0, gpu: null as PodShape["gpu"] };
  const look = (shape: PodShape, node: NodeInfo) => {
    view.devices = node.gpu;
    view.cpuLeftMilli = node.allocatableCpuMilli - node.requestedCpuMilli;
    asked.cpuMilli = shape.requests.cpuMilli;
    asked.gpu = shape.gpu;
  };
  const rate = (shape: PodShape, node: NodeInfo): number => {
    look(shape, node);
    return policy.score(view, asked);
  };
  const pick = (feasible: number) => (nodes === null || feasible < 2 ? 0 : nodes.int(feasible));
  return {
    name: GPU_SHARE,
    filtersByNodeAlone: true,
    normalizes: policy.normalizes === true,
    picksAtRandom: policy.picksAtRandom === true,
    verdict,
    rate,
    pick,
    filter: (_state, pod, node) => verdict(pod.shape, node),
    preScore(state, _pod, feasible) {
      if (policy.picksAtRandom !== true || feasible.length === 0) return null;
      // by slot: the draw must not depend on where the search began
      const ordered = feasible.slice().sort((a, b) => a.slot - b.slot);
      state.write(GPU_SHARE, new Picked(ordered[pick(ordered.length)] as NodeInfo));
      return null;
    },
    score(state, pod, node) {
      if (policy.picksAtRandom !== true) return rate(pod.shape, node);
      return state.tryRead<Picked>(GPU_SHARE)?.node === node ? MAX_NODE_SCORE : 0;
    },
    ...(policy.normalizes === true
      ? { normalizeScore: (_state, _pod, _nodes, scores) => normalizedRange(scores) }
      : {}),
    reserve(_state, pod, nodeName) {
      const { gpu } = pod.shape;
      const node = handle.snapshot.node(nodeName);
      if (gpu === null || policy.choose === undefined || node === undefined || node.gpu === null) return null;
      // as it was before the pod was assumed here, with the tightest devices
      node.gpu.remove(pod.key);
      look(pod.shape, node);
      view.cpuLeftMilli += pod.shape.requests.cpuMilli;
      pod.gpuIndexes = node.gpu.place(pod.key, gpu, policy.choose(view, asked, devices));
      return null;
    },
  };
};
