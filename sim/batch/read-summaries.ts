// The summaries of a batch that has finished, from the summary.csv in its folder. Numbers are as in results: times in microseconds.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { formatNumber } from "../metrics/column-format.ts";
import { SCHEMA_VERSION } from "../metrics/result.ts";
import { SUMMARY_COLUMNS } from "../metrics/summary.ts";
import { problemText } from "../model/problem.ts";
import { CsvTable } from "../scenario/csv.ts";

/** One row of the file. */
export interface StoredSummary {
  /** With the variant. */
  readonly scenario: string;
  readonly scenarioSha256: string;
  readonly toolVersion: string;
  readonly seed: string;
  readonly isValid: boolean;
  readonly warnings: string;
  readonly summary: Readonly<Record<string, number>>;
}

/** The folder has no summaries that can be read. */
export class SummaryFileError extends Error {
  override readonly name = "SummaryFileError";
}

export const SUMMARY_FILE = "summary.csv";

/** @throws SummaryFileError */
export function readSummaries(folder: string): readonly StoredSummary[] {
  const path = join(folder, SUMMARY_FILE);
  const table = new CsvTable(readFileSync(path, "utf8"), path);
  const names = ["schema_version", "scenario", "scenario_sha256", "tool_version", "seed", "result_valid", "warnings"];
  const [schema, scenario, sha256, tool, seed, valid, warnings] = names.map((name) => table.column(name, true));
  const [problem] = table.problems;
  if (problem !== undefined) throw new SummaryFileError(problemText(problem));
  const columns = SUMMARY_COLUMNS.map(({ name, format }) => ({ name, format, at: table.header.indexOf(name) }));
  return table.rows.map((_, row) => {
    const version = table.cell(row, schema!);
    if (version !== SCHEMA_VERSION) {
      throw new SummaryFileError(`${path}: its columns are version ${version}, this kubedrill reads ${SCHEMA_VERSION}`);
    }
    const values = columns.map(({ name, format, at }) => {
      const text = table.cell(row, at);
      return [name, text === "" ? Number.NaN : numberOf(text, format)] as const;
    });
    return {
      scenario: table.cell(row, scenario!),
      scenarioSha256: table.cell(row, sha256!),
      toolVersion: table.cell(row, tool!),
      seed: table.cell(row, seed!),
      isValid: table.cell(row, valid!) !== "false",
      warnings: table.cell(row, warnings!),
      summary: Object.fromEntries(values),
    };
  });
}

/** A summary as it reads once it was written: comparing runs and comparing their tables is the same. */
export function asWritten(summary: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const values = SUMMARY_COLUMNS.map(({ name, format }) => {
    const text = formatNumber(summary[name] ?? Number.NaN, format);
    return [name, text === "" ? Number.NaN : numberOf(text, format)] as const;
  });
  return Object.fromEntries(values);
}

function numberOf(text: string, format: string): number {
  if (format === "seconds") return Math.round(Number(text) * 1e6);
  if (format === "millis") return Math.round(Number(text) * 1e3);
  return format === "flag" ? Number(text === "true") : Number(text);
}
