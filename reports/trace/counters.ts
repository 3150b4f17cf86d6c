// The whole cluster in a trace, as counters: pods, nodes, the scheduling queue, and what holds for Services.
import type { Result } from "../../sim/metrics/result.ts";
import { numbersOf, textReader } from "../../sim/metrics/table.ts";
import { GROUPS, type TraceWriter } from "./writer.ts";

const COUNTERS = GROUPS.cluster;

/** The time series, and pods bound in each second. */
export function counters({ tables }: Result, trace: TraceWriter): void {
  trace.process(COUNTERS, "cluster");
  const { timeseries, pods } = tables;
  const column = (name: string) => numbersOf(timeseries, name);
  const [time, pending, starting, running] = ["timeMicros", "podsPending", "podsStarting", "podsRunning"].map(column);
  const [nodesReady, active, backoff, unschedulable] = [
    "nodesReady",
    "queueActive",
    "queueBackoff",
    "queueUnschedulable",
  ].map(column);
  for (let row = 0; row < timeseries.rows; row++) {
    const at = time![row]!;
    trace.counter(COUNTERS, "pods", at, {
      running: running![row]!,
      starting: starting![row]!,
      pending: pending![row]!,
    });
    trace.counter(COUNTERS, "nodes ready", at, { nodes: nodesReady![row]! });
    trace.counter(COUNTERS, "scheduling queue", at, {
      active: active![row]!,
      backoff: backoff![row]!,
      unschedulable: unschedulable![row]!,
    });
  }
  serviceCourse(tables, trace);
  const bound = new Map<number, number>();
  for (const scheduled of numbersOf(pods, "scheduledMicros")) {
    if (Number.isNaN(scheduled)) continue;
    const second = Math.floor(scheduled / 1e6);
    bound.set(second, (bound.get(second) ?? 0) + 1);
  }
  for (const second of [...bound.keys()].sort((a, b) => a - b)) {
    trace.counter(COUNTERS, "pods bound per second", second * 1e6, { pods: bound.get(second)! });
    if (!bound.has(second + 1)) trace.counter(COUNTERS, "pods bound per second", (second + 1) * 1e6, { pods: 0 });
  }
}

/** What held for each Service that gets requests, exactly, at every change. */
function serviceCourse({ serviceCourse: course, services }: Result["tables"], trace: TraceWriter): void {
  const column = (name: string) => numbersOf(course, name);
  const [service, time, rate] = [column("service"), column("timeMicros"), column("requestsPerSecond")];
  const [failing, available] = [column("failingShare"), column("available")];
  const [namespace, name] = [textReader(services, "namespace"), textReader(services, "name")];
  for (let row = 0; row < course.rows; row++) {
    const label = `service ${namespace(service[row]!)}/${name(service[row]!)}`;
    const failed = rate[row]! * failing[row]!;
    trace.counter(COUNTERS, `${label}: requests per second`, time[row]!, {
      answered: rounded(rate[row]! - failed),
      failed: rounded(failed),
    });
    trace.counter(COUNTERS, `${label}: pods that answer`, time[row]!, { pods: available[row]! });
  }
}

// thousandths are enough to draw, and free of what floating point leaves behind
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
