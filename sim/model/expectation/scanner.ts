// Reads the text of an expectation piece by piece, and keeps the place of each piece. What a piece may look like depends on where it
// stands: names hold slashes and dashes, so that division and subtraction need spaces around them.
import { parseDurationMicros } from "../../engine/tick.ts";
import { quantityError, value as quantityValue } from "../quantity.ts";
import type { SyntaxFault, Unit } from "./syntax.ts";

const SPACE = /\s*/y;
const WORD = /[A-Za-z_][\w.:*-]*(?:\/[\w.:*-]+)*/y;
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[A-Za-zµμ%][\w.µμ%]*)?/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"|'([^']*)'/y;
const FILTER_KEY = /[A-Za-z_][\w./*-]*/y;
const FILTER_VALUE = /[\w*][\w./:*%-]*/y;

export class Scanner {
  readonly text: string;
  at = 0;
  /** The first mistake is the one to show. */
  fault: SyntaxFault | null = null;

  constructor(text: string) {
    this.text = text;
    this.skip();
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** Takes the symbol if it is next. */
  take(symbol: string): boolean {
    if (!this.text.startsWith(symbol, this.at)) return false;
    this.at += symbol.length;
    this.skip();
    return true;
  }

  /** Takes this very word if it is next. */
  takeWord(word: string): boolean {
    const at = this.at;
    if (this.match(WORD) === word) return true;
    this.at = at;
    return false;
  }

  /** The next word without taking it; "" when there is none. */
  peekWord(): string {
    const at = this.at;
    const word = this.match(WORD);
    this.at = at;
    return word ?? "";
  }

  word(): string | null {
    return this.match(WORD);
  }

  filterKey(): string | null {
    return this.match(FILTER_KEY);
  }

  filterValue(): string | null {
    return this.quoted() ?? this.match(FILTER_VALUE);
  }

  quoted(): string | null {
    QUOTED.lastIndex = this.at;
    const match = QUOTED.exec(this.text);
    if (match === null) return null;
    this.at = QUOTED.lastIndex;
    this.skip();
    return match[2] ?? (match[1] ?? "").replace(/\\(.)/g, "$1");
  }

  /** A number with its unit: 3, 1.5, 60%, 30s, 1h30m, 512Mi. */
  number(): { readonly unit: Unit; readonly value: number } | null {
    const { at } = this;
    const text = this.match(NUMBER);
    if (text === null) return null;
    if (/^[\d.]+$/.test(text) && text.length <= 16) return { unit: "number", value: Number(text) };
    if (/^(\d{1,6}(?:\.\d{1,12})?)%$/.test(text)) return { unit: "share", value: Number(text.slice(0, -1)) / 100 };
    const micros = parseDurationMicros(text);
    if (micros !== undefined) return { unit: "duration", value: micros };
    if (/^[\d.]+[KMGTPE]i?$|^[\d.]+k$/.test(text) && quantityError(text) === undefined)
      return { unit: "bytes", value: quantityValue(text) };
    this.fail("a number, a share such as 60%, a duration such as 30s, or bytes such as 512Mi", at);
    return null;
  }

  /** Notes a mistake at the place, or where the scanner is. */
  fail(expected: string, at = this.at): null {
    if (this.fault !== null) return null;
    const rest = this.text.slice(at).trim();
    this.fault = { expected, at, found: rest === "" ? "" : JSON.stringify(cut(rest)) };
    return null;
  }

  private match(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match === null) return null;
    this.at = pattern.lastIndex;
    this.skip();
    return match[0];
  }

  private skip(): void {
    SPACE.lastIndex = this.at;
    SPACE.exec(this.text);
    this.at = SPACE.lastIndex;
  }
}

function cut(text: string): string {
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}
