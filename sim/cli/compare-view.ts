// What `compare` prints, in the format that was asked for.
import { recordsOf } from "../../reports/columns/batch-tables.ts";
import { compareTable } from "../../reports/columns/compare-table.ts";
import {
  type ComparedPair,
  comparisonJson,
  comparisonMarkdown,
  intervalText,
  percentText,
  seedsText,
  shortText,
  signedText,
  verdictCounts,
} from "../../reports/comparison.ts";
import { renderRecords } from "../../reports/csv.ts";
import type { ComparedNumber, CompareVerdict } from "../metrics/compared-number.ts";
import type { CompareExecution } from "./execute-compare.ts";
import { bold, green, red, renderTable } from "./table.ts";

export const COMPARE_FORMATS = ["table", "markdown", "csv", "json"] as const;
export type CompareFormat = (typeof COMPARE_FORMATS)[number];

/** With a final newline. */
export async function compareView(execution: CompareExecution, format: CompareFormat): Promise<string> {
  const { comparisons, invalid, remarks } = execution;
  const notes = [...invalid.map((reason) => `runs mean nothing: ${reason}`), ...remarks];
  switch (format) {
    case "markdown":
      return comparisonMarkdown(comparisons, notes);
    case "json":
      return comparisonJson(comparisons, notes);
    case "csv": {
      const rows = comparisons.flatMap((comparison) => comparison.rows);
      return new TextDecoder().decode(await renderRecords(recordsOf(compareTable, rows)));
    }
    default:
      return `${[...comparisons.map(pairView), ...notes.map(red)].join("\n")}\n`;
  }
}

/** Does it end well? Not when a number has one of these verdicts, or runs mean nothing. */
export function isFine({ comparisons, invalid }: CompareExecution, failOn: readonly CompareVerdict[]): boolean {
  return (
    invalid.length === 0 && comparisons.every(({ rows }) => rows.every(({ verdict }) => !failOn.includes(verdict)))
  );
}

function pairView({ baseline, candidate, seeds, rows }: ComparedPair): string {
  const head = ["metric", "baseline", "candidate", "delta", "", "95 % interval", "n", "tolerance", "verdict"];
  const align = ["left", "right", "right", "right", "right", "right", "right", "right", "left"] as const;
  const isNothing = (row: ComparedNumber) => row.baseline === 0 && row.candidate === 0 && row.differ === 0;
  const nothing = rows.filter(isNothing).map(({ metric }) => metric);
  const cells = rows
    .filter((row) => !isNothing(row))
    .map((row) => [
      row.metric,
      shortText(row, row.baseline),
      shortText(row, row.candidate),
      signedText(row, row.delta),
      percentText(row),
      intervalText(row),
      String(row.seeds),
      row.tolerance,
      coloured(row.verdict),
    ]);
  const zeros = nothing.length === 0 ? [] : [`0 on both sides: ${nothing.join(", ")}`];
  const title = `${candidate.scenario} against ${baseline.scenario}, ${seedsText(seeds)}`;
  return [bold(title), renderTable(cells, { head, align }), ...zeros, verdictCounts(rows), ""].join("\n");
}

function coloured(verdict: CompareVerdict): string {
  if (verdict === "worse") return red(verdict);
  return verdict === "better" ? green(verdict) : verdict;
}
