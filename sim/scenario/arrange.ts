// What one run makes of the traces of its plan, by its seed: pods in a random order, and as many of them as ask for a ratio of the
// cluster's GPUs. A plan without such traces is left as it is.
// Source: the protocol of the experiments in Weng et al., "Beware of Fragmentation", USENIX ATC 2023.
import { createStream, type RandomStream } from "../engine/random.ts";
import { DEVICE_MILLI, gpuCapacityOf, gpuRequestOf } from "../model/gpu/convention.ts";
import type { Node } from "../model/objects.ts";
import type { Plan, TraceSource, WorkloadSource } from "./plan.ts";

/** The plan as it is run with this seed. */
export function arrangePlan(plan: Plan, seed: string | number): Plan {
  if (!plan.workload.some((source) => source.kind === "trace" && source.arrangement !== undefined)) return plan;
  const clusterMilli = gpuMilliOfNodes(plan.objects.nodes);
  const workload = plan.workload.map(
    (source): WorkloadSource => (source.kind === "trace" ? arrangeTrace(source, clusterMilli, seed) : source),
  );
  return { ...plan, workload };
}

/** GPU milli of all devices. */
export function gpuMilliOfNodes(nodes: readonly Node[]): number {
  return nodes.reduce((sum, node) => sum + (gpuCapacityOf(node)?.count ?? 0) * DEVICE_MILLI, 0);
}

function arrangeTrace(source: TraceSource, clusterMilli: number, seed: string | number): TraceSource {
  const { arrangement, podNames, shapeOf } = source;
  if (arrangement === undefined) return source;
  let order = podNames.map((_, i) => i);
  if (arrangement.shuffle) {
    // the order of the file leaves no trace
    order.sort((a, b) => (podNames[a]! < podNames[b]! ? -1 : 1));
    order = shuffled(order, createStream(seed, `trace/${source.name}/pods`));
  }
  let names: readonly string[] = order.map((i) => podNames[i]!);
  if (arrangement.tune !== null) {
    const stream = createStream(seed, `trace/${source.name}/tune`);
    const originals = order.length;
    order = tuned(source, order, arrangement.tune * clusterMilli, stream);
    // copies come after all originals
    names = order.map((i, at) => (at < originals ? podNames[i]! : `${podNames[i]}-copy-${at - originals}`));
  }
  const lifetimes = order.map((i) => source.lifetimeMicros[i]!);
  return {
    ...source,
    podNames: names,
    shapeOf: Uint32Array.from(order, (i) => shapeOf[i]!),
    arrivalMicros: Float64Array.from(
      order,
      (_, at) => arrangement.startMicros + Math.round(at * arrangement.gapMicros),
    ),
    lifetimeMicros: Float64Array.from(lifetimes),
  };
}

/** Leaves random pods out while more than the target is asked for, or appends copies of random ones while less is. */
function tuned(source: TraceSource, given: readonly number[], target: number, stream: RandomStream): number[] {
  const requests = source.shapes.map((shape) => gpuRequestOf(shape));
  const milliOf = (i: number) => requests[source.shapeOf[i]!]?.milli ?? 0;
  const sumOf = (i: number) => milliOf(i) * (requests[source.shapeOf[i]!]?.count ?? 0);
  const order = [...given];
  let sum = order.reduce((total, i) => total + sumOf(i), 0);
  if (sum > target) {
    while (sum > target && order.length > 0) sum -= sumOf(order.splice(stream.int(order.length), 1)[0]!);
    return order;
  }
  // pods without GPUs are picked as well: a trace of nothing else would never reach it
  if (given.length === 0 || given.every((i) => milliOf(i) === 0)) return order;
  for (;;) {
    const next = given[stream.int(given.length)]!;
    // as published: by the milli of one device, however many the pod asks for
    if (sum + milliOf(next) > target) return order;
    order.push(next);
    sum += sumOf(next);
  }
}

/** Fisher and Yates. */
function shuffled<T>(list: readonly T[], stream: RandomStream): T[] {
  const result = [...list];
  for (let i = result.length - 1; i > 0; i--) {
    const j = stream.int(i + 1);
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}
