// A CSV reader with positions (RFC 4180: quotes, doubled quotes, CRLF), for traces. Mistakes are collected, but only the
// first hundred: a wrong file would have one per row.
import type { FileProblem } from "../model/problem.ts";
import { nearest, shown } from "../model/problem.ts";

const MAX_PROBLEMS = 100;

/** One table with a header. Rows keep the line where they begin. */
export class CsvTable {
  readonly file: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly lines: readonly number[];
  readonly problems: FileProblem[] = [];

  constructor(text: string, file: string) {
    this.file = file;
    const rows: string[][] = [];
    const lines: number[] = [];
    const unclosed = parse(text, rows, lines);
    if (unclosed > 0) this.note(unclosed, 1, "", "a closing double quote", "the end of the file");
    this.header = (rows[0] ?? []).map((name) => name.trim());
    this.rows = rows.slice(1);
    this.lines = lines.slice(1);
    if (rows.length === 0) this.note(1, 1, "", "a header line with column names", "an empty file");
    const seen = new Set<string>();
    for (const name of this.header) {
      if (seen.has(name)) this.note(1, 1, name, "each column once", `${shown(name)} twice`);
      seen.add(name);
    }
    this.rows.forEach((row, i) => {
      if (row.length === this.header.length) return;
      this.note(this.lines[i]!, 1, "", `${this.header.length} columns, as in the header`, `${row.length}`);
    });
  }

  /** The index of a column; -1, with a problem noted when it is required, where there is none. */
  column(name: string, required: boolean): number {
    const index = this.header.indexOf(name);
    if (index < 0 && required) {
      const near = nearest(name, this.header);
      const hint = near === undefined ? "" : `; did you mean ${near}?`;
      this.note(
        1,
        1,
        "",
        `a column ${shown(name)}${hint}`,
        `columns ${this.header.slice(0, 12).join(", ")}`.slice(0, 200),
      );
    }
    return index;
  }

  /** A cell without white space around it; "" where the column does not exist. */
  cell(row: number, column: number): string {
    return column < 0 ? "" : (this.rows[row]?.[column] ?? "").trim();
  }

  /** Notes a mistake in a cell. Returns `fallback`, for use in a return. */
  wrong<T>(row: number, column: number, expected: string, fallback: T): T {
    // columns are counted in characters of the line, quotes aside
    const position = (this.rows[row] ?? []).slice(0, column).reduce((sum, cell) => sum + cell.length + 1, 1);
    this.note(this.lines[row] ?? 1, position, this.header[column] ?? "", expected, shown(this.cell(row, column)));
    return fallback;
  }

  /** A number of a cell from `min` on; `empty` where the cell is empty. */
  number(row: number, column: number, min: number, empty: number): number {
    const text = this.cell(row, column);
    if (text === "") return empty;
    const value = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (!Number.isFinite(value) || value < min || value > Number.MAX_SAFE_INTEGER)
      return this.wrong(row, column, `a number of at least ${min}`, empty);
    return value;
  }

  /** A whole number of a cell, as {@link number}. */
  integer(row: number, column: number, min: number, empty: number): number {
    const value = this.number(row, column, min, empty);
    return Number.isSafeInteger(value) || value === empty ? value : this.wrong(row, column, "a whole number", empty);
  }

  private note(line: number, column: number, path: string, expected: string, received: string): void {
    if (this.problems.length < MAX_PROBLEMS)
      this.problems.push({ file: this.file, line, column, path, expected, received });
  }
}

// returns the line of a quote that is never closed, or 0
function parse(text: string, rows: string[][], lines: number[]): number {
  let line = 1;
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (at < text.length) {
    const row: string[] = [];
    const startLine = line;
    for (;;) {
      if (text[at] === '"') {
        const open = line;
        let cell = "";
        for (let from = at + 1; ; ) {
          const quote = text.indexOf('"', from);
          if (quote < 0) return open;
          cell += text.slice(from, quote);
          at = quote + 1;
          if (text[at] !== '"') break;
          cell += '"';
          from = at + 1;
        }
        for (let i = cell.indexOf("\n"); i >= 0; i = cell.indexOf("\n", i + 1)) line++;
        // what follows a closing quote up to the comma is kept, as spreadsheets do
        const end = cellEnd(text, at);
        row.push(cell + text.slice(at, end));
        at = end;
      } else {
        const end = cellEnd(text, at);
        row.push(text.slice(at, end));
        at = end;
      }
      if (text[at] !== ",") break;
      at++;
    }
    if (text[at] === "\r") at++;
    if (text[at] === "\n") at++;
    line++;
    if (row.length > 1 || row[0]!.trim() !== "") {
      rows.push(row);
      lines.push(startLine);
    }
  }
  return 0;
}

function cellEnd(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 44 || code === 10 || (code === 13 && (i + 1 >= text.length || text.charCodeAt(i + 1) === 10)))
      return i;
  }
  return text.length;
}
