// The numbers that a scenario's expectations are about, from a finished run: counts of pods, durations in microseconds,
// shares of 1. Quantiles by nearest rank; of quantities over time, weighted by how long each value held.
import { etcdAggregate, etcdValue } from "./etcd-values.ts";
import { quantiles } from "./quantiles.ts";
import type { Recorder } from "./recorder.ts";
import { CPU, GPU, MEMORY } from "./resources.ts";

const SHARES_OVER_TIME: Readonly<Record<string, number>> = {
  cpuRequested: CPU,
  memoryRequested: MEMORY,
  gpuRequested: GPU,
};

export class RecordedValues {
  private readonly recorder: Recorder;
  private readonly endMicros: number;

  constructor(recorder: Recorder, endMicros: number) {
    this.recorder = recorder;
    this.endMicros = endMicros;
  }

  /** A single number; undefined when there is no such metric. */
  value(metric: string): number | undefined {
    const { counts, pods, podsScheduled, scheduling } = this.recorder;
    const profiles = [...scheduling.profiles.values()];
    switch (metric) {
      case "created":
        return pods.rows;
      case "scheduled":
        return podsScheduled + pods.numbers.boundAtStart.freeze().reduce((sum, bound) => sum + bound, 0);
      case "pending":
        return counts.pending + counts.gated;
      case "finished":
        return counts.succeeded;
      case "preempted":
        return profiles.reduce((sum, counters) => sum + counters.victims, 0);
      case "attempts":
        return profiles.reduce((sum, counters) => sum + counters.attempts, 0);
      case "unschedulable":
        return profiles.reduce((sum, counters) => sum + counters.unschedulable, 0);
      default:
        return etcdValue(this.recorder, metric);
    }
  }

  /**
   * An aggregate of many numbers.
   *
   * @param aggregate p50, p99.9 and the like, mean, min or max
   * @returns undefined when there is nothing to aggregate
   */
  aggregate(metric: string, aggregate: string): number | undefined {
    if (metric === "pendingSeconds") return aggregateOf(this.pendingMicros(), aggregate);
    const resource = SHARES_OVER_TIME[metric];
    const series = resource === undefined ? undefined : this.recorder.totals.allocPct[resource];
    if (series === undefined)
      return etcdAggregate(this.recorder, metric, aggregate === "mean" ? null : shareOf(aggregate));
    const percent =
      aggregate === "mean" ? series.mean(0, this.endMicros) : series.quantiles([shareOf(aggregate)], this.endMicros)[0];
    return percent === undefined || Number.isNaN(percent) ? undefined : percent / 100;
  }

  private pendingMicros(): Float64Array {
    const { createdMicros, scheduledMicros } = this.recorder.pods.numbers;
    const created = createdMicros.freeze();
    return scheduledMicros
      .freeze()
      .map((scheduled, row) => scheduled - created[row]!)
      .filter((micros) => !Number.isNaN(micros));
  }
}

function aggregateOf(values: Float64Array, aggregate: string): number | undefined {
  if (values.length === 0) return undefined;
  if (aggregate === "mean") return values.reduce((sum, value) => sum + value, 0) / values.length;
  return quantiles(values, [shareOf(aggregate)])[0];
}

/** p99.9 → 0.999, min → 0, max → 1. */
function shareOf(aggregate: string): number {
  if (aggregate === "min") return 0;
  if (aggregate === "max") return 1;
  return Number(aggregate.slice(1)) / 100;
}
