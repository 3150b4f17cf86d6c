// A comparison as Markdown, for the comment on a pull request, and as JSON, for other tools. What got worse stands first.

import type { ComparedNumber } from "../sim/metrics/compared-number.ts";
import { SCHEMA_VERSION, TOOL_VERSION } from "../sim/metrics/result.ts";
import { comparedText, deltaPercent } from "./columns/compare-table.ts";

export interface ComparedPair {
  readonly baseline: { readonly scenario: string; readonly scenarioSha256: string };
  readonly candidate: { readonly scenario: string; readonly scenarioSha256: string };
  readonly seeds: readonly string[];
  readonly rows: readonly ComparedNumber[];
}

export const VERDICTS = ["worse", "better", "changed", "undecided", "same"] as const;

/** `2 worse, 1 better, 14 same`; what does not occur is left out. */
export function verdictCounts(rows: readonly ComparedNumber[]): string {
  const counts = VERDICTS.map((verdict) => [rows.filter((row) => row.verdict === verdict).length, verdict] as const);
  const parts = counts.filter(([count]) => count > 0).map(([count, verdict]) => `${count} ${verdict}`);
  return parts.length === 0 ? "nothing was measured" : parts.join(", ");
}

/** `20 seeds (1 … 20)`. */
export function seedsText(seeds: readonly string[]): string {
  const list = seeds.length <= 3 ? seeds.join(", ") : `${seeds[0]} … ${seeds.at(-1)}`;
  return `${seeds.length} ${seeds.length === 1 ? "seed" : "seeds"} (${list})`;
}

/** A number for people: at most so many digits as say something. */
export function shortText(row: ComparedNumber, value: number): string {
  if (Number.isNaN(value)) return "-";
  const text = comparedText(row, value);
  const whole = text.replace(/^-|\..*$/g, "").length;
  const places = whole >= 5 ? 0 : whole >= 3 ? 1 : whole === 2 ? 2 : 3;
  const short = Number(text)
    .toFixed(places)
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "");
  return short === "-0" ? "0" : short;
}

/** The same with its sign. */
export function signedText(row: ComparedNumber, value: number): string {
  const text = shortText(row, value);
  return text === "-" || text === "0" || text.startsWith("-") ? text : `+${text}`;
}

/** `+12.3 %`; "" where there is no share. */
export function percentText(row: ComparedNumber): string {
  const percent = deltaPercent(row);
  if (Number.isNaN(percent)) return "";
  if (Math.abs(percent) >= 10_000) return percent > 0 ? ">9999%" : "<-9999%";
  const text = Math.abs(percent) >= 1000 ? percent.toFixed(0) : percent.toFixed(1);
  if (Number(text) === 0) return percent === 0 ? "0%" : "~0%";
  return `${percent > 0 ? "+" : ""}${text}%`;
}

export function intervalText(row: ComparedNumber): string {
  if (Number.isNaN(row.ciLow)) return "-";
  return `${signedText(row, row.ciLow)} … ${signedText(row, row.ciHigh)}`;
}

/** With a final newline. */
export function comparisonMarkdown(pairs: readonly ComparedPair[], notes: readonly string[] = []): string {
  const lines: string[] = [];
  for (const { baseline, candidate, seeds, rows } of pairs) {
    const isWorse = rows.some(({ verdict }) => verdict === "worse");
    lines.push(
      `### ${code(candidate.scenario)} against ${code(baseline.scenario)}: ${isWorse ? "**worse**" : "not worse"}`,
      "",
      `${verdictCounts(rows)}, over ${seedsText(seeds)} that both share.`,
      "",
    );
    const shown = VERDICTS.filter((verdict) => verdict !== "same").flatMap((verdict) =>
      rows.filter((row) => row.verdict === verdict),
    );
    if (shown.length > 0) lines.push(...markdownTable(shown), "");
    const same = rows.filter(({ verdict }) => verdict === "same");
    if (same.length > 0) {
      lines.push("<details>", `<summary>${same.length} within tolerance</summary>`, "");
      lines.push(...markdownTable(same), "", "</details>", "");
    }
  }
  for (const note of notes) lines.push(`> ${escaped(note)}`, "");
  lines.push(
    `<sub>Differences of pairs of equal seed, with 95 % intervals; worse = the whole interval is beyond the tolerance. kubedrill ${TOOL_VERSION}.</sub>`,
  );
  return `${lines.join("\n")}\n`;
}

function markdownTable(rows: readonly ComparedNumber[]): string[] {
  const lines = [
    "| verdict | metric | baseline | candidate | delta | | 95 % interval | n | tolerance |",
    "|---|---|--:|--:|--:|--:|:-:|--:|--:|",
  ];
  for (const row of rows) {
    const cells = [
      row.verdict === "worse" ? "**worse**" : row.verdict,
      code(row.metric),
      shortText(row, row.baseline),
      shortText(row, row.candidate),
      signedText(row, row.delta),
      percentText(row),
      intervalText(row),
      String(row.seeds),
      escaped(row.tolerance),
    ];
    lines.push(`| ${cells.join(" | ")} |`);
  }
  return lines;
}

function code(text: string): string {
  return `\`${text.replaceAll("`", "'").replaceAll("|", "\\|")}\``;
}

function escaped(text: string): string {
  return text.replace(/[|<>*_`[\]\\]/g, "\\$&").replaceAll("\n", " ");
}

/** The document of `--format json`; null = not measured. With a final newline. */
export function comparisonJson(pairs: readonly ComparedPair[], notes: readonly string[] = []): string {
  const comparisons = pairs.map(({ baseline, candidate, seeds, rows }) => ({
    baseline: { scenario: baseline.scenario, scenarioSha256: baseline.scenarioSha256 },
    candidate: { scenario: candidate.scenario, scenarioSha256: candidate.scenarioSha256 },
    seeds,
    metrics: rows.map((row) => {
      const number = (value: number) => (Number.isNaN(value) ? null : Number(comparedText(row, value)));
      const percent = deltaPercent(row);
      return {
        metric: row.metric,
        better: row.direction,
        baseline: number(row.baseline),
        candidate: number(row.candidate),
        delta: number(row.delta),
        deltaPct: Number.isNaN(percent) ? null : Number(percent.toFixed(4)),
        ci95: Number.isNaN(row.ciLow) ? null : [number(row.ciLow), number(row.ciHigh)],
        nSeeds: row.seeds,
        nDiffer: row.differ,
        tolerance: row.tolerance,
        toleranceAbs: number(row.allowed),
        verdict: row.verdict,
      };
    }),
  }));
  const document = { schemaVersion: SCHEMA_VERSION, kind: "Comparison", toolVersion: TOOL_VERSION, notes, comparisons };
  return `${JSON.stringify(document, null, 2)}\n`;
}
