// One finished run as bytes: a line of JSON that says what it is and how long its parts are, and behind it the lines that the run adds to
// each report. A checksum over all of it tells a whole record from a torn one, whatever the disk or the network did.
import { createHash } from "node:crypto";
import type { ReportPart, RunOutcome } from "./task.ts";

/** A record that is not whole, or not of the run that was asked for. */
export class RecordError extends Error {
  override readonly name = "RecordError";
}

/** A run without its tables. */
export type RunFacts = Omit<RunOutcome, "parts" | "timeline">;

interface Header {
  readonly key: string;
  readonly facts: RunFacts;
  readonly parts: readonly { readonly report: string; readonly bytes: number }[];
}

const CHECKSUM_BYTES = 64;
const LINE_FEED = 10;

/** @param key which run it is: see runKey */
export function encodeOutcome(key: string, { parts, timeline: _, ...facts }: RunOutcome): Uint8Array {
  const header: Header = { key, facts, parts: parts.map(({ report, bytes }) => ({ report, bytes: bytes.length })) };
  const body = Buffer.concat([Buffer.from(`${JSON.stringify(header, keepNumber)}\n`), ...parts.map((p) => p.bytes)]);
  return Buffer.concat([Buffer.from(`${checksum(body)}\n`), body]);
}

/** @throws RecordError when the bytes are not the whole record of that run */
export function decodeOutcome(key: string, bytes: Uint8Array): { facts: RunFacts; parts: readonly ReportPart[] } {
  const body = bytes.subarray(CHECKSUM_BYTES + 1);
  const sum = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(CHECKSUM_BYTES, bytes.length)).toString();
  if (checksum(body) !== sum) throw new RecordError("the record of a run is damaged");
  const end = body.indexOf(LINE_FEED);
  const text = Buffer.from(body.buffer, body.byteOffset, end).toString();
  const header = JSON.parse(text, reviveNumber) as Header;
  if (header.key !== key) throw new RecordError("the record is of another run");
  let at = end + 1;
  const parts = header.parts.map(({ report, bytes: length }) => {
    at += length;
    return { report, bytes: body.subarray(at - length, at) };
  });
  return { facts: header.facts, parts };
}

function checksum(body: Uint8Array): string {
  return createHash("sha256").update(body).digest("hex");
}

// JSON has no NaN, which is how a summary says "not measured"
function keepNumber(_name: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? { "not finite": String(value) } : value;
}

function reviveNumber(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("not finite" in value)) return value;
  return Number(value["not finite"]);
}
