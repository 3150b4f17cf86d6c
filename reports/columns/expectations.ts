// expectations.csv: what the scenario expects, judged.
import { formatNumber } from "../../sim/metrics/column-format.ts";
import type { Verdict } from "../../sim/metrics/result.ts";
import type { Report, ReportColumn } from "./report-column.ts";

const column = (
  name: string,
  format: ReportColumn["format"],
  doc: string,
  cell: (verdict: Verdict) => string,
): ReportColumn => ({ name, format, doc, open: (result) => (row) => cell(result.verdicts[row]!) });

/** Of what is said about a number: with the digits of its unit. */
function actualText({ actual, unit }: Verdict): string {
  if (actual === undefined || !Number.isFinite(actual)) return "";
  if (unit === "duration") return formatNumber(actual, "seconds");
  if (unit === "share") return formatNumber(actual, "real");
  return Number.isInteger(actual) ? formatNumber(actual, "count") : formatNumber(actual, "real");
}

export const expectationsReport: Report = {
  name: "expectations",
  doc: "One row per expectation of the scenario.",
  rows: (result) => result.verdicts.keys(),
  columns: [
    column("expectation", "text", "as the scenario has it", ({ text }) => text),
    column("holds", "flag", "whether it held", ({ holds }) => String(holds)),
    column("actual", "text", "the number that it is about, if it is about one at the end", actualText),
    column("unit", "text", "of that number: count, share (of 1), bytes, or seconds", ({ actual, unit }) =>
      actual === undefined ? "" : unit === "duration" ? "seconds" : unit,
    ),
    column("violated_s", "seconds", "first moment at which it could not hold any more", ({ violatedMicros }) =>
      formatNumber(violatedMicros ?? Number.NaN, "seconds"),
    ),
    column("note", "text", "the values that it rests on, or why it was not judged", ({ note }) => note),
  ],
};
