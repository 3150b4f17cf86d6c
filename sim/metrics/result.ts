// The outcome of one run, frozen: who it was, its summary, and its tables in typed arrays that can be moved between threads.
import type { Table } from "./table.ts";

/** Moves when columns are renamed, removed or change their meaning. */
export const SCHEMA_VERSION = "1";
/** The version in package.json; a test compares them. */
export const TOOL_VERSION = "0.1.0";

/** What names a run. Equal identities up to `seed` give equal results. */
export interface RunIdentity {
  readonly schemaVersion: string;
  readonly toolVersion: string;
  /** Name of the scenario, with the variant of its sweep. */
  readonly scenario: string;
  readonly scenarioSha256: string;
  /** Over the scheduler configuration and the latencies in force. */
  readonly configSha256: string;
  readonly seed: string;
  /** Hash of the former. */
  readonly runId: string;
  readonly simDurationMicros: number;
  readonly eventsProcessed: number;
  /** Hash of every event and decision of the run. */
  readonly digest: string;
  /** Why the result means nothing; empty = it is valid. */
  readonly invalidReasons: readonly string[];
  readonly warnings: readonly string[];
}

export type TableName =
  | "pods"
  | "nodes"
  | "timeseries"
  | "gpus"
  | "scheduling"
  /** Empty unless it was asked for: one row for each scheduling cycle. */
  | "cycles"
  | "resources"
  | "events"
  | "etcd"
  | "faults"
  | "actions"
  | "scaling"
  | "leadership"
  | "leases"
  | "latencies"
  | "nodePeriods"
  /** Empty unless it was asked for: one row for each change of how a node stands. */
  | "nodeCourse"
  | "workloads"
  | "rollouts"
  | "evictions"
  | "controllers"
  | "api"
  | "slo"
  | "cost"
  | "services"
  | "serviceWindows"
  | "serviceSteps"
  /** Empty unless it was asked for: one row for each change of what holds for a Service. */
  | "serviceCourse";

/** One expectation of the scenario, judged. */
export interface Verdict {
  readonly text: string;
  readonly holds: boolean;
  /** Of what is said about one number at the end; undefined = not measured, or not about one. Durations in microseconds, shares of 1. */
  readonly actual: number | undefined;
  readonly unit: "count" | "duration" | "share" | "bytes";
  /** The first moment at which it could not hold any more; undefined = it holds, or only the end tells. */
  readonly violatedMicros: number | undefined;
  /** The values that it rests on, or why it was not judged; "" when `actual` says it all. */
  readonly note: string;
  /** Only when it was asked for: how far from failing, see expect/margin.ts. 1 = as far as can be, 0 = at the limit, below 0 = it failed. */
  readonly margin?: number | undefined;
}

export interface Result {
  readonly identity: RunIdentity;
  readonly verdicts: readonly Verdict[];
  /** By column name; NaN = not measured. Columns and units: metrics/summary.ts. */
  readonly summary: Readonly<Record<string, number>>;
  readonly tables: Readonly<Record<TableName, Table>>;
}

export function isValid(result: Result): boolean {
  return result.identity.invalidReasons.length === 0;
}
