// Text in kubectl's `describe` layout: lines by level of indentation, cells between tabs, and columns that are aligned over neighbouring
// lines. Source: behaviour of Go's text/tabwriter with kubectl's settings (no least width, two blanks between).
import { parseTimestampMicros, START_EPOCH_SECONDS } from "../../model/timestamp.ts";

const PADDING = 2;

export class DescribeWriter {
  private readonly lines: string[] = [];

  /** A line at this level; two blanks for each. */
  line(level: number, text: string): void {
    this.lines.push("  ".repeat(level) + text);
  }

  /** `Key:  value` */
  field(level: number, key: string, value: string): void {
    this.line(level, `${key}:\t${value}`);
  }

  /** `Key:  a=1`, then further ones below the first. */
  list(level: number, key: string, values: readonly string[]): void {
    this.field(level, key, values[0] ?? "<none>");
    for (const value of values.slice(1)) this.line(level, `\t${value}`);
  }

  toString(): string {
    return alignTabs(this.lines);
  }
}

/** Lines with their cells aligned: a column reaches over neighbouring lines that all have a cell there, the last of a line not counted. */
export function alignTabs(lines: readonly string[]): string {
  const cells = lines.map((line) => line.split("\t"));
  const out: string[] = [];
  format(cells, 0, cells.length, [], out);
  return out.map((line) => `${line}\n`).join("");
}

function format(
  cells: readonly (readonly string[])[],
  from: number,
  to: number,
  widths: readonly number[],
  out: string[],
): void {
  const column = widths.length;
  for (let at = from; at < to; at++) {
    if (column >= cells[at]!.length - 1) {
      out.push(padded(cells[at]!, widths));
      continue;
    }
    const begin = at;
    let width = 0;
    for (; at < to && column < cells[at]!.length - 1; at++)
      width = Math.max(width, [...cells[at]![column]!].length + PADDING);
    format(cells, begin, at, [...widths, width], out);
    at--;
  }
}

function padded(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, i) =>
      i < row.length - 1 && i < widths.length ? cell + " ".repeat(widths[i]! - [...cell].length) : cell,
    )
    .join("");
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `Thu, 01 Jan 2026 00:00:12 +0000`; "" when there is none. */
export function longTime(timestamp: string | null | undefined): string {
  const micros = timestamp == null ? undefined : parseTimestampMicros(timestamp);
  if (timestamp == null || micros === undefined) return "";
  const days = Math.floor((START_EPOCH_SECONDS + Math.floor(micros / 1_000_000)) / 86_400);
  // 1970-01-01 was a Thursday
  const weekday = DAYS[(((days + 4) % 7) + 7) % 7];
  const month = MONTHS[Number(timestamp.slice(5, 7)) - 1];
  return `${weekday}, ${timestamp.slice(8, 10)} ${month} ${timestamp.slice(0, 4)} ${timestamp.slice(11, 19)} +0000`;
}

/** Sorted `key=value`. */
export function labelLines(labels: Readonly<Record<string, string>> | null | undefined, between = "="): string[] {
  return Object.keys(labels ?? {})
    .sort()
    .map((key) => `${key}${between}${labels![key]}`);
}
