// Runs benches: npm run bench [-- name…] [--smoke] [--csv FILE] [--markdown] [--only TEXT]. Finds every <name>.bench.js beside itself. Tables go to stdout,
// progress to stderr; the exit code is 1 when a target is missed. --markdown prints tables as README.md has them, --only leaves rows out.
import { readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { BenchModule, BenchTable, Cell } from "./bench.ts";

const folder = dirname(fileURLToPath(import.meta.url));
const SUFFIX = ".bench.js";

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      smoke: { type: "boolean", default: false },
      csv: { type: "string" },
      markdown: { type: "boolean", default: false },
      only: { type: "string", default: "" },
    },
    allowPositionals: true,
  });
  const all = readdirSync(folder).filter((file) => file.endsWith(SUFFIX));
  const names = all.map((file) => file.slice(0, -SUFFIX.length)).sort();
  const unknown = positionals.filter((name) => !names.includes(name));
  if (unknown.length > 0 || names.length === 0) {
    console.error(`no such bench: ${unknown.join(", ")}; there are: ${names.join(", ")}`);
    process.exitCode = 2;
    return;
  }
  const tables: BenchTable[] = [];
  for (const name of names.filter((candidate) => positionals.length === 0 || positionals.includes(candidate))) {
    console.error(`running ${name}${values.smoke ? ", smoke only: numbers mean nothing" : ""} …`);
    const { run } = (await import(pathToFileURL(join(folder, name + SUFFIX)).href)) as BenchModule;
    for (const table of await run({ smoke: values.smoke, only: values.only })) {
      tables.push(table);
      console.log(`\n${table.title}\n\n${values.markdown ? markdownOf(table) : textOf(table)}`);
      for (const note of table.notes ?? []) console.log(`- ${note}`);
    }
  }
  if (values.csv !== undefined) writeFileSync(values.csv, tables.map(csvOf).join("\r\n"));
  const missed = tables.flatMap((table) => table.missed);
  for (const target of missed) console.log(`MISSED: ${target}`);
  if (missed.length > 0) process.exitCode = 1;
}

function textOf(table: BenchTable): string {
  const rows = [table.columns, ...table.rows].map((row) => row.map(String));
  const widths = table.columns.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const isNumber = table.columns.map((_, i) => table.rows.every((row) => typeof row[i] === "number" || row[i] === ""));
  const pad = (cell: string, i: number) => (isNumber[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!));
  return rows.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}

/** For README.md. */
function markdownOf({ columns, rows }: BenchTable): string {
  const line = (cells: readonly Cell[]) => `| ${cells.map((cell) => cell.toLocaleString("en-US")).join(" | ")} |`;
  return [line(columns), line(columns.map(() => "---")), ...rows.map(line)].join("\n");
}

function csvOf(table: BenchTable): string {
  const quote = (cell: Cell) =>
    /[",\r\n]/.test(String(cell)) ? `"${String(cell).replaceAll('"', '""')}"` : String(cell);
  return [["bench", ...table.columns], ...table.rows.map((row) => [table.title, ...row])]
    .map((row) => `${row.map(quote).join(",")}\r\n`)
    .join("");
}

await main();
