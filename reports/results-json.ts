// results.json: what came out of all runs of a batch, as one versioned document for other tools: each run's identity, expectations and summary,
// and what the seeds say together. Numbers are in the units of their names, null where nothing was measured. Its JSON Schema:
// results-schema.ts. Written run by run, so that it is never held as a whole.
import { type ColumnFormat, formatNumber } from "../sim/metrics/column-format.ts";
import { type RunIdentity, SCHEMA_VERSION, TOOL_VERSION, type Verdict } from "../sim/metrics/result.ts";
import { SUMMARY_COLUMNS } from "../sim/metrics/summary.ts";
import { type DifferenceRow, type FailureRow, meanFormat, type StatisticsRow } from "./columns/batch-tables.ts";

export interface RunDocument {
  readonly identity: RunIdentity;
  readonly summary: Readonly<Record<string, number>>;
  readonly verdicts: readonly Verdict[];
}

export interface TogetherDocument {
  readonly statistics: readonly StatisticsRow[];
  readonly differences: readonly DifferenceRow[];
  readonly failures: readonly FailureRow[];
}

/** Makes the document's text piece by piece: `run` for each run, in order, and `end` once. */
export class ResultsJson {
  private runs = 0;

  run(run: RunDocument): string {
    const begin = this.runs++ === 0 ? HEAD : ",\n";
    return `${begin}    ${JSON.stringify(runOf(run))}`;
  }

  /** @param together undefined for runs that are no batch */
  end(together: TogetherDocument = { statistics: [], differences: [], failures: [] }): string {
    const { statistics, differences, failures } = together;
    const lists = [
      list("statistics", statistics.map(statisticsOf)),
      list("differences", differences.map(differenceOf)),
      list(
        "failures",
        failures.map(({ scenario, scenarioSha256, seed, message }) => ({ scenario, scenarioSha256, seed, message })),
      ),
    ];
    return `${this.runs === 0 ? HEAD : ""}\n  ],\n${lists.join(",\n")}\n}\n`;
  }
}

const HEAD = `{\n  "schemaVersion": "${SCHEMA_VERSION}",\n  "kind": "Results",\n  "toolVersion": "${TOOL_VERSION}",\n  "runs": [\n`;

function list(name: string, items: readonly unknown[]): string {
  return `  "${name}": [${items.map((item) => `\n    ${JSON.stringify(item)}`).join(",")}${items.length > 0 ? "\n  " : ""}]`;
}

function runOf({ identity, summary, verdicts }: RunDocument): unknown {
  const { invalidReasons, warnings, simDurationMicros, ...names } = identity;
  return {
    scenario: names.scenario,
    scenarioSha256: names.scenarioSha256,
    configSha256: names.configSha256,
    seed: names.seed,
    runId: names.runId,
    digest: names.digest,
    simDurationSeconds: numberOf(simDurationMicros, "seconds"),
    eventsProcessed: names.eventsProcessed,
    isValid: invalidReasons.length === 0,
    invalidReasons,
    warnings,
    expectations: verdicts.map(({ text, holds, actual, unit, violatedMicros, note }) => ({
      text,
      holds,
      actual: actual === undefined ? null : unit === "duration" ? numberOf(actual, "seconds") : finite(actual),
      unit: unit === "duration" ? "seconds" : unit,
      violatedSeconds: violatedMicros === undefined ? null : numberOf(violatedMicros, "seconds"),
      note,
    })),
    summary: Object.fromEntries(
      SUMMARY_COLUMNS.map(({ name, format }) => [name, numberOf(summary[name] ?? Number.NaN, format)]),
    ),
  };
}

function statisticsOf(row: StatisticsRow): unknown {
  const of = (value: number) => numberOf(value, meanFormat(row.format));
  const { scenario, scenarioSha256, variant, metric, n } = row;
  return {
    ...{ scenario, scenarioSha256, variant, metric, n },
    mean: of(row.mean),
    sd: of(row.standardDeviation),
    min: of(row.min),
    p10: of(row.p10),
    p50: of(row.p50),
    p90: of(row.p90),
    p99: of(row.p99),
    max: of(row.max),
    ci95: interval(of(row.ciLow), of(row.ciHigh)),
  };
}

function differenceOf(row: DifferenceRow): unknown {
  const of = (value: number) => numberOf(value, meanFormat(row.format));
  const { scenario, scenarioSha256, variant, baseline, metric, n } = row;
  return {
    ...{ scenario, scenarioSha256, variant, baseline, metric, n },
    baselineMean: of(row.baselineMean),
    mean: of(row.mean),
    difference: of(row.difference),
    sd: of(row.standardDeviation),
    ci95: interval(of(row.ciLow), of(row.ciHigh)),
    lowerPct: numberOf(100 * row.lower, "percent"),
    higherPct: numberOf(100 * row.higher, "percent"),
  };
}

function interval(low: number | null, high: number | null): readonly (number | null)[] | null {
  return low === null || high === null ? null : [low, high];
}

// the digits of the CSV tables: the same number in both
function numberOf(value: number, format: ColumnFormat): number | null {
  return Number.isNaN(value) ? null : Number(formatNumber(value, format === "flag" ? "count" : format));
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
