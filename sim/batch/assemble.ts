// The reports of a batch from the records of its runs, in the order of plans and seeds, whoever made them and when. One record is held
// at a time.
import {
  type DifferenceRow,
  differencesTable,
  type FailureRow,
  failuresTable,
  recordsOf,
  type StatisticsRow,
  statisticsTable,
} from "../../reports/columns/batch-tables.ts";
import { REPORTS } from "../../reports/columns/registry.ts";
import { renderHeader, renderRecords } from "../../reports/csv.ts";
import { type BatchManifest, nameOf, tasksOf } from "./manifest.ts";
import { MetricSamples } from "./metric-samples.ts";
import type { RunFacts } from "./outcome-file.ts";
import type { RunFailure } from "./stored-batch.ts";
import type { ReportPart } from "./task.ts";

export interface BatchRecords {
  readonly manifest: BatchManifest;
  /** Tasks in the order of the reports; those that failed are passed over. */
  readonly wanted: readonly number[];
  readonly failures: readonly RunFailure[];
  readonly read: (index: number) => { readonly facts: RunFacts; readonly parts: readonly ReportPart[] };
}

export interface Assembled {
  readonly files: readonly string[];
  readonly statistics: readonly StatisticsRow[];
  readonly differences: readonly DifferenceRow[];
  readonly failures: readonly FailureRow[];
}

/**
 * Writes all tables.
 *
 * @param append adds bytes to a file
 * @param onRun told of every run, in order
 */
export async function assemble(
  { manifest, wanted, failures, read }: BatchRecords,
  append: (name: string, bytes: Uint8Array) => void,
  onRun: (facts: RunFacts) => void,
): Promise<Assembled> {
  for (const report of REPORTS) append(`${report.name}.csv`, await renderHeader(report));
  const tasks = tasksOf(manifest);
  const failed = new Set(failures.map(({ index }) => index));
  const samples = new MetricSamples();
  for (const index of wanted) {
    if (failed.has(index)) continue;
    const { facts, parts } = read(index);
    for (const { report, bytes } of parts) append(`${report}.csv`, bytes);
    samples.add(manifest.plans[tasks[index]!.planIndex]!, facts);
    onRun(facts);
  }
  samples.finish();
  append("statistics.csv", await renderRecords(recordsOf(statisticsTable, samples.statistics)));
  append("differences.csv", await renderRecords(recordsOf(differencesTable, samples.differences)));
  const wantedFailures = failures.filter(({ index }) => wanted.includes(index));
  const rows = wantedFailures.map(({ index, message }) => {
    const { planIndex, seed } = tasks[index]!;
    const plan = manifest.plans[planIndex]!;
    return { toolVersion: manifest.toolVersion, scenario: nameOf(plan), scenarioSha256: plan.sha256, seed, message };
  });
  append("failures.csv", await renderRecords(recordsOf(failuresTable, rows)));
  const names = [...REPORTS, statisticsTable, differencesTable, failuresTable].map(({ name }) => `${name}.csv`);
  return { files: names, statistics: samples.statistics, differences: samples.differences, failures: rows };
}
