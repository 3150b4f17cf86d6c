// The tables of a batch as a whole: what many seeds say of each number, how variants differ, and which runs have no outcome. They come
// from many results, so their rows are handed in.
import { type ColumnFormat, formatNumber } from "../../sim/metrics/column-format.ts";

/** Which scenario and variant a row is about. */
export interface VariantIdentity {
  readonly schemaVersion: string;
  readonly toolVersion: string;
  /** With the variant. */
  readonly scenario: string;
  readonly scenarioSha256: string;
  readonly configSha256: string;
  readonly variant: string;
}

/** One metric of one variant over all seeds. Numbers are as in the summary: durations in microseconds. */
export interface StatisticsRow extends VariantIdentity {
  readonly metric: string;
  readonly format: ColumnFormat;
  readonly n: number;
  readonly mean: number;
  readonly standardDeviation: number;
  readonly min: number;
  readonly p10: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
  readonly ciLow: number;
  readonly ciHigh: number;
}

/** One metric of one variant against the baseline, seed by seed. */
export interface DifferenceRow extends VariantIdentity {
  readonly baseline: string;
  readonly metric: string;
  readonly format: ColumnFormat;
  readonly n: number;
  readonly baselineMean: number;
  readonly mean: number;
  readonly difference: number;
  readonly standardDeviation: number;
  readonly ciLow: number;
  readonly ciHigh: number;
  /** Shares of the pairs, 0 … 1. */
  readonly lower: number;
  readonly higher: number;
}

export interface FailureRow {
  readonly toolVersion: string;
  readonly scenario: string;
  readonly scenarioSha256: string;
  readonly seed: string;
  readonly message: string;
}

export interface BatchTable<Row> {
  /** The file's name without ".csv". */
  readonly name: string;
  readonly doc: string;
  readonly columns: readonly {
    readonly name: string;
    readonly unit: string;
    readonly doc: string;
    readonly cell: (row: Row) => string;
  }[];
}

const IDENTITY: BatchTable<VariantIdentity>["columns"] = [
  { name: "schema_version", unit: "text", doc: "version of these columns", cell: (r) => r.schemaVersion },
  { name: "tool_version", unit: "text", doc: "version of kubedrill", cell: (r) => r.toolVersion },
  { name: "scenario", unit: "text", doc: "name of the scenario, with its variant", cell: (r) => r.scenario },
  { name: "scenario_sha256", unit: "text", doc: "over the scenario and its files", cell: (r) => r.scenarioSha256 },
  { name: "config_sha256", unit: "text", doc: "over the configuration in force", cell: (r) => r.configSha256 },
  { name: "variant", unit: "text", doc: "empty for a scenario without sweep and variants", cell: (r) => r.variant },
];

// means of whole numbers are none
const FRACTIONAL: Partial<Record<ColumnFormat, ColumnFormat>> = { count: "real", flag: "real" };

/** How the mean of a number is written. */
export function meanFormat(format: ColumnFormat): ColumnFormat {
  return FRACTIONAL[format] ?? format;
}

interface Measured {
  readonly metric: string;
  readonly format: ColumnFormat;
}

function value<Row extends Measured>(name: string, doc: string, of: (row: Row) => number, occurs = false) {
  const cell = (row: Row) => formatNumber(of(row), occurs ? row.format : meanFormat(row.format));
  return { name, unit: "as the metric", doc, cell };
}

const metric = {
  name: "metric",
  unit: "text",
  doc: "column of summary.csv, with its unit",
  cell: (r: Measured) => r.metric,
};

export const statisticsTable: BatchTable<StatisticsRow> = {
  name: "statistics",
  doc: "`batch` only: each column of summary.csv over the seeds, one row per scenario, variant and metric. Metrics that no run measured are left out.",
  columns: [
    ...IDENTITY,
    metric,
    { name: "n", unit: "whole number", doc: "runs that measured it", cell: (r) => String(r.n) },
    value("mean", "arithmetic mean", (r: StatisticsRow) => r.mean),
    value("sd", "standard deviation of the sample; empty for one run", (r: StatisticsRow) => r.standardDeviation),
    value("min", "smallest", (r: StatisticsRow) => r.min, true),
    value("p10", "by nearest rank: a value that occurred", (r: StatisticsRow) => r.p10, true),
    value("p50", "median, by nearest rank", (r: StatisticsRow) => r.p50, true),
    value("p90", "by nearest rank", (r: StatisticsRow) => r.p90, true),
    value("p99", "by nearest rank; the largest value of fewer than 100", (r: StatisticsRow) => r.p99, true),
    value("max", "largest", (r: StatisticsRow) => r.max, true),
    value("ci95_low", "lower end of the 95 % confidence interval of the mean", (r: StatisticsRow) => r.ciLow),
    value("ci95_high", "upper end", (r: StatisticsRow) => r.ciHigh),
  ],
};

export const differencesTable: BatchTable<DifferenceRow> = {
  name: "differences",
  doc: "`batch` only: each variant against the first of its scenario, seed by seed (common random numbers). One row per variant and metric.",
  columns: [
    ...IDENTITY,
    { name: "baseline", unit: "text", doc: "the variant that it is compared with", cell: (r) => r.baseline },
    metric,
    { name: "n", unit: "whole number", doc: "seeds for which both were measured", cell: (r) => String(r.n) },
    value("baseline_mean", "mean of the baseline over these seeds", (r: DifferenceRow) => r.baselineMean),
    value("mean", "mean of the variant over these seeds", (r: DifferenceRow) => r.mean),
    value("difference", "mean of variant - baseline", (r: DifferenceRow) => r.difference),
    value("sd", "standard deviation of the differences", (r: DifferenceRow) => r.standardDeviation),
    value("ci95_low", "lower end of the 95 % interval of the difference", (r: DifferenceRow) => r.ciLow),
    value("ci95_high", "upper end; an interval without 0 is a difference", (r: DifferenceRow) => r.ciHigh),
    {
      name: "lower_pct",
      unit: "percent",
      doc: "seeds with a lower value",
      cell: (r) => formatNumber(100 * r.lower, "percent"),
    },
    {
      name: "higher_pct",
      unit: "percent",
      doc: "seeds with a higher value",
      cell: (r) => formatNumber(100 * r.higher, "percent"),
    },
  ],
};

export const failuresTable: BatchTable<FailureRow> = {
  name: "failures",
  doc: "`batch` only: runs without an outcome that `--keep-going` passed over. They are in no other table.",
  columns: [
    { name: "tool_version", unit: "text", doc: "version of kubedrill", cell: (r) => r.toolVersion },
    { name: "scenario", unit: "text", doc: "name of the scenario, with its variant", cell: (r) => r.scenario },
    { name: "scenario_sha256", unit: "text", doc: "over the scenario and its files", cell: (r) => r.scenarioSha256 },
    { name: "seed", unit: "text", doc: "of all random streams", cell: (r) => r.seed },
    { name: "message", unit: "text", doc: "what went wrong", cell: (r) => r.message },
  ],
};

/** The header and the rows as records of a CSV file. */
export function* recordsOf<Row>(table: BatchTable<Row>, rows: Iterable<Row>): Generator<string[]> {
  yield table.columns.map(({ name }) => name);
  for (const row of rows) yield table.columns.map(({ cell }) => cell(row));
}
