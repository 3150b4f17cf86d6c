// CSV as RFC 4180 has it, with "\n" between lines: a header always, empty cells for what was not measured, and the run's identity
// at the beginning of every row. Rows are streamed: a table is never held as text as a whole.
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { stringify } from "csv-stringify";
import type { Result } from "../sim/metrics/result.ts";
import { IDENTITY_COLUMNS, identityCells } from "./columns/identity.ts";
import { REPORTS } from "./columns/registry.ts";
import type { Report } from "./columns/report-column.ts";

/** A report's header line. */
export function headerOf(report: Report): string[] {
  return [...IDENTITY_COLUMNS, ...report.columns].map(({ name }) => name);
}

/** The rows of one result in one report. */
export function* rowsOf(report: Report, result: Result): Generator<string[]> {
  const identity = identityCells(result);
  const cells = report.columns.map((column) => column.open(result));
  for (const row of report.rows(result)) {
    const record = identity.slice();
    for (const cell of cells) record.push(cell(row));
    yield record;
  }
}

/** Writes records as CSV lines. The sink is ended. */
export async function writeCsv(records: Iterable<string[]>, sink: Writable): Promise<void> {
  await pipeline(Readable.from(records), stringify({ record_delimiter: "\n" }), sink);
}

/** A part of a CSV file in memory: the bytes of the lines that one run adds to one report. */
export interface CsvPart {
  readonly report: string;
  readonly bytes: Uint8Array;
}

/** The lines of one result in all reports, without headers. */
export async function renderParts(result: Result): Promise<CsvPart[]> {
  const parts: CsvPart[] = [];
  for (const report of REPORTS) parts.push({ report: report.name, bytes: await renderRecords(rowsOf(report, result)) });
  return parts;
}

/** The header line of a report as bytes. */
export function renderHeader(report: Report): Promise<Uint8Array> {
  return renderRecords([headerOf(report)]);
}

/** Records as the bytes of CSV lines. */
export async function renderRecords(records: Iterable<string[]>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  await pipeline(
    Readable.from(records),
    stringify({ record_delimiter: "\n" }),
    async (source: AsyncIterable<Uint8Array>) => {
      for await (const chunk of source) chunks.push(chunk);
    },
  );
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
