// A strict JSON scanner: says where a text stops being JSON, finds keys that stand twice, and finds the place of a value
// by its path. JSON.parse does the parsing; it knows no positions, lets duplicate keys pass and has no limit of depth.
import type { Path } from "./problem.ts";

/** Nesting beyond this is refused: no Kubernetes object comes near it, and recursive code would run out of stack. */
export const MAX_DEPTH = 200;

/** Where and how a text is not the JSON that we take. */
export interface JsonFault {
  readonly offset: number;
  readonly expected: string;
}

/** A value that ends before `end`, or a fault. */
export type JsonScan = { readonly end: number } | JsonFault;

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_LIST = 91;
const BACKSLASH = 92;
const CLOSE_LIST = 93;
const OPEN_MAP = 123;
const CLOSE_MAP = 125;

/** Scans the one value that begins at `start`, after white space. */
export function scanJson(text: string, start: number): JsonScan {
  // one entry per open list (null) or mapping (its keys so far)
  const open: (Set<string> | null)[] = [];
  let at = skipSpace(text, start);
  for (;;) {
    // a value begins at `at`
    const code = text.charCodeAt(at);
    let closed = false;
    if (code === OPEN_MAP || code === OPEN_LIST) {
      if (open.length >= MAX_DEPTH) return { offset: at, expected: `at most ${MAX_DEPTH} levels of nesting` };
      const isMap = code === OPEN_MAP;
      at = skipSpace(text, at + 1);
      if (text.charCodeAt(at) === (isMap ? CLOSE_MAP : CLOSE_LIST)) {
        at++;
        closed = true;
      } else {
        open.push(isMap ? new Set() : null);
      }
    } else {
      const end = scalarEnd(text, at);
      if (typeof end !== "number") return end;
      at = end;
      closed = true;
    }
    // after a value: close what ends here, up to a comma
    while (closed) {
      if (open.length === 0) return { end: at };
      at = skipSpace(text, at);
      const inMap = open[open.length - 1] !== null;
      const next = text.charCodeAt(at);
      if (next === COMMA) {
        at = skipSpace(text, at + 1);
        break;
      }
      if (next !== (inMap ? CLOSE_MAP : CLOSE_LIST)) return { offset: at, expected: `a comma or ${inMap ? "}" : "]"}` };
      at++;
      open.pop();
    }
    const keys = open[open.length - 1];
    if (keys == null) continue;
    const end =
      text.charCodeAt(at) === QUOTE ? stringEnd(text, at) : { offset: at, expected: "a key in double quotes" };
    if (typeof end !== "number") return end;
    const key = text.slice(at, end);
    if (keys.has(key)) return { offset: at, expected: `each key once, but ${key.slice(0, 60)} stands here again` };
    keys.add(key);
    at = skipSpace(text, end);
    if (text.charCodeAt(at) !== COLON) return { offset: at, expected: "a colon" };
    at = skipSpace(text, at + 1);
  }
}

/** Where the children of lists and mappings stand; filled as they are asked for, so that each is scanned once. */
export type JsonPlaces = Map<number, ReadonlyMap<string | number, JsonPlace>>;

interface JsonPlace {
  readonly keyAt: number;
  readonly valueAt: number;
}

/**
 * The offset of a value, or of its key, in a text that {@link scanJson} accepts from `start` on. A path that leads
 * nowhere gives the deepest value on the way.
 *
 * @param places shared by all calls for one text
 */
export function locateJson(
  text: string,
  start: number,
  path: Path,
  atKey: boolean,
  places: JsonPlaces = new Map(),
): number {
  let at = skipSpace(text, start);
  for (const [step, wanted] of path.entries()) {
    let children = places.get(at);
    if (children === undefined) {
      children = childrenOf(text, at);
      places.set(at, children);
    }
    const child = children.get(wanted);
    if (child === undefined) return at;
    if (atKey && step === path.length - 1) return child.keyAt;
    at = child.valueAt;
  }
  return at;
}

// of the value that begins at the offset; none when it is a scalar
function childrenOf(text: string, at: number): ReadonlyMap<string | number, JsonPlace> {
  const children = new Map<string | number, JsonPlace>();
  const isMap = text.charCodeAt(at) === OPEN_MAP;
  if (!isMap && text.charCodeAt(at) !== OPEN_LIST) return children;
  const close = isMap ? CLOSE_MAP : CLOSE_LIST;
  let next = skipSpace(text, at + 1);
  for (let index = 0; text.charCodeAt(next) !== close; index++) {
    const keyAt = next;
    let name: string | number = index;
    if (isMap) {
      const end = stringEnd(text, next) as number;
      name = JSON.parse(text.slice(next, end)) as string;
      next = skipSpace(text, skipSpace(text, end) + 1);
    }
    children.set(name, { keyAt, valueAt: next });
    const value = scanJson(text, next);
    if (!("end" in value)) break;
    next = skipSpace(text, value.end);
    if (text.charCodeAt(next) === COMMA) next = skipSpace(text, next + 1);
  }
  return children;
}

/** The first offset from `at` on that is no white space of JSON. */
export function skipSpace(text: string, at: number): number {
  let i = at;
  for (;;) {
    const code = text.charCodeAt(i);
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return i;
    i++;
  }
}

const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

function scalarEnd(text: string, at: number): number | JsonFault {
  if (text.charCodeAt(at) === QUOTE) return stringEnd(text, at);
  SCALAR.lastIndex = at;
  const match = SCALAR.exec(text);
  if (match === null) return { offset: at, expected: at >= text.length ? "more: the text ends here" : "a JSON value" };
  return at + match[0].length;
}

function stringEnd(text: string, at: number): number | JsonFault {
  for (let i = at + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) return i + 1;
    if (code < 32) return { offset: i, expected: "no control character inside of quotes" };
    if (code !== BACKSLASH) continue;
    i++;
    const escaped = text[i];
    if (escaped === "u" && /^[0-9a-fA-F]{4}$/.test(text.slice(i + 1, i + 5))) i += 4;
    else if (escaped === undefined || !'"\\/bfnrt'.includes(escaped))
      return { offset: i - 1, expected: "a valid escape" };
  }
  return { offset: text.length, expected: "a closing double quote: the text ends inside of quotes" };
}
