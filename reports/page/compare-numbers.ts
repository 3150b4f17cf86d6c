// The numbers of two runs against each other. Pure.
import type { MetricColumn } from "../../sim/serve/protocol.ts";

export interface ComparedNumber {
  readonly column: MetricColumn;
  readonly base: number | null;
  readonly candidate: number | null;
  /** null when one side was not measured. */
  readonly delta: number | null;
  /** Of the baseline; null where that is 0. */
  readonly percent: number | null;
  readonly verdict: "better" | "worse" | "changed" | "same" | "equal";
}

/** What may change without being called better or worse, as `kubedrill compare` has it where nobody says another. */
const TOLERANCE_PERCENT = 1;

type Summary = Readonly<Record<string, number | null>>;

/** What people ask for first, then the others; numbers that neither side has measured are left out. */
export function compareNumbers(
  columns: readonly MetricColumn[],
  base: Summary,
  candidate: Summary,
): readonly ComparedNumber[] {
  const rows = columns.flatMap((column): ComparedNumber[] => {
    const [before, after] = [base[column.name] ?? null, candidate[column.name] ?? null];
    if (before === null && after === null) return [];
    const delta = before === null || after === null ? null : after - before;
    const percent = delta === null || before === null || before === 0 ? null : (delta / Math.abs(before)) * 100;
    return [{ column, base: before, candidate: after, delta, percent, verdict: verdictOf(column, delta, percent) }];
  });
  return [...rows.filter(({ column }) => column.isKey), ...rows.filter(({ column }) => !column.isKey)];
}

function verdictOf({ better }: MetricColumn, delta: number | null, percent: number | null): ComparedNumber["verdict"] {
  if (delta === 0) return "equal";
  if (percent !== null && Math.abs(percent) <= TOLERANCE_PERCENT) return "same";
  if (delta === null || better === "neutral") return "changed";
  return delta < 0 === (better === "lower") ? "better" : "worse";
}
