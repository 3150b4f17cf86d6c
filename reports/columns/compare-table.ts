// compare.csv: two sets of runs, one row per number that was compared.
import { formatNumber } from "../../sim/metrics/column-format.ts";
import type { ComparedNumber } from "../../sim/metrics/compared-number.ts";
import { SCHEMA_VERSION, TOOL_VERSION } from "../../sim/metrics/result.ts";
import { type BatchTable, meanFormat } from "./batch-tables.ts";

/** A number of the row as it is written. */
export function comparedText({ format }: ComparedNumber, value: number): string {
  return formatNumber(value, meanFormat(format));
}

/** Delta ÷ baseline in percent; NaN where the baseline is 0. */
export function deltaPercent({ baseline, delta }: ComparedNumber): number {
  return baseline === 0 ? Number.NaN : (100 * delta) / Math.abs(baseline);
}

function text(name: string, doc: string, cell: (row: ComparedNumber) => string) {
  return { name, unit: "text", doc, cell };
}

function value(name: string, doc: string, of: (row: ComparedNumber) => number) {
  return { name, unit: "as the metric", doc, cell: (row: ComparedNumber) => comparedText(row, of(row)) };
}

export const compareTable: BatchTable<ComparedNumber> = {
  name: "compare",
  doc: "`compare` only: one row per pair of scenarios or variants and number that was compared. Numbers that neither side has measured are left out.",
  columns: [
    text("schema_version", "version of these columns", () => SCHEMA_VERSION),
    text("tool_version", "version of kubedrill", () => TOOL_VERSION),
    text("baseline_scenario", "with its variant", (r) => r.baselineScenario),
    text("baseline_sha256", "over the baseline's scenario and its files", (r) => r.baselineSha256),
    text("candidate_scenario", "with its variant", (r) => r.candidateScenario),
    text("candidate_sha256", "over the candidate's scenario and its files", (r) => r.candidateSha256),
    text("metric", "column of summary.csv, with its unit", (r) => r.metric),
    text("better", "lower or higher; neutral: it can only change", (r) => r.direction),
    value("baseline", "mean of the baseline over the pairs", (r) => r.baseline),
    value("candidate", "mean of the candidate over the pairs", (r) => r.candidate),
    value("delta", "mean of candidate - baseline, seed by seed", (r) => r.delta),
    {
      name: "delta_pct",
      unit: "percent",
      doc: "delta ÷ baseline; empty where the baseline is 0",
      cell: (r) => formatNumber(deltaPercent(r), "percent"),
    },
    value("ci95_low", "lower end of the 95 % interval of delta; empty for fewer than two pairs", (r) => r.ciLow),
    value("ci95_high", "upper end", (r) => r.ciHigh),
    { name: "n_seeds", unit: "whole number", doc: "seeds that both sides have measured", cell: (r) => String(r.seeds) },
    { name: "n_differ", unit: "whole number", doc: "of these: differ", cell: (r) => String(r.differ) },
    text("tolerance", "as it was given: a share of the baseline, or an amount", (r) => r.tolerance),
    value("tolerance_abs", "the same as an amount", (r) => r.allowed),
    text(
      "verdict",
      "worse, better or changed: the whole interval is beyond the tolerance; same: it is within; undecided: across a border of it, there is none, or few seeds differ and beyond the tolerance",
      (r) => r.verdict,
    ),
  ],
};
