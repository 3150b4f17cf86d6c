// Measures how faithful the scheduler is: replays reference cases and compares every decision in full. Prints one row per
// family, then the first differences. Exit code 1 on any difference, and when there was nothing to compare.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { type CaseResult, checkCase, type Failure } from "./check.ts";

/** Families of the reference set: one that is missing is named. */
const FAMILIES = [
  "batching",
  "config",
  "default-spread",
  "extended-resources",
  "gates",
  "host-ports",
  "image-locality",
  "mixed",
  "node-affinity",
  "pod-affinity",
  "preemption",
  "resources",
  "sampling",
  "taints",
  "topology-spread",
  "trace",
  "unschedulable-nodename",
  "volumes",
];
const SHOWN = 10;

interface Row {
  cases: number;
  equalCases: number;
  decisions: number;
  equal: number;
  tableEqual: number;
  tableServed: number;
}

/** Runs the command with its arguments; returns the exit code. */
export function fidelityOfScheduler(args: readonly string[]): number {
  const { values } = parseArgs({
    args: [...args],
    options: {
      cases: { type: "string" },
      family: { type: "string", multiple: true },
      verbose: { type: "boolean", default: false },
      fast: { type: "boolean", default: true },
    },
    allowNegative: true,
  });
  if (values.cases === undefined) {
    console.error("usage: fidelity scheduler --cases DIR [--family NAME]... [--verbose] [--no-fast]");
    return 2;
  }
  const rows = new Map<string, Row>();
  const failures: Failure[] = [];
  for (const file of caseFiles(values.cases)) {
    for (const document of readCases(file, failures)) {
      const family = (document as { family?: unknown } | null)?.family;
      if (values.family !== undefined && !values.family.includes(String(family))) continue;
      const result = checkCase(document, values.fast);
      count(rows, result);
      failures.push(...result.failures);
      if (values.verbose) console.log(`${result.name}: ${result.equal}/${result.decisions} decisions equal`);
    }
  }
  return report(rows, failures, values.family, values.verbose);
}

function caseFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /\.jsonl?(\.gz)?$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** The documents of a file. What cannot be read counts as a difference, it is not passed over. */
function* readCases(file: string, failures: Failure[]): Generator<unknown> {
  const unreadable = (where: string, error: unknown) =>
    failures.push({
      caseName: where,
      text: `cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    });
  let text: string;
  try {
    const bytes = readFileSync(file);
    text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  } catch (error) {
    unreadable(file, error);
    return;
  }
  const parts = /\.jsonl(\.gz)?$/.test(file) ? text.split("\n") : [text];
  for (const [i, part] of parts.entries()) {
    if (part.trim() === "") continue;
    let document: unknown;
    try {
      document = JSON.parse(part);
    } catch (error) {
      unreadable(`${file}:${i + 1}`, error);
      continue;
    }
    yield document;
  }
}

function count(rows: Map<string, Row>, result: CaseResult): void {
  let row = rows.get(result.family);
  if (row === undefined) {
    row = { cases: 0, equalCases: 0, decisions: 0, equal: 0, tableEqual: 0, tableServed: 0 };
    rows.set(result.family, row);
  }
  row.cases++;
  if (result.failures.length === 0) row.equalCases++;
  row.decisions += result.decisions;
  row.equal += result.equal;
  row.tableEqual += result.table?.equal ?? 0;
  row.tableServed += result.table?.served ?? 0;
}

function report(
  rows: ReadonlyMap<string, Row>,
  failures: readonly Failure[],
  asked: readonly string[] | undefined,
  verbose: boolean,
): number {
  const total: Row = { cases: 0, equalCases: 0, decisions: 0, equal: 0, tableEqual: 0, tableServed: 0 };
  const line = (cells: readonly (string | number)[]) =>
    cells.map((cell, i) => (i === 0 ? String(cell).padEnd(24) : String(cell).padStart(12))).join("");
  console.log(line(["family", "cases", "equal", "decisions", "equal", "table equal", "by table"]));
  for (const [family, row] of [...rows].sort((a, b) => (a[0] < b[0] ? -1 : 1))) {
    console.log(line([family, row.cases, row.equalCases, row.decisions, row.equal, row.tableEqual, row.tableServed]));
    for (const key of Object.keys(total) as (keyof Row)[]) total[key] += row[key];
  }
  console.log(
    line(["all", total.cases, total.equalCases, total.decisions, total.equal, total.tableEqual, total.tableServed]),
  );
  const missing = (asked ?? FAMILIES).filter((family) => !rows.has(family));
  if (missing.length > 0) console.log(`families not found: ${missing.join(", ")}`);
  const shown = verbose ? failures : failures.slice(0, SHOWN);
  for (const { caseName, text } of shown) console.log(`DIFFERENT case ${caseName} ${text}`);
  if (shown.length < failures.length) console.log(`… and ${failures.length - shown.length} more differences`);
  if (total.cases === 0 || total.decisions === 0) console.log("nothing was compared");
  const good = failures.length === 0 && total.decisions > 0 && total.equal === total.decisions;
  const percent = total.decisions === 0 ? 0 : (100 * total.equal) / total.decisions;
  console.log(
    `${good ? "EQUAL" : "NOT EQUAL"}: ${total.equal} of ${total.decisions} decisions (${percent.toFixed(3)} %)`,
  );
  return good ? 0 : 1;
}
