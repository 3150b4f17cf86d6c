// Aligned columns as kubectl's: at least six wide, three blanks between, nothing behind the last. Source: behaviour of Go's
// text/tabwriter with the settings of cli-runtime's printers.
const MIN_WIDTH = 6;
const PADDING = 3;

/** Lines with a final newline each; "" for no rows. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (let i = 0; i + 1 < row.length; i++)
      widths[i] = Math.max(widths[i] ?? MIN_WIDTH, [...row[i]!].length + PADDING);
  }
  return rows.map((row) => `${lineOf(row, widths)}\n`).join("");
}

function lineOf(row: readonly string[], widths: readonly number[]): string {
  let line = "";
  for (const [i, cell] of row.entries())
    line += i + 1 < row.length ? cell + " ".repeat(widths[i]! - [...cell].length) : cell;
  return line;
}
