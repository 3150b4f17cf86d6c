// How much a number may change before it counts: `pending_p99_s:5%` a share of the baseline's mean, `victims:2` an amount in the unit of
// the column, `5%` everything, `alloc_*:1%` what begins so. The last one that fits a number decides; several limits of one entry, as in
// `victims:5%+2`, allow the larger.
import type { ColumnFormat } from "../../metrics/column-format.ts";
import { nearest } from "../../model/problem.ts";
import { fits } from "./direction.ts";

export interface Tolerance {
  /** A metric, with `*` for any text. */
  readonly pattern: string;
  /** Of the baseline's mean. */
  readonly share: number;
  /** In the unit of the column. */
  readonly amount: number;
  /** As it was written, without the name. */
  readonly text: string;
}

/** Without a word about it: one percent, which no person would call a change. */
export const DEFAULT_TOLERANCE: Tolerance = { pattern: "*", share: 0.01, amount: 0, text: "1%" };

const UNIT: Partial<Record<ColumnFormat, number>> = { seconds: 1e6, millis: 1e3 };

/**
 * @param text one or several, joined with commas
 * @param names the metrics that there are
 * @returns the tolerances, or what is wrong with the text
 */
export function parseTolerances(
  text: string,
  names: readonly string[],
): readonly Tolerance[] | { readonly problem: string } {
  const found: Tolerance[] = [];
  for (const part of text.split(",")) {
    const match = /^\s*(?:([\w.*]+)\s*:)?\s*(\d[^:]*?)\s*$/.exec(part);
    const limits = match === null ? undefined : parseLimits(match[2]!);
    if (match === null || limits === undefined) {
      return { problem: `expected METRIC:5%, METRIC:0.5 or 5%, got ${JSON.stringify(part.trim())}` };
    }
    const pattern = match[1] ?? "*";
    if (!names.some((name) => fits(pattern, name))) return { problem: unknownMetric(pattern, names) };
    if (match[1] === undefined && limits.amount > 0) {
      return { problem: "a number without % is in the unit of one column: name it, as in pending_p99_s:0.5" };
    }
    found.push({ pattern, ...limits });
  }
  return found;
}

export function unknownMetric(name: string, names: readonly string[]): string {
  const near = nearest(name, names) ?? names.find((other) => sameWords(other, name));
  return `summary.csv has no column ${name}${near === undefined ? "" : `: did you mean ${near}?`}`;
}

/** The tolerance that counts for a metric: the last that fits. */
export function toleranceOf(tolerances: readonly Tolerance[], metric: string): Tolerance {
  return tolerances.findLast(({ pattern }) => fits(pattern, metric)) ?? DEFAULT_TOLERANCE;
}

/** How far the difference may reach, in the numbers of the summary (times in microseconds). */
export function allowedOf({ share, amount }: Tolerance, format: ColumnFormat, baselineMean: number): number {
  return Math.max(share * Math.abs(baselineMean), amount * (UNIT[format] ?? 1));
}

function parseLimits(text: string): { share: number; amount: number; text: string } | undefined {
  let [share, amount] = [0, 0];
  for (const part of text.split("+")) {
    const match = /^\s*(\d+(?:\.\d+)?)\s*(%?)\s*$/.exec(part);
    if (match === null) return undefined;
    if (match[2] === "%") share = Number(match[1]) / 100;
    else amount = Number(match[1]);
  }
  return { share, amount, text: text.replaceAll(" ", "") };
}

// pending_s_p99 for pending_p99_s
function sameWords(a: string, b: string): boolean {
  return a.split("_").sort().join() === b.split("_").sort().join();
}
