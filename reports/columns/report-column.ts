// What a column of a report is: a name that ends in its unit, a definition, and how its cell is read from a result.
import { type ColumnFormat, formatNumber } from "../../sim/metrics/column-format.ts";
import type { Result, TableName } from "../../sim/metrics/result.ts";
import { numbersOf, textReader } from "../../sim/metrics/table.ts";

/** Cells of one column of one result, by row of the table that the report is made from. */
export type CellReader = (row: number) => string;

export interface ReportColumn {
  readonly name: string;
  readonly format: ColumnFormat;
  /** The definition, for people. */
  readonly doc: string;
  readonly open: (result: Result) => CellReader;
}

/** One CSV file. */
export interface Report {
  /** The file's name without ".csv". */
  readonly name: string;
  readonly doc: string;
  /** Rows of the underlying table, in the order in which they are written. */
  readonly rows: (result: Result) => Iterable<number>;
  readonly columns: readonly ReportColumn[];
}

/** Makers of columns that stand in one table of the result. */
export function columnsOf(table: TableName) {
  return {
    text: (name: string, from: string, doc: string): ReportColumn => ({
      name,
      format: "text",
      doc,
      open: (result) => textReader(result.tables[table], from),
    }),
    number: (name: string, format: ColumnFormat, from: string, doc: string): ReportColumn => ({
      name,
      format,
      doc,
      open: (result) => {
        const values = numbersOf(result.tables[table], from);
        return (row) => formatNumber(values[row]!, format);
      },
    }),
    computed: (
      name: string,
      format: ColumnFormat,
      doc: string,
      open: (number: (from: string) => Float64Array, result: Result) => (row: number) => number,
    ): ReportColumn => ({
      name,
      format,
      doc,
      open: (result) => {
        const value = open((from) => numbersOf(result.tables[table], from), result);
        return (row) => formatNumber(value(row), format);
      },
    }),
  };
}

/** All rows of a table, in order. */
export function allRows(table: TableName): Report["rows"] {
  return (result) => Array(result.tables[table].rows).keys();
}

/** Unscheduled or unfinished moments make the difference unmeasured, as NaN does by itself. */
export function share(part: number, whole: number): number {
  return whole > 0 ? (part / whole) * 100 : Number.NaN;
}
