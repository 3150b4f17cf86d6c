// All tables of the folder, to sort and filter. Their rows stand in the page as data by columns, each distinct text once; the page's script
// shows a page of rows of those that somebody opens.

import { REPORTS } from "../../columns/registry.ts";
import type { ReportColumn } from "../../columns/report-column.ts";
import { escapeHtml, jsonForScript } from "../escape.ts";
import { readable } from "../numbers.ts";
import type { ReportData, Rows, ShownTable } from "../report-data.ts";
import { section } from "../table-html.ts";

/** A column for the page's script: numbers (null = empty), or texts by their number in a list. */
type StoredColumn =
  | { readonly name: string; readonly doc: string; readonly numbers: readonly (number | null)[] }
  | {
      readonly name: string;
      readonly doc: string;
      readonly texts: readonly string[];
      readonly codes: readonly number[];
    };

export interface StoredTable {
  readonly name: string;
  readonly rows: number;
  readonly columns: readonly StoredColumn[];
}

export function tablesSection(data: ReportData): string {
  const isOne = data.runs.length === 1;
  const blocks = data.tables.map((table) => block(table, isOne));
  return section(
    "tables",
    "Tables",
    `<p class="muted small">Empty cells were not measured, which is not 0. What columns mean: point at their heads, or docs/TABLES.md. All rows are in the CSV files beside this report.</p>
${blocks.join("\n")}<noscript><p>Rows are shown by a script, which is off.</p></noscript>`,
  );
}

function block({ name, note, rows, total }: ShownTable, isOne: boolean): string {
  const kept = rows.records.length;
  const count =
    kept < total
      ? `${readable(kept)} of ${readable(total)} rows`
      : `${readable(total)} ${total === 1 ? "row" : "rows"}`;
  const about = note === "" ? count : `${count}: ${note}`;
  const stored = storedOf(name, rows, isOne);
  return `<details class="data-table" id="table-${escapeHtml(name)}"><summary>${escapeHtml(name)} <span class="muted">${escapeHtml(about)}</span></summary>
<script type="application/json">${jsonForScript(stored)}</script></details>`;
}

function storedOf(name: string, { header, records }: Rows, isOne: boolean): StoredTable {
  const docs = new Map(
    REPORTS.find((report) => report.name === name)?.columns.map((column: ReportColumn) => [column.name, column.doc]),
  );
  const columns = header.flatMap((column, i): StoredColumn[] => {
    // of a single run all rows begin alike
    if (isOne && i < 2 && docs.size > 0) return [];
    const cells = records.map((record) => record[i] ?? "");
    return [{ name: column, doc: docs.get(column) ?? "", ...encode(cells) }];
  });
  return { name, rows: records.length, columns };
}

const NUMBER = /^-?\d+(\.\d+)?$/;
/** Digits that a number holds exactly. */
const EXACT_DIGITS = 15;

export function encode(
  cells: readonly string[],
):
  | { readonly numbers: readonly (number | null)[] }
  | { readonly texts: readonly string[]; readonly codes: readonly number[] } {
  const isNumber = cells.every((cell) => cell === "" || (NUMBER.test(cell) && cell.length <= EXACT_DIGITS + 1));
  if (isNumber && cells.some((cell) => cell !== ""))
    return { numbers: cells.map((cell) => (cell === "" ? null : Number(cell))) };
  const codes = new Map<string, number>();
  const coded = cells.map((cell) => {
    const code = codes.get(cell) ?? codes.size;
    codes.set(cell, code);
    return code;
  });
  return { texts: [...codes.keys()], codes: coded };
}
