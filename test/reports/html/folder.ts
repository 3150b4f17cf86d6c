// Tables of a folder in a test: given as columns, with the run's identity in front, and taken by a collector as if they had been read.
import { IDENTITY_COLUMNS } from "../../../reports/columns/identity.ts";
import { INPUTS, ReportCollector, type ReportLimits } from "../../../reports/html/collect.ts";
import type { ReportData } from "../../../reports/html/report-data.ts";

export interface TestRun {
  readonly scenario?: string;
  readonly seed?: string;
  readonly durationSeconds?: number;
  readonly isValid?: boolean;
  readonly warnings?: string;
}

type Row = Readonly<Record<string, string | number>>;

/** By table: rows with the run that they are of. Tables over all runs have no run. */
export type TestTables = Readonly<Record<string, readonly (readonly [TestRun | null, Row])[]>>;

export function collect(tables: TestTables, limits?: ReportLimits): ReportData {
  const collector = new ReportCollector(limits);
  for (const name of INPUTS) {
    const rows = tables[name];
    if (rows === undefined) continue;
    const own = [...new Set(rows.flatMap(([, row]) => Object.keys(row)))];
    const isTogether = rows.every(([run]) => run === null);
    const take = collector.open(name, [...(isTogether ? [] : IDENTITY_COLUMNS.map((column) => column.name)), ...own]);
    for (const [run, row] of rows) {
      const cells = own.map((column) => String(row[column] ?? ""));
      if (!take([...(run === null ? [] : identityOf(run)), ...cells])) break;
    }
  }
  return collector.finish();
}

export function identityOf(run: TestRun): string[] {
  const { durationSeconds = 100, isValid = true, scenario = "shop", seed = "1", warnings = "" } = run;
  const cells: Readonly<Record<string, string>> = {
    schema_version: "1",
    tool_version: "0.1.0",
    scenario,
    scenario_sha256: `sha-${scenario}`,
    config_sha256: "config",
    seed,
    run_id: `${scenario}-${seed}`,
    sim_duration_s: durationSeconds.toFixed(6),
    events_processed: "1000",
    digest: `digest-${scenario}-${seed}`,
    result_valid: String(isValid),
    warnings,
  };
  return IDENTITY_COLUMNS.map(({ name }) => cells[name]!);
}
