// A run as trace events for Perfetto (ui.perfetto.dev) and chrome://tracing: one track per component of the control plane, fault, action and
// workload, and per node its pods with their phases. Times are microseconds of virtual time. A pure function of the result.
import type { Result } from "../sim/metrics/result.ts";
import { controlPlane } from "./trace/control-plane.ts";
import { counters } from "./trace/counters.ts";
import { faultsAndActions } from "./trace/faults.ts";
import { nodes } from "./trace/nodes.ts";
import { workloads } from "./trace/workloads.ts";
import { type TraceEvent, TraceWriter } from "./trace/writer.ts";

export type { TraceEvent } from "./trace/writer.ts";

export interface Trace {
  readonly events: readonly TraceEvent[];
  /** What did not find room, for people. */
  readonly leftOut: readonly string[];
}

export interface TraceOptions {
  /** Slices about pods, and about scheduling cycles; beyond it nodes with least to tell are left out, and the last cycles. */
  readonly maxEvents: number;
}

export function traceOf(result: Result, { maxEvents }: TraceOptions): Trace {
  const trace = new TraceWriter(result.identity.simDurationMicros);
  const cyclesLeftOut = controlPlane(result, trace, maxEvents);
  const onNodes = faultsAndActions(result, trace);
  workloads(result, trace);
  counters(result, trace);
  const leftOut = [...cyclesLeftOut, ...nodes(result, trace, onNodes, maxEvents)];
  return { events: trace.events, leftOut };
}

/** The JSON file, in pieces: one event per line. */
export function* traceText(result: Result, trace: Trace): Generator<string> {
  const { digest, runId, scenario, seed, toolVersion } = result.identity;
  const about = {
    tool: `kubedrill ${toolVersion}`,
    scenario,
    seed,
    run_id: runId,
    digest,
    left_out: trace.leftOut.join("; "),
  };
  yield `{"displayTimeUnit":"ms","otherData":${JSON.stringify(about)},"traceEvents":[\n`;
  for (const [i, event] of trace.events.entries())
    yield `${JSON.stringify(event)}${i + 1 < trace.events.length ? "," : ""}\n`;
  yield "]}\n";
}
