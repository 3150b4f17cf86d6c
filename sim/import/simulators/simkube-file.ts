// A SimKube trace as plain data: MessagePack (`skctl export`), or the same as JSON. Keys that are tuples become JSON texts, numbers beyond 2^53
// texts or rounded: nothing here reads them. Refuses other versions than 2, and says where something does not look like a trace.
import { decode } from "@msgpack/msgpack";
import type { ParsedDocument } from "../../model/documents.ts";
import { type FileProblem, pathText, shown } from "../../model/problem.ts";
import { isMapping, type Mapping } from "../flatten.ts";
import type { Source } from "../source.ts";

export interface TraceEvent {
  /** Seconds. */
  readonly ts: number;
  readonly applied: readonly unknown[];
  readonly deleted: readonly unknown[];
}

export interface SimkubeTrace {
  readonly document: ParsedDocument;
  readonly config: Mapping;
  readonly events: readonly TraceEvent[];
  /** `["v1.Pod","shop/web-1"]` → hash of the pod's spec → lives, `{ Running: start }` or `{ Finished: [start, end] }`. */
  readonly lifecycles: Mapping;
}

/** Looks like MessagePack with a trace in it, or like its JSON. */
export function isSimkube(source: Source): boolean {
  const [first = 0] = source.bytes;
  const isBinaryMap = (first & 0xf0) === 0x80 || first === 0xde || first === 0xdf;
  if (isBinaryMap) return source.text === null || source.name.endsWith(".sktrace");
  const { text } = source;
  return (
    text !== null &&
    source.firstLine.startsWith("{") &&
    /"(applied_objs|tracked_?[oO]bjects)"\s*:/.test(text.slice(0, 1 << 20))
  );
}

/** The trace, or what is wrong. */
export function readSimkube(source: Source): SimkubeTrace | readonly FileProblem[] {
  const document = documentOf(source);
  if (Array.isArray(document)) return document as readonly FileProblem[];
  const { value } = document as ParsedDocument;
  const wrong = (path: readonly (string | number)[], expected: string, received: unknown): readonly FileProblem[] => [
    {
      file: source.name,
      ...(document as ParsedDocument).locate(path),
      path: pathText(path),
      expected,
      received: shown(received),
    },
  ];
  if (!isMapping(value)) return wrong([], "a SimKube trace", value);
  if (Number(value["version"]) !== 2) return wrong(["version"], "version 2 of SimKube's traces", value["version"]);
  if (!Array.isArray(value["events"])) return wrong(["events"], "a list of events", value["events"]);
  const events: TraceEvent[] = [];
  for (const [index, event] of (value["events"] as readonly unknown[]).entries()) {
    if (!isMapping(event)) return wrong(["events", index], "an event", event);
    const { ts, applied_objs: applied, deleted_objs: deleted } = event;
    const time = Number(ts);
    if (!Number.isSafeInteger(time)) return wrong(["events", index, "ts"], "a time in seconds", ts);
    if (events.length > 0 && time < events.at(-1)!.ts)
      return wrong(["events", index, "ts"], "a time that is not before the last one", ts);
    if (!Array.isArray(applied)) return wrong(["events", index, "applied_objs"], "a list of objects", applied);
    if (!Array.isArray(deleted)) return wrong(["events", index, "deleted_objs"], "a list of objects", deleted);
    events.push({ ts: time, applied, deleted });
  }
  const { config, pod_lifecycles: lifecycles } = value;
  return {
    document: document as ParsedDocument,
    config: isMapping(config) ? config : {},
    events,
    lifecycles: isMapping(lifecycles) ? lifecycles : {},
  };
}

function documentOf(source: Source): ParsedDocument | readonly FileProblem[] {
  if (source.text !== null && source.firstLine.startsWith("{")) {
    const { documents, problems } = source.documents();
    return documents[0] ?? problems;
  }
  const start = { line: 1, column: 1 };
  try {
    const value = plain(decode(source.bytes, { useBigInt64: true, mapKeyConverter: keyText }));
    // bytes have no lines
    return { file: source.name, value, locate: () => start };
  } catch (error) {
    const received = error instanceof Error ? error.message : "";
    return [{ file: source.name, ...start, path: "", expected: "MessagePack", received }];
  }
}

function keyText(key: unknown): string {
  return typeof key === "object" ? JSON.stringify(key) : String(key);
}

// hashes are 64-bit numbers, all else fits
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (!isMapping(value) || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, plain(field)]));
}
