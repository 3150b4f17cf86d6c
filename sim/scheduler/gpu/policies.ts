// How the policies of the FGD paper rate a node for a pod, and which devices they give it. Pure functions of what is left on the
// node; scores are whole numbers, cut toward zero, as the published experiments have them.
// Source: Weng et al., "Beware of Fragmentation", USENIX ATC 2023, and its published experiments.

import { exp } from "../../engine/math.ts";
import type { RandomStream } from "../../engine/random.ts";
import { DEVICE_MILLI, type GpuRequest } from "../../model/gpu/convention.ts";
import { type GpuDevices, gpuClassOf } from "../../model/gpu/devices.ts";
import type { Fragments } from "../../model/gpu/fragments.ts";
import type { GpuPolicyName } from "../../model/scheduler-plugin-args.ts";
import { MAX_NODE_SCORE } from "../framework.ts";

/** The largest node of the paper's clusters: what BestFit and DotProd measure by. */
const MOST_CPU_MILLI = 128_000;
const MOST_GPU_MILLI = 8_000;

/** What a policy looks at: a node before the pod is on it. */
export interface GpuNode {
  /** null where the node has none. */
  readonly devices: GpuDevices | null;
  readonly cpuLeftMilli: number;
}

export interface GpuPod {
  readonly cpuMilli: number;
  readonly gpu: GpuRequest | null;
}

export interface GpuPolicy {
  /** The raw scores are stretched to 0 … 100 between the lowest and the highest of the feasible nodes. */
  readonly normalizes?: boolean;
  /** One feasible node is drawn; `score` is not asked. */
  readonly picksAtRandom?: boolean;
  /** A node that has room for the pod: 0 … 100, unless it is normalized. */
  score(node: GpuNode, pod: GpuPod): number;
  /** Devices for a pod that asks for one; absent: the tightest. Its node has room for it. */
  choose?(node: GpuNode, pod: GpuPod, stream: RandomStream | null): readonly number[] | null;
}

export function gpuPolicy(name: GpuPolicyName, fragments: Fragments): GpuPolicy {
  switch (name) {
    case "BestFit":
      return { normalizes: true, score: bestFit };
    case "DotProd":
      return { score: dotProd };
    case "GpuPacking":
      return { score: gpuPacking };
    case "GpuClustering":
      return { score: gpuClustering };
    case "FGD":
      return new FragmentationGradientDescent(fragments);
    case "Random":
      return { picksAtRandom: true, score: () => 0, choose: anyThatFits };
  }
}

function gpuMilliOf(gpu: GpuRequest | null): number {
  return gpu === null ? 0 : gpu.milli * gpu.count;
}

/** Little left over, in CPU and GPU alike, is best. */
function bestFit({ devices, cpuLeftMilli }: GpuNode, { cpuMilli, gpu }: GpuPod): number {
  const cpu = (cpuLeftMilli - cpuMilli) / MOST_CPU_MILLI;
  const milli = ((devices?.idleMilli ?? 0) - gpuMilliOf(gpu)) / MOST_GPU_MILLI;
  return Math.trunc(100 * (1 - (0.5 * cpu + 0.5 * milli)));
}

/** Tetris' alignment turned round: the smaller the product of what is left and what is asked for, the better. */
function dotProd({ devices, cpuLeftMilli }: GpuNode, { cpuMilli, gpu }: GpuPod): number {
  const cpu = (cpuLeftMilli / MOST_CPU_MILLI) * (cpuMilli / MOST_CPU_MILLI);
  const milli = ((devices?.idleMilli ?? 0) / MOST_GPU_MILLI) * (gpuMilliOf(gpu) / MOST_GPU_MILLI);
  return bounded(Math.trunc(100 * (1 - (cpu + milli) / 2)));
}

/** Devices in use first, then free devices of nodes in use, then free nodes. */
function gpuPacking({ devices }: GpuNode, { gpu }: GpuPod): number {
  if (gpu === null || devices === null) return 0;
  const { left } = devices;
  let free = 0;
  for (let i = 0; i < left.length; i++) if (left[i] === DEVICE_MILLI) free++;
  if (free === left.length) return bounded(Math.max(33 - free, free));
  let wholes = 0;
  let shares = 0;
  for (const i of devices.tightest(gpu)) {
    if (left[i] === DEVICE_MILLI) wholes++;
    shares += Math.trunc(((left[i] as number) * 100) / DEVICE_MILLI);
  }
  return wholes > 0 ? Math.max(50 - wholes, 33) : Math.max(100 - Math.trunc(shares / 10), 50);
}

/** Nodes that hold pods of the same class and no others first; within that, full ones. */
function gpuClustering({ devices }: GpuNode, { gpu }: GpuPod): number {
  if (gpu === null || devices === null) return 0;
  const base = (25 * (MOST_GPU_MILLI - devices.idleMilli)) / MOST_GPU_MILLI;
  const classes = devices.podsOfClass;
  const bonus = classes.size === 0 ? 25 : !classes.has(gpuClassOf(gpu)) ? 0 : classes.size === 1 ? 75 : 50;
  return bounded(Math.trunc(base + bonus));
}

function anyThatFits({ devices }: GpuNode, { gpu }: GpuPod, stream: RandomStream | null): readonly number[] | null {
  if (devices === null || gpu === null || stream === null) return null;
  // whole devices are the free ones from the lowest index on
  if (gpu.count > 1 || gpu.milli === DEVICE_MILLI) return null;
  const fitting: number[] = [];
  devices.left.forEach((left, i) => {
    if (left >= gpu.milli) fitting.push(i);
  });
  return fitting.length === 0 ? null : [fitting[fitting.length === 1 ? 0 : stream.int(fitting.length)] as number];
}

/** The node, and on it the device, where the pod adds least to what typical pods cannot use. */
class FragmentationGradientDescent implements GpuPolicy {
  private readonly fragments: Fragments;
  private after: Int32Array = new Int32Array(0);
  private chosen = -1;

  constructor(fragments: Fragments) {
    this.fragments = fragments;
  }

  score(node: GpuNode, pod: GpuPod): number {
    const { devices, cpuLeftMilli } = node;
    const { cpuMilli, gpu } = pod;
    this.chosen = -1;
    // nothing that could be a fragment, before or after
    if (devices === null) return scoreOf(0);
    const { total } = this.fragments;
    if (total === 0) return scoreOf(0);
    const measure = this.fragments.of(devices.model);
    const { left } = devices;
    measure.prepare(cpuLeftMilli);
    const before = measure.amount(left);
    measure.prepare(cpuLeftMilli - cpuMilli);
    if (gpu === null) return scoreOf((before - measure.amount(left)) / total);
    const after = this.copyOf(left);
    if (gpu.count > 1 || gpu.milli === DEVICE_MILLI) {
      for (const i of devices.tightest(gpu)) after[i] = (after[i] as number) - gpu.milli;
      return scoreOf((before - measure.amount(after)) / total);
    }
    let best = -1;
    for (let i = 0; i < left.length; i++) {
      const here = left[i] as number;
      // devices that are left alike are alike
      if (here < gpu.milli || left.indexOf(here) < i) continue;
      after[i] = here - gpu.milli;
      const score = scoreOf((before - measure.amount(after)) / total);
      after[i] = here;
      if (score <= best) continue;
      best = score;
      this.chosen = i;
    }
    return Math.max(best, 0);
  }

  choose(node: GpuNode, pod: GpuPod): readonly number[] | null {
    this.score(node, pod);
    return this.chosen < 0 ? null : [this.chosen];
  }

  private copyOf(left: Int32Array): Int32Array {
    if (this.after.length !== left.length) this.after = left.slice();
    else this.after.set(left);
    return this.after;
  }
}

/** @param gainedMilli by how much fragments shrink */
function scoreOf(gainedMilli: number): number {
  return Math.trunc(100 / (1 + exp(-gainedMilli / 1000)));
}

function bounded(score: number): number {
  return Math.min(Math.max(score, 0), MAX_NODE_SCORE);
}
