// Reads the recordings of etcd: one CSV per kind with one row per trial, and `<kind>_errors.csv` beside it. Which settings,
// trial counts and observation times there are, only the files say. Refuses a folder without any.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CsvTable } from "../../../sim/scenario/csv.ts";

export type RecordedRow = Readonly<Record<string, string>>;

/** Columns that say what was tried; everything else was measured. Rows that agree in them are one setting. */
const SETTING_COLUMNS = ["variant", "members", "heartbeat_ms", "election_ms", "delay_ms", "one_way_delay_ms"];

/** One kind of fault with one setting: what was tried, and what came of it. */
export interface RecordedSetting {
  readonly kind: string;
  /** For people and for choosing: `leader_kill 3 members 100/1000`. */
  readonly name: string;
  readonly rows: readonly RecordedRow[];
  readonly errors: readonly RecordedError[];
}

/** One distinct error of one trial. */
export interface RecordedError {
  readonly trial: string;
  /** `op@target code: message`. */
  readonly text: string;
  readonly count: number;
  readonly durationP50Ms: number;
}

/**
 * All settings of all kinds in a folder, by name of file and then in order of appearance.
 *
 * @throws Error when a file is not a table
 */
export function readRecordings(folder: string): RecordedSetting[] {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".csv")) : [];
  const settings: RecordedSetting[] = [];
  for (const name of names.sort()) {
    if (name.endsWith("_errors.csv") && name !== "api_errors.csv") continue;
    const kind = name.slice(0, -".csv".length);
    const errorFile = join(folder, `${kind}_errors.csv`);
    const errors = existsSync(errorFile) ? readRows(errorFile) : [];
    for (const [key, rows] of groupBy(readRows(join(folder, name)), settingOf)) {
      const found = errors.filter((row) => settingOf(row) === key);
      settings.push({ kind, name: `${kind} ${key}`.trim(), rows, errors: found.map(readError) });
    }
  }
  return settings;
}

/** A number of a row; null where nothing was measured; yes and no are 1 and 0. */
export function numberOf(row: RecordedRow, column: string): number | null {
  const text = row[column] ?? "";
  if (text === "") return null;
  if (text === "true" || text === "false") return text === "true" ? 1 : 0;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/** As {@link numberOf}, of a column that says what was tried. */
export function settingNumber(row: RecordedRow, column: string, missing: number): number {
  return numberOf(row, column) ?? missing;
}

function readRows(path: string): RecordedRow[] {
  const table = new CsvTable(readFileSync(path, "utf8"), path);
  const problem = table.problems[0];
  if (problem !== undefined) {
    throw new Error(`${path}:${problem.line}: expected ${problem.expected}, received ${problem.received}`);
  }
  return table.rows.map((row) => Object.fromEntries(table.header.map((name, i) => [name, row[i] ?? ""])));
}

function readError(row: RecordedRow): RecordedError {
  return {
    trial: row.trial ?? "",
    text: `${row.op}@${row.target} ${row.code}: ${row.message}`,
    count: Number(row.count),
    durationP50Ms: Number(row.dur_p50_ms),
  };
}

function settingOf(row: RecordedRow): string {
  const parts: string[] = [];
  for (const column of SETTING_COLUMNS) {
    const value = row[column] ?? "";
    if (value === "") continue;
    if (column === "members") parts.push(`${value} members`);
    else if (column === "heartbeat_ms") parts.push(`${value}/${row.election_ms ?? ""}`);
    else if (column === "variant") parts.push(value);
    else if (column !== "election_ms") parts.push(`delay ${value} ms`);
  }
  return parts.join(" ");
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
