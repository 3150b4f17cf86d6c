// findings.csv: what a search has found, one row per distinct violation.
import { formatNumber } from "../../sim/metrics/column-format.ts";
import { SCHEMA_VERSION, TOOL_VERSION } from "../../sim/metrics/result.ts";
import type { BatchTable } from "./batch-tables.ts";

export interface FindingRow {
  readonly scenario: string;
  readonly scenarioSha256: string;
  /** Of the runs, and of the search. */
  readonly seed: string;
  readonly searchSeed: string;
  /** From 1. */
  readonly finding: number;
  readonly expectation: string;
  readonly kinds: readonly string[];
  /** Entries in words. */
  readonly schedule: readonly string[];
  /** NaN: only the end tells. */
  readonly violatedMicros: number;
  readonly note: string;
  readonly foundRun: number;
  readonly shrinkRuns: number;
  readonly isMinimal: boolean;
  /** Name of the scenario that replays it. */
  readonly file: string;
  readonly isReplayed: boolean;
}

function text(name: string, doc: string, cell: (row: FindingRow) => string) {
  return { name, unit: "text", doc, cell };
}

function count(name: string, doc: string, of: (row: FindingRow) => number) {
  return { name, unit: "whole number", doc, cell: (row: FindingRow) => formatNumber(of(row), "count") };
}

function flag(name: string, doc: string, of: (row: FindingRow) => boolean) {
  return { name, unit: "true or false", doc, cell: (row: FindingRow) => String(of(row)) };
}

export const findingsTable: BatchTable<FindingRow> = {
  name: "findings",
  doc: "`search` only: one row per distinct violation, which is an expectation and the kinds of faults and actions that it takes.",
  columns: [
    text("schema_version", "version of these columns", () => SCHEMA_VERSION),
    text("tool_version", "version of kubedrill", () => TOOL_VERSION),
    text("scenario", "name of the scenario, with its variant", (r) => r.scenario),
    text("scenario_sha256", "over the scenario that was searched and its files", (r) => r.scenarioSha256),
    text("seed", "of every run", (r) => r.seed),
    text("search_seed", "of the search", (r) => r.searchSeed),
    count("finding", "in the order in which they were found, from 1", (r) => r.finding),
    text("expectation", "what is violated", (r) => r.expectation),
    text("kinds", "faults and actions that it takes, each once, joined with +", (r) => r.kinds.join("+")),
    count("events", "faults and actions in the smallest schedule found", (r) => r.schedule.length),
    text("schedule", "the smallest schedule found, in words, joined with ;", (r) => r.schedule.join("; ")),
    {
      name: "violated_s",
      unit: "seconds",
      doc: "when it is violated first; empty where only the end of the run tells",
      cell: (r) => formatNumber(r.violatedMicros, "seconds"),
    },
    text("note", "the values that the violation rests on", (r) => r.note),
    count("found_run", "the run of the search that violated it first, from 1", (r) => r.foundRun),
    count("shrink_runs", "runs that it took to make the schedule small", (r) => r.shrinkRuns),
    flag("minimal", "nothing that was tried made it simpler; false: the runs were used up", (r) => r.isMinimal),
    text("file", "the scenario that replays it", (r) => r.file),
    flag("replayed", "that scenario, loaded again, has the same first violation", (r) => r.isReplayed),
  ],
};
