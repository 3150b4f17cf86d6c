// A table's rows as the report stores them, column by column, and what sorting and filtering make of them. No DOM.

export interface StoredTable {
  readonly name: string;
  readonly rows: number;
  readonly columns: readonly {
    readonly name: string;
    readonly doc: string;
    readonly numbers?: readonly (number | null)[];
    readonly texts?: readonly string[];
    readonly codes?: readonly number[];
  }[];
}

type Column = StoredTable["columns"][number];

export function cellText({ codes, numbers, texts }: Column, row: number): string {
  if (numbers !== undefined) return numbers[row] === null ? "" : String(numbers[row]);
  return texts?.[codes?.[row] ?? -1] ?? "";
}

/** Empty cells come last, whichever way it is sorted. */
export function sorted(rows: readonly number[], column: Column, isDescending: boolean): number[] {
  const sign = isDescending ? -1 : 1;
  const value = (row: number): number | string | null =>
    column.numbers?.[row] ?? (column.numbers ? null : cellText(column, row) || null);
  return [...rows].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null) || a - b;
    return (x < y ? -sign : x > y ? sign : 0) || a - b;
  });
}

const OPERATORS: Readonly<Record<string, (cell: string, word: string) => boolean>> = {
  "=": (cell, word) => cell.toLowerCase() === word,
  "!=": (cell, word) => cell.toLowerCase() !== word,
  ">": (cell, word) => cell !== "" && Number(cell) > Number(word),
  "<": (cell, word) => cell !== "" && Number(cell) < Number(word),
  ">=": (cell, word) => cell !== "" && Number(cell) >= Number(word),
  "<=": (cell, word) => cell !== "" && Number(cell) <= Number(word),
};

/** Rows for which every word holds: `web` stands in some cell, `state=pending`, `pending_s>30`. */
export function filtered(table: StoredTable, query: string): number[] {
  const tests = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "")
    .map((word) => testOf(table, word));
  const all = Array.from({ length: table.rows }, (_, row) => row);
  return tests.length === 0 ? all : all.filter((row) => tests.every((test) => test(row)));
}

function testOf({ columns }: StoredTable, word: string): (row: number) => boolean {
  const [, name, operator, value] = /^([\w]+)(!=|>=|<=|=|>|<)(.*)$/.exec(word) ?? [];
  const column = columns.find((one) => one.name === name);
  if (column !== undefined && value !== "") return (row) => OPERATORS[operator!]!(cellText(column, row), value!);
  return (row) => columns.some((one) => cellText(one, row).toLowerCase().includes(word));
}
