// Prints the comparison: one table per setting with every column, error text and fact, then what is out, and the sum.
import { renderTable } from "../../../sim/cli/table.ts";
import { columnOf, type QuantileRow, type Row, type TextRow } from "./compare.ts";
import type { Exception } from "./exceptions.ts";

/** The tables of one setting, as text. */
export function renderSetting(rows: readonly Row[]): string {
  const parts: string[] = [];
  const quantiles = rows.filter((row) => row.kind === "quantile");
  if (quantiles.length > 0) {
    const cells = quantiles
      .filter((row) => row.quantile === "p50")
      .map((p50) => {
        const p90 = quantiles.find(
          (row) => row.column === p50.column && row.setting === p50.setting && row.quantile === "p90",
        );
        const label = quantiles[0]!.setting === quantiles.at(-1)!.setting ? p50.column : p50.setting;
        return [label, String(p50.recordedTrials), ...quantileCells(p50), ...(p90 ? quantileCells(p90) : [])];
      });
    const head = ["column", "n", "p50", "sim", "p35 to p65", "rank", "", "p90", "sim", "p80 to p97", "rank", ""];
    parts.push(renderTable(cells, { head, align: head.map((_, i) => (i === 0 ? "left" : "right")) }));
  }
  const texts = rows.filter((row) => row.kind === "text");
  if (texts.length > 0) {
    const head = ["error", "share", "sim", "p50 ms", "sim", ""];
    const cells = texts.map((row) => [
      row.text,
      percent(row.recorded),
      percent(row.simulated),
      number(row.recordedDurationMs),
      number(row.simulatedDurationMs),
      row.verdict,
    ]);
    parts.push(renderTable(cells, { head, align: head.map((_, i) => (i === 0 ? "left" : "right")) }));
  }
  const facts = rows.filter((row) => row.kind === "fact");
  if (facts.length > 0) {
    const equal = facts.filter((row) => row.verdict === "in").length;
    parts.push(`${equal} of ${facts.length} equal`);
  }
  return parts.join("\n\n");
}

/** One line per row that does not meet the rule. */
export function renderOutside(rows: readonly Row[]): string[] {
  return rows.filter((row) => row.verdict !== "in").map((row) => `${row.verdict.padEnd(8)}  ${describe(row)}`);
}

export function renderUnneeded(exceptions: readonly Exception[]): string[] {
  return exceptions.map((entry) => `no longer out, but on the list: ${entry.setting}, ${entry.column}, ${entry.what}`);
}

/** How many rows of each kind came to which verdict. */
export function renderKinds(rows: readonly Row[]): string {
  const head = ["kind", "compared", "in", "chance", "excepted", "out"];
  const kindOf = (row: Row) => row.setting.split(" ")[0]!;
  const cells = [...new Set(rows.map(kindOf))].map((kind) => {
    const ofKind = rows.filter((row) => kindOf(row) === kind);
    const count = (verdict: string) => String(ofKind.filter((row) => row.verdict === verdict).length);
    return [kind, String(ofKind.length), ...head.slice(2).map(count)];
  });
  return renderTable(cells, { head, align: head.map((_, i) => (i === 0 ? "left" : "right")) });
}

/** How many rows came to which verdict. */
export function renderSum(rows: readonly Row[]): string {
  const count = (verdict: string) => rows.filter((row) => row.verdict === verdict).length;
  return (
    `${rows.length} compared: ${count("in")} in, ${count("chance")} not distinguishable with so few trials, ` +
    `${count("excepted")} known exceptions, ${count("out")} out`
  );
}

function describe(row: Row): string {
  const where = `${row.setting}, ${columnOf(row)}`;
  const reason = row.reason === "" ? "" : `: ${row.reason}`;
  if (row.kind === "quantile") {
    return (
      `${where} ${row.quantile}: recorded ${number(row.recorded)}, simulated ${number(row.simulated)} ` +
      `(${number(row.low)} to ${number(row.high)}), rank ${rank(row.rank)}, by chance ${rank(row.chance.low)} to ` +
      `${rank(row.chance.high)}${reason}`
    );
  }
  if (row.kind === "text") return `${where}: ${textShares(row)}${reason}`;
  return `${where}: recorded ${row.recorded}, simulated ${row.simulated}${reason}`;
}

function textShares(row: TextRow): string {
  return `${percent(row.recorded)} of the recorded failures, ${percent(row.simulated)} of the simulated ones`;
}

function quantileCells(row: QuantileRow): string[] {
  const range = `${number(row.low)} to ${number(row.high)}`;
  return [number(row.recorded), number(row.simulated), range, rank(row.rank), row.verdict];
}

function number(value: number): string {
  if (Number.isNaN(value)) return "-";
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

function rank(value: number): string {
  return Number.isNaN(value) ? "-" : value.toFixed(2);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
