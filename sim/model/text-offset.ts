// From a character of a text to its place in the source that the text was read from: past quotes, escapes, block headers and folded
// lines. Walks source and text side by side; where they part it stops, at the last place that it is sure of.

const ESCAPE = /\\(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|\r?\n[ \t]*|.)/y;
const BLOCK_HEADER = /[|>][+\-\d]*[ \t]*(?:#.*)?\r?\n/y;

/**
 * @param begin of the value in the source, quotes or block header included
 * @param value what was read there; anything but a text is taken to begin at `begin`
 * @param within the character of it, counted from 0
 */
export function offsetWithin(source: string, begin: number, value: unknown, within: number): number {
  if (typeof value !== "string" || within <= 0) return begin;
  const quote = source[begin] === "'" || source[begin] === '"' ? source[begin] : "";
  BLOCK_HEADER.lastIndex = begin;
  const header = quote === "" ? BLOCK_HEADER.exec(source) : null;
  let at = begin + (header?.[0].length ?? quote.length);
  for (let i = 0; i < Math.min(within, value.length) && at < source.length; i++) {
    if (header !== null) at = pastIndent(source, at, begin, value[i]!);
    at = pastCharacter(source, at, quote, value[i]!);
  }
  // the character itself, not the white space before it
  while (value[within] !== undefined && !isSpace(value[within]!) && isSpace(source[at] ?? "")) at++;
  return Math.min(at, source.length);
}

function pastIndent(source: string, at: number, begin: number, wanted: string): number {
  if (at > begin && source[at - 1] !== "\n") return at;
  let next = at;
  while (source[next] === " " && wanted !== " ") next++;
  return next;
}

function pastCharacter(source: string, at: number, quote: string, wanted: string): number {
  const here = source[at]!;
  if (quote === '"' && here === "\\") {
    ESCAPE.lastIndex = at;
    return at + (ESCAPE.exec(source)?.[0].length ?? 1);
  }
  if (quote === "'" && here === "'") return at + 2;
  // a folded line: one space in the text for a break and the indent after it
  if (wanted === " " && isSpace(here)) {
    let next = at;
    while (isSpace(source[next] ?? "")) next++;
    const isFolded = source.slice(at, next).includes("\n");
    return isFolded ? next : at + 1;
  }
  return at + 1;
}

function isSpace(character: string): boolean {
  return character === " " || character === "\t" || character === "\n" || character === "\r";
}
