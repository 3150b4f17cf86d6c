// Tables on stdout: with lines on a terminal, bare columns otherwise, so that they can be piped.
import { styleText } from "node:util";
import CliTable from "cli-table3";

const NO_LINES = Object.fromEntries(
  [
    "top",
    "top-mid",
    "top-left",
    "top-right",
    "bottom",
    "bottom-mid",
    "bottom-left",
    "bottom-right",
    "left",
    "left-mid",
    "mid",
    "mid-mid",
    "right",
    "right-mid",
    "middle",
  ].map((name) => [name, name === "middle" ? "  " : ""]),
);

export type Alignment = "left" | "right";

export interface TableOptions {
  readonly head: readonly string[];
  readonly align: readonly Alignment[];
}

/** The table as text, without a final newline. */
export function renderTable(rows: readonly (readonly string[])[], options: TableOptions): string {
  const terminal = process.stdout.isTTY === true;
  const table = new CliTable({
    head: options.head.map((name) => bold(name)),
    colAligns: [...options.align],
    style: terminal
      ? { head: [], border: [], compact: true }
      : { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    ...(terminal ? {} : { chars: NO_LINES }),
  });
  for (const row of rows) table.push([...row]);
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

export function bold(text: string): string {
  return coloured() ? styleText("bold", text) : text;
}

export function red(text: string): string {
  return coloured() ? styleText("red", text) : text;
}

export function green(text: string): string {
  return coloured() ? styleText("green", text) : text;
}

function coloured(): boolean {
  return process.stdout.isTTY === true && !process.env.NO_COLOR;
}
