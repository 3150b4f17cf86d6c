// A fast reader for the plain YAML that kubectl and Helm print: block mappings and sequences, scalars on one line, literal
// blocks. It gives up at anything else (anchors, tags, flow collections, folded text, duplicate keys, mistakes), and then
// the full parser decides: where it does not give up, both give the same values.
import { MAX_DEPTH } from "./json-scan.ts";

export interface PlainDocument {
  readonly value: unknown;
  /** Line and column, from 1, of the document's mapping or list and of those one and two levels below. */
  readonly places: ReadonlyMap<object, { readonly line: number; readonly column: number }>;
}

/** The documents of a text, or null when the full parser has to read it. */
export function readPlainYaml(text: string): readonly PlainDocument[] | null {
  if (/[\t\r\u0085\u2028\u2029\ufeff]/.test(text)) return null;
  const reader = new PlainReader(text.split("\n"));
  try {
    return reader.documents();
  } catch (error) {
    if (error === GIVE_UP) return null;
    throw error;
  }
}

const GIVE_UP = Symbol("not plain");

const PLACED_DEPTH = 2;
/** YAML's own limit is 1024 characters from the start of a key to its colon. */
const MAX_KEY_LENGTH = 1000;
/** What may follow a value on its line. */
const TRAIL = /^( +#.*| *)$/;

class PlainReader {
  private readonly lines: readonly string[];
  private at = 0;
  // of the line at `at`: its text from the first character on, and how many spaces stand before it
  private content = "";
  private indent = -1;
  private places = new Map<object, { line: number; column: number }>();

  constructor(lines: readonly string[]) {
    this.lines = lines;
  }

  documents(): readonly PlainDocument[] {
    const documents: PlainDocument[] = [];
    this.next(0);
    while (this.indent >= 0) {
      if (this.isSeparator()) this.next(this.at + 1);
      // an empty document is one too: the full parser knows when
      if (this.indent < 0 || this.isSeparator()) throw GIVE_UP;
      this.places = new Map();
      const value = this.collection(this.indent, 0);
      documents.push({ value, places: this.places });
      if (this.indent >= 0 && !this.isSeparator()) throw GIVE_UP;
    }
    return documents;
  }

  private isSeparator(): boolean {
    return this.indent === 0 && this.content === "---";
  }

  /** Goes to the first line from `at` on that has content. */
  private next(at: number): void {
    for (let i = at; i < this.lines.length; i++) {
      const line = this.lines[i]!;
      let indent = 0;
      while (line.charCodeAt(indent) === 32) indent++;
      if (indent === line.length || line.charCodeAt(indent) === 35) continue;
      this.at = i;
      this.indent = indent;
      this.content = line.slice(indent);
      if (indent === 0 && (this.content.startsWith("%") || this.content.startsWith("..."))) throw GIVE_UP;
      if (indent === 0 && this.content.startsWith("---") && this.content !== "---") throw GIVE_UP;
      return;
    }
    this.at = this.lines.length;
    this.indent = -1;
    this.content = "";
  }

  // the mapping or sequence whose first line is the current one
  private collection(indent: number, depth: number): unknown {
    if (depth > MAX_DEPTH) throw GIVE_UP;
    return isDash(this.content) ? this.sequence(indent, depth) : this.mapping(indent, depth);
  }

  private place(value: object, indent: number, depth: number): void {
    if (depth <= PLACED_DEPTH) this.places.set(value, { line: this.at + 1, column: indent + 1 });
  }

  private sequence(indent: number, depth: number): unknown[] {
    const items: unknown[] = [];
    this.place(items, indent, depth);
    while (this.indent === indent && isDash(this.content)) {
      let start = 1;
      while (this.content.charCodeAt(start) === 32) start++;
      const rest = this.content.slice(start);
      if (rest === "" || rest.startsWith("#")) {
        this.next(this.at + 1);
        items.push(this.indent > indent ? this.collection(this.indent, depth + 1) : null);
      } else if (isDash(rest) || keyEnd(rest) >= 0) {
        // a collection that begins behind the dash stands as far in as its first character
        this.content = rest;
        this.indent = indent + start;
        items.push(this.collection(this.indent, depth + 1));
      } else {
        items.push(this.scalar(rest, indent));
      }
    }
    if (this.indent > indent) throw GIVE_UP;
    return items;
  }

  private mapping(indent: number, depth: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    this.place(map, indent, depth);
    while (this.indent === indent && !this.isSeparator()) {
      const { content } = this;
      const end = keyEnd(content);
      if (end < 0 || end > MAX_KEY_LENGTH || isDash(content)) throw GIVE_UP;
      const key = keyText(content.slice(0, end));
      if (Object.hasOwn(map, key) || key === "__proto__" || key === "<<") throw GIVE_UP;
      let start = end + 1;
      while (content.charCodeAt(start) === 32) start++;
      const rest = content.slice(start);
      if (rest === "" || rest.startsWith("#")) map[key] = this.below(indent, depth);
      else map[key] = this.scalar(rest, indent);
    }
    if (this.indent > indent) throw GIVE_UP;
    return map;
  }

  // what belongs to a key without a value on its line
  private below(indent: number, depth: number): unknown {
    this.next(this.at + 1);
    if (this.indent > indent) return this.collection(this.indent, depth + 1);
    if (this.indent === indent && isDash(this.content)) return this.sequence(indent, depth + 1);
    return null;
  }

  // the scalar that ends the current line, and goes to the line after it
  private scalar(rest: string, indent: number): unknown {
    const code = rest.charCodeAt(0);
    if (code === 124) return this.literal(rest, indent);
    let value: unknown;
    if (code === 34 || code === 39) value = quoted(rest);
    else if (rest.startsWith("{}") && TRAIL.test(rest.slice(2))) value = {};
    else if (rest.startsWith("[]") && TRAIL.test(rest.slice(2))) value = [];
    else value = plain(rest);
    this.next(this.at + 1);
    // a deeper line would go on with the scalar
    if (this.indent > indent) throw GIVE_UP;
    return value;
  }

  private literal(header: string, indent: number): string {
    if (header !== "|" && header !== "|-" && header !== "|+") throw GIVE_UP;
    const { lines } = this;
    let first = this.at + 1;
    while (first < lines.length && lines[first] === "") first++;
    const inner = /^ */.exec(lines[first] ?? "")?.[0].length ?? 0;
    if (inner <= indent || first !== this.at + 1) throw GIVE_UP;
    const prefix = " ".repeat(inner);
    const text: string[] = [];
    let i = first;
    for (; i < lines.length; i++) {
      const line = lines[i]!;
      if (line.startsWith(prefix)) text.push(line.slice(inner));
      else if (line === "") text.push("");
      else if (/^ *$/.test(line)) throw GIVE_UP;
      else break;
    }
    // the end of the text is no empty line of its own
    if (i === lines.length && text.at(-1) === "") text.pop();
    let kept = text.length;
    while (kept > 0 && text[kept - 1] === "") kept--;
    if (kept === 0 || text.slice(0, kept).some((line) => /^ +$/.test(line))) throw GIVE_UP;
    this.next(i);
    if (this.indent > indent) throw GIVE_UP;
    const body = text.slice(0, kept).join("\n");
    if (header === "|-") return body;
    return header === "|" ? `${body}\n` : `${body}${"\n".repeat(text.length - kept + 1)}`;
  }
}

function isDash(content: string): boolean {
  return content === "-" || content.startsWith("- ");
}

// offset of the colon behind the key that the content begins with, or -1
function keyEnd(content: string): number {
  const code = content.charCodeAt(0);
  if (code === 34 || code === 39) {
    const end = quoteEnd(content, code);
    if (end < 0 || content.charCodeAt(end + 1) !== 58) return -1;
    return content.length === end + 2 || content.charCodeAt(end + 2) === 32 ? end + 1 : -1;
  }
  if (INDICATOR.test(content)) return -1;
  for (let at = content.indexOf(":"); at >= 0; at = content.indexOf(":", at + 1)) {
    if (at + 1 === content.length || content.charCodeAt(at + 1) === 32) {
      const comment = content.indexOf(" #");
      return comment >= 0 && comment < at ? -1 : at;
    }
  }
  return -1;
}

// characters that mean something else than text at the start of a plain scalar
const INDICATOR = /^[-?:,[\]{}#&*!|>'"%@`]/;

function keyText(text: string): string {
  const code = text.charCodeAt(0);
  const key = code === 34 || code === 39 ? quoted(text) : plain(text.trimEnd());
  // the full parser knows how keys that are no text are written
  if (typeof key !== "string") throw GIVE_UP;
  return key;
}

// offset of the closing quote, or -1
function quoteEnd(text: string, quote: number): number {
  for (let i = 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 92 && quote === 34) i++;
    else if (code === quote) {
      if (quote === 34 || text.charCodeAt(i + 1) !== 39) return i;
      i++;
    }
  }
  return -1;
}

function quoted(text: string): string {
  const quote = text.charCodeAt(0);
  const end = quoteEnd(text, quote);
  if (end < 0 || !TRAIL.test(text.slice(end + 1))) throw GIVE_UP;
  if (quote === 39) return text.slice(1, end).replaceAll("''", "'");
  try {
    return JSON.parse(text.slice(0, end + 1)) as string;
  } catch {
    throw GIVE_UP;
  }
}

const NUMBER = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const MAYBE_NUMBER = /^(?:[-+.]|\d)/;

function plain(rest: string): unknown {
  const comment = rest.indexOf(" #");
  const text = (comment < 0 ? rest : rest.slice(0, comment)).trimEnd();
  const code = text.charCodeAt(0);
  // a minus with something behind it begins text or a number
  if (INDICATOR.test(text) && !(code === 45 && /^-[^ ]/.test(text))) throw GIVE_UP;
  if (text.includes(": ") || text.endsWith(":")) throw GIVE_UP;
  if (MAYBE_NUMBER.test(text)) {
    if (NUMBER.test(text)) return Number(text);
    if (/^(0[ox]|[-+]?\.(inf|nan))/i.test(text)) throw GIVE_UP;
    return text;
  }
  switch (text) {
    case "true":
    case "True":
    case "TRUE":
      return true;
    case "false":
    case "False":
    case "FALSE":
      return false;
    case "null":
    case "Null":
    case "NULL":
    case "~":
      return null;
    default:
      return text;
  }
}
