// Tables of traces: with a header line, or with the columns that their documentation lists. Mistakes are collected with their places.
import { CsvTable } from "../../scenario/csv.ts";
import type { Draft } from "../draft.ts";
import type { SourceFormat } from "../format.ts";
import type { Source } from "../source.ts";

/** A table whose columns are found by name. */
export interface Columns {
  readonly table: CsvTable;
  readonly rows: number;
  text(row: number, column: string): string;
  /** NaN where the cell is empty. */
  number(row: number, column: string, min?: number): number;
}

/** @param header columns of a file that has no header line */
export function columnsOf(
  draft: Draft,
  source: Source,
  required: readonly string[],
  header: string | null = null,
): Columns | null {
  const text = source.text;
  if (text === null) {
    draft.problems.push(...source.documents().problems);
    return null;
  }
  const table = new CsvTable(header === null ? text : `${header}\n${text}`, source.name);
  const faults = table.problems.length;
  const at = new Map(table.header.map((name, index) => [name, index] as const));
  for (const name of required) if (!at.has(name)) table.column(name, true);
  if (faults > 0 || table.problems.length > faults) {
    draft.problems.push(...table.problems);
    return null;
  }
  const rows = Math.min(table.rows.length, draft.options.first ?? Number.POSITIVE_INFINITY);
  return {
    table,
    rows,
    text: (row, column) => table.cell(row, at.get(column) ?? -1),
    number: (row, column, min = 0) => table.number(row, at.get(column) ?? -1, min, Number.NaN),
  };
}

/** Does the file begin with a header that has all these columns? */
export function hasHeader(source: Source, ...columns: readonly string[]): boolean {
  const names = new Set(source.firstLine.split(",").map((name) => name.trim().replace(/^"|"$/g, "")));
  return columns.every((column) => names.has(column));
}

/** A format of tables that one function reads file by file. */
export function tableFormat(
  name: string,
  title: string,
  matches: (source: Source) => boolean,
  readOne: (draft: Draft, source: Source) => void,
): SourceFormat {
  return {
    by: "source",
    name,
    title,
    matches,
    read(draft, sources) {
      for (const source of sources) readOne(draft, source);
    },
  };
}
