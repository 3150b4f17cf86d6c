// summary.csv: one row per run. Its columns are defined where they are computed, in sim/metrics/summary.ts.
import { formatNumber } from "../../sim/metrics/column-format.ts";
import { SUMMARY_COLUMNS } from "../../sim/metrics/summary.ts";
import type { Report } from "./report-column.ts";

export const summaryReport: Report = {
  name: "summary",
  doc: "One row per run.",
  rows: () => [0],
  columns: SUMMARY_COLUMNS.map(({ name, format, doc }) => ({
    name,
    format,
    doc,
    open: (result) => () => formatNumber(result.summary[name] ?? Number.NaN, format),
  })),
};
