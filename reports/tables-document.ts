// docs/TABLES.md: every table with the definition of each column, made from the reports themselves so that it cannot say anything else.
import { differencesTable, failuresTable, statisticsTable } from "./columns/batch-tables.ts";
import { compareTable } from "./columns/compare-table.ts";
import { findingsTable } from "./columns/findings-table.ts";
import { IDENTITY_COLUMNS } from "./columns/identity.ts";
import { REPORTS } from "./columns/registry.ts";

/** Tables of many results together. */
const BATCH_TABLES: readonly {
  readonly name: string;
  readonly doc: string;
  readonly columns: readonly { readonly name: string; readonly unit: string; readonly doc: string }[];
}[] = [statisticsTable, differencesTable, failuresTable, compareTable, findingsTable];

const UNITS: Readonly<Record<string, string>> = {
  count: "whole number",
  seconds: "seconds",
  millis: "milliseconds",
  percent: "percent",
  real: "number",
  flag: "true or false",
  text: "text",
};

/** The document as Markdown. */
export function tablesDocument(): string {
  const lines = [
    "# Tables",
    "",
    "`kubedrill run` and `batch` write these CSV files. A header stands always, a cell is empty where nothing was measured (never 0), numbers are",
    "fixed and without locale, lines end in `\\n`. Names of columns end in their unit: `_s` seconds of virtual time, `_ms` milliseconds, `_pct`",
    "percent, `_m` millicores, `_b` bytes. The same scenario and seed give the same bytes.",
    "",
    "This page is made from the code: `npm run docs:tables`.",
    "",
    "## The run's identity",
    "",
    "First columns of every file:",
    "",
    "| column | meaning |",
    "|---|---|",
    ...IDENTITY_COLUMNS.map(({ name, doc }) => `| \`${name}\` | ${cell(doc)} |`),
  ];
  for (const { name, doc, columns } of REPORTS) {
    lines.push("", `## ${name}.csv`, "", doc, "", "| column | | meaning |", "|---|---|---|");
    for (const column of columns)
      lines.push(`| \`${column.name}\` | ${UNITS[column.format] ?? column.format} | ${cell(column.doc)} |`);
  }
  for (const { name, doc, columns } of BATCH_TABLES) {
    lines.push("", `## ${name}.csv`, "", doc, "", "| column | | meaning |", "|---|---|---|");
    for (const column of columns) lines.push(`| \`${column.name}\` | ${column.unit} | ${cell(column.doc)} |`);
  }
  return `${lines.join("\n")}\n`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
