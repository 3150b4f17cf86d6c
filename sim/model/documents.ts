// From the text of a YAML or JSON file to its documents, each with a way back from a path to line and column.
// JSON is taken as one value, several, or one per line. Refuses duplicate keys, nesting beyond 200 levels, cyclic anchors,
// alias bombs and NUL characters, always with a place. Source: YAML 1.2 core schema with merge keys, RFC 8259.
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
} from "yaml";
import { type JsonPlaces, locateJson, MAX_DEPTH, scanJson, skipSpace } from "./json-scan.ts";
import { readPlainYaml } from "./plain-yaml.ts";
import { type FileProblem, type Path, type Problem, pathText } from "./problem.ts";
import { offsetWithin } from "./text-offset.ts";

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One document of a file as plain data. */
export interface ParsedDocument {
  readonly file: string;
  readonly value: unknown;
  /**
   * Where the value at the path stands, or its key; the nearest value that exists where there is none.
   *
   * @param within of a text: the place of this character of it, counted from 0
   */
  locate(path: Path, atKey?: boolean, within?: number): Position;
}

export interface ParsedFile {
  readonly documents: readonly ParsedDocument[];
  /** When there are any, the documents may be incomplete. */
  readonly problems: readonly FileProblem[];
}

/** Parses a file's text. Never throws. `file` is the name to be shown. */
export function parseDocuments(text: string, file: string): ParsedFile {
  const nul = text.indexOf("\0");
  if (nul >= 0) return faulty(file, offsetPosition(text, nul), "text without NUL characters");
  const begin = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  const first = text[skipSpace(text, begin)];
  if (first === "{" || first === "[" || /\.jsonl?$/.test(file)) {
    const json = parseJson(text, file, begin);
    // braces can also open a YAML flow mapping
    if (json.problems.length === 0 || /\.jsonl?$/.test(file) || looksLikeJson(text, begin)) return json;
  }
  return plainYaml(text, file) ?? parseYaml(text, file);
}

// the full parser is slow, and builds a tree many times the size of the text: it reads what the fast one does not take,
// and it finds the places within objects when there is a mistake to show
function plainYaml(text: string, file: string): ParsedFile | null {
  const plain = readPlainYaml(text);
  if (plain === null) return null;
  let parsed: ParsedFile | null = null;
  const documents = plain.map(({ value, places }, index): ParsedDocument => {
    const locate = (path: Path, atKey = false, within = 0): Position => {
      const at = valueAt(value, path);
      const known = typeof at === "object" && at !== null && !atKey ? places.get(at) : undefined;
      if (known !== undefined) return known;
      parsed ??= parseYaml(text, file);
      return parsed.documents[index]?.locate(path, atKey, within) ?? { line: 1, column: 1 };
    };
    return { file, value, locate };
  });
  return { documents, problems: [] };
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[key];
  }
  return value;
}

/** Adds a document's positions to problems. */
export function located(
  document: ParsedDocument,
  problems: readonly Problem[],
  base: Path = [],
): readonly FileProblem[] {
  return problems.map((problem) => {
    const path = [...base, ...problem.path];
    return {
      file: document.file,
      ...document.locate(path, problem.atKey === true, problem.within),
      path: pathText(path),
      expected: problem.expected,
      received: problem.received,
    };
  });
}

function faulty(file: string, position: Position, expected: string): ParsedFile {
  return { documents: [], problems: [{ file, ...position, path: "", expected, received: "" }] };
}

function offsetPosition(text: string, offset: number): Position {
  return new Lines(text).position(offset);
}

/** The lines of a text, counted once when the first position is asked for. */
class Lines {
  private readonly text: string;
  private starts: number[] | null = null;

  constructor(text: string) {
    this.text = text;
  }

  position(offset: number): Position {
    const starts = this.starts ?? lineStarts(this.text);
    this.starts = starts;
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - starts[low]! + 1 };
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

// --- JSON ---

function parseJson(text: string, file: string, begin: number): ParsedFile {
  const documents: ParsedDocument[] = [];
  const lines = new Lines(text);
  const places: JsonPlaces = new Map();
  for (let at = skipSpace(text, begin); at < text.length; at = skipSpace(text, at)) {
    const start = at;
    const scan = scanJson(text, start);
    if (!("end" in scan)) {
      return {
        documents,
        problems: [
          {
            file,
            ...offsetPosition(text, scan.offset),
            path: "",
            expected: scan.expected,
            received: found(text, scan.offset),
          },
        ],
      };
    }
    const value = JSON.parse(text.slice(start, scan.end)) as unknown;
    documents.push({
      file,
      value,
      locate: (path, atKey = false, within = 0) => {
        const offset = locateJson(text, start, path, atKey, places);
        return lines.position(offsetWithin(text, offset, valueAt(value, path), within));
      },
    });
    at = scan.end;
  }
  return { documents, problems: [] };
}

function found(text: string, offset: number): string {
  return offset >= text.length
    ? "the end of the file"
    : JSON.stringify(text.slice(offset, offset + 20).split("\n", 1)[0]);
}

// the first key is quoted and followed by a colon without a YAML document around it: meant as JSON, so report it as such
function looksLikeJson(text: string, begin: number): boolean {
  return /^\s*[{[]\s*(?:"|[{[])/.test(text.slice(begin, begin + 2000));
}

// --- YAML ---

function parseYaml(text: string, file: string): ParsedFile {
  const lines = new LineCounter();
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const deep = tooDeep(text);
  if (deep >= 0) return faulty(file, offsetPosition(text, deep), `at most ${MAX_DEPTH} levels of nesting`);
  let parsed: readonly Document[];
  try {
    const result = parseAllDocuments(text, {
      lineCounter: lines,
      uniqueKeys: true,
      merge: true,
      schema: "core",
      prettyErrors: false,
      logLevel: "silent",
    });
    parsed = Array.isArray(result) ? result : [];
  } catch (error) {
    // the composer is recursive: what remains too deep for it ends here
    if (error instanceof RangeError)
      return faulty(file, { line: 1, column: 1 }, `at most ${MAX_DEPTH} levels of nesting`);
    return faulty(file, { line: 1, column: 1 }, `YAML that can be read: ${oneLine(error)}`);
  }
  const documents: ParsedDocument[] = [];
  const problems: FileProblem[] = [];
  for (const document of parsed) {
    // errors of syntax cascade: the first ones say it
    for (const error of document.errors.slice(0, 20)) {
      problems.push({ file, ...position(error.pos[0]), path: "", expected: syntaxExpectation(error), received: "" });
    }
    if (document.errors.length > 0) continue;
    const start = document.contents?.range?.[0] ?? document.range?.[0] ?? 0;
    let value: unknown;
    try {
      value = document.toJS({ maxAliasCount: 100 });
    } catch (error) {
      problems.push({
        file,
        ...position(firstAlias(document) ?? start),
        path: "",
        expected: aliasExpectation(error),
        received: "",
      });
      continue;
    }
    if (isTooDeep(value)) {
      const place = position(firstAlias(document) ?? start);
      problems.push({
        file,
        ...place,
        path: "",
        expected: `at most ${MAX_DEPTH} levels of nesting and no anchor that contains itself`,
        received: "",
      });
      continue;
    }
    documents.push({
      file,
      value,
      locate: (path, atKey = false, within = 0) =>
        position(offsetWithin(text, yamlOffset(document, path, atKey, start), valueAt(value, path), within)),
    });
  }
  return { documents, problems };
}

function syntaxExpectation(error: unknown): string {
  const message = oneLine(error);
  return message.includes("call stack") ? `at most ${MAX_DEPTH} levels of nesting` : `valid YAML: ${message}`;
}

function aliasExpectation(error: unknown): string {
  const message = oneLine(error);
  if (message.includes("Excessive alias count"))
    return "fewer repetitions by aliases: together they would be too large";
  if (message.includes("Unresolved alias")) return `an anchor for each alias: ${message}`;
  return `YAML that can be read: ${message}`;
}

function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split("\n", 1)[0] ?? "").slice(0, 200);
}

function yamlOffset(document: Document, path: Path, atKey: boolean, start: number): number {
  let node: unknown = document.contents;
  let offset = start;
  for (const [step, wanted] of path.entries()) {
    node = resolved(node, document);
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === wanted);
      if (pair === undefined) return offset;
      const key = pair.key as Node;
      if (atKey && step === path.length - 1) return key.range?.[0] ?? offset;
      offset = (pair.value as Node | null)?.range?.[0] ?? key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof wanted === "number") {
      node = node.items[wanted];
      offset = (node as Node | undefined)?.range?.[0] ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

function resolved(node: unknown, document: Document): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function firstAlias(document: Document): number | undefined {
  const pending: unknown[] = [document.contents];
  let first: number | undefined;
  while (pending.length > 0) {
    const node = pending.pop();
    if (isAlias(node)) {
      const offset = node.range?.[0];
      if (offset !== undefined && (first === undefined || offset < first)) first = offset;
    } else if (isCollection(node)) {
      for (const item of node.items) {
        if (isPair(item)) pending.push(item.key, item.value);
        else pending.push(item);
      }
    }
  }
  return first;
}

// Offset of the first bracket or line that nests too deep, or -1, without parsing: the parser's time grows with the
// square of the depth. Brackets inside of quoted or block text count too, hence the wide limit.
function tooDeep(text: string): number {
  const limit = MAX_DEPTH * 10;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 91 || code === 123) {
      if (++depth > limit) return i;
    } else if ((code === 93 || code === 125) && depth > 0) {
      depth--;
    }
  }
  const dashes = /^[ \t]*(?:[-?:][ \t]+){200}/m.exec(text);
  return dashes === null ? -1 : dashes.index;
}

// also finds cycles, which have no end of depth
function isTooDeep(value: unknown): boolean {
  const pending: { value: unknown; depth: number }[] = [{ value, depth: 0 }];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (typeof at.value !== "object" || at.value === null) continue;
    if (at.depth > MAX_DEPTH) return true;
    for (const child of Object.values(at.value)) {
      if (typeof child === "object" && child !== null) pending.push({ value: child, depth: at.depth + 1 });
    }
  }
  return false;
}
