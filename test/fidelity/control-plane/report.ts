// What the command prints: differences one by one, and a table of families.
import type { Comparison } from "./compare.ts";
import type { KnownDifference } from "./known-differences.ts";
import type { Contradiction } from "./self-check.ts";

export interface Result {
  /** `family/name` */
  readonly name: string;
  readonly family: string;
  readonly contradictions: readonly Contradiction[];
  readonly comparisons: readonly Comparison[];
  readonly reasonOf: (comparison: Comparison) => KnownDifference | undefined;
  readonly failures: readonly string[];
  readonly seconds: number;
}

const MAX_TEXT = 160;

export function isUnlisted(result: Result, comparison: Comparison): boolean {
  return !comparison.isHeld && result.reasonOf(comparison) === undefined;
}

/** One recording in lines. */
export function renderResult(result: Result, isVerbose: boolean): string[] {
  const { comparisons, contradictions, failures, name } = result;
  const held = comparisons.filter(({ isHeld }) => isHeld).length;
  const middle = comparisons.filter(({ isHeldByMedian }) => isHeldByMedian).length;
  const lines = [
    `${name}: ${held} of ${comparisons.length} hold (${percent(held, comparisons.length)}), ` +
      `by the middle seed alone ${percent(middle, comparisons.length)}, ${result.seconds.toFixed(1)} s`,
  ];
  for (const { path, written, derived } of contradictions)
    lines.push(`  THE RECORDING CONTRADICTS ITSELF: ${path} is ${written}, its events say ${derived}`);
  for (const failure of failures) lines.push(`  a simulation failed: ${failure}`);
  const byReason = new Map<string, number>();
  for (const comparison of comparisons) {
    if (comparison.isHeld) continue;
    const known = result.reasonOf(comparison);
    if (known === undefined || isVerbose)
      lines.push(`  ${known === undefined ? "UNLISTED " : ""}${differenceText(comparison)}`);
    if (known !== undefined) byReason.set(known.reason, (byReason.get(known.reason) ?? 0) + 1);
  }
  for (const [reason, count] of byReason) lines.push(`  ${count} known: ${reason}`);
  return lines;
}

function differenceText({ path, recorded, repetitions, simulated }: Comparison): string {
  const numbers = simulated.filter((value) => typeof value === "number");
  const range =
    numbers.length > 0
      ? `${Math.min(...numbers)} … ${Math.max(...numbers)}${numbers.length < simulated.length ? " or nothing" : ""}`
      : [...new Set(simulated.map(String))].slice(0, 3).join(" | ");
  const others = repetitions.length === 0 ? "" : ` (repetitions ${repetitions.join(", ")})`;
  return `${cut(path)}: recorded ${cut(String(recorded))}${others}, simulated ${cut(range)}`;
}

function cut(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`;
}

export interface FamilyRow {
  readonly family: string;
  readonly recordings: number;
  readonly comparisons: number;
  readonly held: number;
  readonly heldByMedian: number;
  readonly listed: number;
  readonly unlisted: number;
}

export function familyRows(results: readonly Result[]): FamilyRow[] {
  const families = [...new Set(results.map(({ family }) => family))].sort();
  return families.map((family) => {
    const own = results.filter((result) => result.family === family);
    const all = own.flatMap((result) => result.comparisons);
    const unlisted = own.flatMap((result) => result.comparisons.filter((each) => isUnlisted(result, each))).length;
    const held = all.filter(({ isHeld }) => isHeld).length;
    return {
      family,
      recordings: own.length,
      comparisons: all.length,
      held,
      heldByMedian: all.filter(({ isHeldByMedian }) => isHeldByMedian).length,
      listed: all.length - held - unlisted,
      unlisted,
    };
  });
}

export function renderFamilies(rows: readonly FamilyRow[]): string {
  const head = ["family", "recordings", "comparisons", "hold", "by the middle seed", "known", "unlisted"];
  const table = rows.map((row) => [
    row.family,
    String(row.recordings),
    String(row.comparisons),
    percent(row.held, row.comparisons),
    percent(row.heldByMedian, row.comparisons),
    String(row.listed),
    String(row.unlisted),
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...table.map((cells) => cells[i]!.length)));
  return [head, ...table]
    .map((cells) => cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  "))
    .join("\n");
}

export function share(row: FamilyRow): number {
  return row.comparisons === 0 ? 0 : row.held / row.comparisons;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "-" : `${((100 * part) / whole).toFixed(1)} %`;
}
