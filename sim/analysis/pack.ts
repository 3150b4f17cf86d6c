// How a plan's pods pack onto its nodes: each is tried once, in the order of arrival, and stays where it is put; one that does not fit
// is left out. The scheduler, its plugins and the measures are those of a run, but there is no time, API server or etcd: for
// experiments by the hundred. What `simulate` finds for pods that arrive one by one and never leave is the same.
import { createStream } from "../engine/random.ts";
import { GpuMeter, type GpuReading } from "../metrics/gpu-meter.ts";
import type { Table } from "../metrics/table.ts";
import { type GpuRequest, gpuCapacityOf } from "../model/gpu/convention.ts";
import { arrangePlan } from "../scenario/arrange.ts";
import type { Plan } from "../scenario/plan.ts";
import { Scheduler } from "../scheduler/scheduler.ts";
import { Snapshot } from "../scheduler/snapshot.ts";
import { podsOfPlan } from "./plan-pods.ts";

export interface PackOptions {
  /** Never use the node table's shortcuts. */
  readonly plain?: boolean;
  /** Pods of each source that has no number of its own. Default 1000. */
  readonly most?: number;
}

export interface Packing {
  readonly pods: number;
  /** Pods that did not fit, by what they ask for. */
  readonly failed: {
    readonly cpuOnly: number;
    readonly share: number;
    readonly oneGpu: number;
    readonly multiGpu: number;
  };
  readonly arrivedMilli: number;
  readonly gpu: GpuReading;
  /** As gpu.csv. */
  readonly table: Table;
}

export function pack(given: Plan, seed: string | number = given.seed, options: PackOptions = {}): Packing {
  const plan = arrangePlan(given, seed);
  const { configuration, tieBreak } = plan.scheduler;
  const snapshot = Snapshot.of(plan.objects);
  const streamFor = (purpose: string) => createStream(seed, `scheduler/${purpose}`);
  const scheduler = new Scheduler({
    configuration,
    snapshot,
    tieBreak,
    stream: streamFor("tie-break"),
    streamFor,
    plain: options.plain,
  });
  const meter = new GpuMeter(plan.typicalPods ?? []);
  for (const node of snapshot.nodes) {
    meter.nodeSet(node.name, gpuCapacityOf(node.node), node.allocatableCpuMilli);
    for (const { key, gpuIndexes, shape } of node.pods)
      meter.placed(key, node.name, shape.requests.cpuMilli, shape.gpu, gpuIndexes);
  }
  const failed = { cpuOnly: 0, share: 0, oneGpu: 0, multiGpu: 0 };
  let pods = 0;
  let arrivedMilli = 0;
  for (const pod of podsOfPlan(plan, options.most ?? 1000)) {
    const info = snapshot.info(pod);
    const { gpu, requests } = info.shape;
    const { nodeName, outcome } = scheduler.attempt(info);
    pods++;
    arrivedMilli += gpu === null ? 0 : gpu.milli * gpu.count;
    if (outcome === "scheduled") meter.placed(info.key, nodeName ?? "", requests.cpuMilli, gpu, info.gpuIndexes);
    else failed[kindOf(gpu)]++;
    meter.submitted(gpu, 0);
  }
  return { pods, failed, arrivedMilli, gpu: meter.reading(), table: meter.table().freeze() };
}

function kindOf(gpu: GpuRequest | null): keyof Packing["failed"] {
  if (gpu === null) return "cpuOnly";
  if (gpu.count > 1) return "multiGpu";
  return gpu.milli < 1000 ? "share" : "oneGpu";
}
