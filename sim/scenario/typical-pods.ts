// Which pods a plan brings, by class and number: what fragmentation of GPUs is measured against, and what FGD expects to come.
import { type Distribution, meanOf } from "../engine/distributions.ts";
import { gpuRequestOf } from "../model/gpu/convention.ts";
import { PodClasses, type TypicalPod } from "../model/gpu/typical-pods.ts";
import type { Pod } from "../model/objects.ts";
import { podRequests } from "../model/resources.ts";
import type { ArrivalSource, SchedulerPlan, WorkloadSource } from "./plan.ts";

/** Arrivals without number and end, in a run that has none: their share cannot be known. */
const SOME = 1000;

/** Pods of traces as they are in the file, before anything is left out or repeated. Empty when no pod asks for a GPU. */
export function typicalPodsOf(
  pods: readonly Pod[],
  workload: readonly WorkloadSource[],
  durationMicros: number | null,
): readonly TypicalPod[] {
  const classes = new PodClasses();
  const add = (pod: Pod, count: number) => {
    const { cpuMilli, scalar } = podRequests(pod);
    classes.add(cpuMilli, gpuRequestOf(pod, scalar), count);
  };
  for (const pod of pods) add(pod, 1);
  for (const source of workload) {
    if (source.kind === "trace") {
      const counts = source.shapes.map(() => 0);
      for (const shape of source.shapeOf) counts[shape]!++;
      for (const [i, shape] of source.shapes.entries()) add(shape, counts[i]!);
    } else add(source.shape, source.kind === "pods" ? source.count : expected(source, durationMicros));
  }
  return classes.typical();
}

/** The plan of the scheduler with what FGD expects to come, where a profile asks for it and does not say. */
export function withTypicalPods(scheduler: SchedulerPlan, typicalPods: readonly TypicalPod[]): SchedulerPlan {
  const { configuration } = scheduler;
  const profiles = configuration.profiles.map((profile) => {
    const isEnabled = [profile.multiPoint, profile.points.score].some(({ enabled }) =>
      enabled.some(({ name }) => name === "GpuShare"),
    );
    const given = profile.args.GpuShare;
    if (!isEnabled || (given?.typicalPods ?? null) !== null) return profile;
    return { ...profile, args: { ...profile.args, GpuShare: { policy: "FGD", ...given, typicalPods } } };
  });
  return profiles.every((profile, i) => profile === configuration.profiles[i])
    ? scheduler
    : { ...scheduler, configuration: { ...configuration, profiles } };
}

function expected(
  { count, everyMicros, startMicros, stopMicros }: ArrivalSource,
  durationMicros: number | null,
): number {
  const endMicros = stopMicros ?? durationMicros;
  const most = endMicros === null ? SOME : Math.round(Math.max(0, endMicros - startMicros) / gapMicros(everyMicros));
  return count === null ? most : Math.min(count, Math.max(most, endMicros === null ? count : 0));
}

function gapMicros(every: Distribution): number {
  return Math.max(1, meanOf(every));
}
