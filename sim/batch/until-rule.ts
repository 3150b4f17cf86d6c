// When a batch has seen enough seeds: `ci95<1%`, `ci95(pending_p99_s)<0.5`, or several joined with commas. A share is of the mean, a bare
// number is in the unit of the column; either is how far the interval reaches to either side.
import type { ColumnFormat } from "../metrics/column-format.ts";
import { SUMMARY_COLUMNS } from "../metrics/summary.ts";
import { nearest } from "../model/problem.ts";

export interface UntilRule {
  /** As it was written. */
  readonly text: string;
  /** Seeds before which nothing is decided. */
  readonly minSeeds: number;
  readonly conditions: readonly UntilCondition[];
}

export interface UntilCondition {
  /** Columns of the summary; those of them that were not measured do not count unless they are `required`. */
  readonly metrics: readonly string[];
  readonly required: boolean;
  readonly limit: { readonly kind: "share" | "amount"; readonly value: number };
}

/** What `ci95` without a metric looks at: the numbers that the command line shows of many runs. */
export const DEFAULT_METRICS: readonly string[] = [
  "pods_created",
  "pods_scheduled",
  "pods_never_scheduled",
  "pending_p99_s",
  "alloc_cpu_max_pct",
  "alloc_mem_max_pct",
];

const UNIT: Partial<Record<ColumnFormat, number>> = { seconds: 1e6, millis: 1e3 };

/** @returns the rule, or what is wrong with it */
export function parseUntil(text: string, minSeeds: number): UntilRule | { readonly problem: string } {
  const conditions: UntilCondition[] = [];
  for (const part of text.split(",")) {
    const match = /^\s*ci95\s*(?:\(\s*([\w.]+)\s*\))?\s*<\s*(\d+(?:\.\d+)?)\s*(%?)\s*$/.exec(part);
    if (match === null) return { problem: "expected ci95<1%, or ci95(METRIC)<1% with a column of summary.csv" };
    const [, metric, number, percent] = match as unknown as [string, string | undefined, string, string];
    const column = SUMMARY_COLUMNS.find(({ name }) => name === metric);
    if (metric !== undefined && column === undefined) {
      const near = nearest(
        metric,
        SUMMARY_COLUMNS.map(({ name }) => name),
      );
      return { problem: `summary.csv has no column ${metric}${near === undefined ? "" : `: did you mean ${near}?`}` };
    }
    if (metric === undefined && percent === "") {
      return { problem: "a number without % is in the unit of one column: name it, as in ci95(pending_p99_s)<0.5" };
    }
    if (Number(number) === 0) return { problem: "no interval is narrower than nothing: give a limit above 0" };
    conditions.push({
      metrics: metric === undefined ? DEFAULT_METRICS : [metric],
      required: metric !== undefined,
      limit:
        percent === "%"
          ? { kind: "share", value: Number(number) / 100 }
          : { kind: "amount", value: Number(number) * (UNIT[column?.format ?? "real"] ?? 1) },
    });
  }
  return { text: text.replace(/\s+/g, ""), minSeeds, conditions };
}
