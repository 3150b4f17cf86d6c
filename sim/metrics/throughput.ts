// Pods bound per simulated second: the mean from the first binding to the last, and quantiles over windows of one second.
// Windows are aligned to whole seconds; those in which nothing was bound count as 0. Source: scheduler_perf's throughput.
import { SECOND } from "../engine/tick.ts";

export interface Throughput {
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** @param boundMicros when each pod was bound; NaN = never. All fields are NaN when nothing was bound. */
export function throughput(boundMicros: Float64Array): Throughput {
  const times = boundMicros.filter((t) => !Number.isNaN(t)).sort();
  if (times.length === 0) return { mean: NaN, p50: NaN, p90: NaN, p95: NaN, p99: NaN, max: NaN };
  const counts: number[] = [];
  let window = -1;
  for (const time of times) {
    const second = Math.floor(time / SECOND);
    if (second !== window) counts.push(0);
    window = second;
    counts[counts.length - 1]!++;
  }
  const first = Math.floor(times[0]! / SECOND);
  const windows = window - first + 1;
  const sorted = Float64Array.from(counts).sort();
  // the empty windows stand before all others, without being written out
  const at = (perMille: number): number => {
    const rank = Math.ceil((perMille * windows) / 1000) - 1 - (windows - sorted.length);
    return rank < 0 ? 0 : sorted[rank]!;
  };
  const spanMicros = times[times.length - 1]! - times[0]!;
  return {
    mean: times.length / (Math.max(spanMicros, SECOND) / SECOND),
    p50: at(500),
    p90: at(900),
    p95: at(950),
    p99: at(990),
    max: at(1000),
  };
}
