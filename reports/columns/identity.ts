// The run's identity: the first columns of every file, so that rows of several runs can stand in one file.
import { formatNumber } from "../../sim/metrics/column-format.ts";
import type { Result, RunIdentity } from "../../sim/metrics/result.ts";

interface IdentityColumn {
  readonly name: string;
  readonly doc: string;
  readonly value: (identity: RunIdentity) => string;
}

export const IDENTITY_COLUMNS: readonly IdentityColumn[] = [
  { name: "schema_version", doc: "version of these columns", value: (i) => i.schemaVersion },
  { name: "tool_version", doc: "version of kubedrill", value: (i) => i.toolVersion },
  { name: "scenario", doc: "name of the scenario, with its variant", value: (i) => i.scenario },
  { name: "scenario_sha256", doc: "over the scenario and every file that it names", value: (i) => i.scenarioSha256 },
  {
    name: "config_sha256",
    doc: "over the scheduler configuration and latencies in force",
    value: (i) => i.configSha256,
  },
  { name: "seed", doc: "of all random streams", value: (i) => i.seed },
  { name: "run_id", doc: "hash of the former columns", value: (i) => i.runId },
  {
    name: "sim_duration_s",
    doc: "virtual time at the end",
    value: (i) => formatNumber(i.simDurationMicros, "seconds"),
  },
  { name: "events_processed", doc: "events of the engine", value: (i) => formatNumber(i.eventsProcessed, "count") },
  { name: "digest", doc: "hash of every event and decision", value: (i) => i.digest },
  {
    name: "result_valid",
    doc: "false when the result means nothing",
    value: (i) => String(i.invalidReasons.length === 0),
  },
  {
    name: "warnings",
    doc: "what to know about the run",
    value: (i) => [...i.invalidReasons, ...i.warnings].join("; "),
  },
];

export function identityCells(result: Result): string[] {
  return IDENTITY_COLUMNS.map(({ value }) => value(result.identity));
}
