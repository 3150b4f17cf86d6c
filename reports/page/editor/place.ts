// Where in a YAML text a cursor stands: the path to it, and whether a key or a value is being written there. Works on text that is not
// finished and may not parse. Block mappings and lists go by their columns, flow ones by their brackets. Pure.

export type Path = readonly (string | number)[];

export interface Place {
  /** Of the mapping or list that a key or entry is written in, or of the value. */
  readonly path: Path;
  readonly kind: "key" | "value";
  /** Where the word under the cursor begins. */
  readonly from: number;
  /** Keys that stand in the same mapping already. */
  readonly siblings: readonly string[];
  /** Column at which a key would stand, in block style; undefined within brackets. */
  readonly column: number | undefined;
  /** Only blanks stand before the word: an entry of a list would need its dash. */
  readonly isLineStart: boolean;
}

interface Level {
  readonly column: number;
  /** A number for an entry of a list. */
  readonly key: string | number;
}

/** A bracket that is open. */
interface Flow {
  readonly bracket: "{" | "[";
  readonly keys: string[];
  key: string | undefined;
  index: number;
  /** Where the present word begins. */
  from: number;
}

const KEY = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#&*!|>'"%@`{}[\],:][^#{}[\],]*?)\s*:(?=\s|$)/;

export function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const lines = before.split("\n");
  const levels: Level[] = [];
  let flow: Flow[] = [];
  // a text in block style (| or >) goes on as long as lines are indented more than this
  let literal = -1;
  let start = 0;
  for (const [i, line] of lines.entries()) {
    const isLast = i === lines.length - 1;
    const column = line.length - line.trimStart().length;
    const content = line.slice(column);
    if (literal >= 0 && (content === "" || column > literal)) {
      if (isLast)
        return {
          path: pathOf(levels),
          kind: "value",
          from: offset,
          siblings: [],
          column: undefined,
          isLineStart: false,
        };
      start += line.length + 1;
      continue;
    }
    literal = -1;
    if (flow.length > 0) scanFlow(line, 0, start, flow);
    else if (content !== "" && !content.startsWith("#")) {
      if (/^(---|\.\.\.)(\s|$)/.test(line)) levels.length = 0;
      else if (isLast) return atLine(text, line, start, levels, flow);
      else literal = takeLine(line, start, levels, flow);
    } else if (isLast) return atLine(text, line, start, levels, flow);
    if (isLast && flow.length > 0) return inFlow(levels, flow, before);
    if (flow.length === 0) flow = [];
    start += line.length + 1;
  }
  return { path: [], kind: "key", from: offset, siblings: [], column: 0, isLineStart: true };
}

/** A whole line before the cursor's. Returns the column that the lines of a text in block style are indented more than, or -1. */
function takeLine(line: string, start: number, levels: Level[], flow: Flow[]): number {
  const { at, column } = takeMarks(line, levels, false);
  const key = KEY.exec(line.slice(at));
  if (key === null) {
    scanFlow(line, at, start, flow);
    return -1;
  }
  close(levels, column);
  levels.push({ column, key: unquoted(key[1]!) });
  const valueAt = at + key[0].length;
  if (/^\s*(?:[&!]\S+\s+)*[|>][-+\d]*\s*(#.*)?$/.test(line.slice(valueAt))) return column;
  scanFlow(line, valueAt, start, flow);
  return -1;
}

/** The cursor's line, up to the cursor. */
function atLine(text: string, line: string, start: number, levels: Level[], flow: Flow[]): Place {
  const { at, column, dashes } = takeMarks(line, levels, true);
  const key = KEY.exec(line.slice(at));
  if (key !== null) {
    close(levels, column);
    levels.push({ column, key: unquoted(key[1]!) });
    const valueAt = at + key[0].length;
    scanFlow(line, valueAt, start, flow);
    if (flow.length > 0) return inFlow(levels, flow, text.slice(0, start + line.length));
    const blank = line.slice(valueAt).length - line.slice(valueAt).trimStart().length;
    return {
      path: pathOf(levels),
      kind: "value",
      from: start + valueAt + blank,
      siblings: [],
      column: undefined,
      isLineStart: false,
    };
  }
  const rest = line.slice(at);
  if (/^[{[]/.test(rest)) {
    scanFlow(line, at, start, flow);
    if (flow.length > 0) return inFlow(levels, flow, text.slice(0, start + line.length));
  }
  close(levels, column);
  const lineNumber = text.slice(0, start).split("\n").length - 1;
  const siblings = siblingsOf(text.split("\n"), lineNumber, column);
  return { path: pathOf(levels), kind: "key", from: start + at, siblings, column, isLineStart: dashes === 0 };
}

/** Takes the dashes at the beginning of a line; what stands behind them has its own column. */
function takeMarks(line: string, levels: Level[], isLast: boolean) {
  let at = line.length - line.trimStart().length;
  let dashes = 0;
  while (line[at] === "-" && (line[at + 1] === " " || at + 1 === line.length)) {
    // the cursor stands right behind a dash: no entry has begun
    if (isLast && at + 1 === line.length) break;
    // a list may stand in the column of its key
    let index = 0;
    for (let last = levels.at(-1); last !== undefined; last = levels.at(-1)) {
      const isEntry = last.column === at && typeof last.key === "number";
      if (last.column <= at && !isEntry) break;
      if (isEntry) index = Number(last.key) + 1;
      levels.pop();
    }
    levels.push({ column: at, key: index });
    dashes++;
    at++;
    while (line[at] === " ") at++;
  }
  return { at, column: at, dashes };
}

function close(levels: Level[], column: number): void {
  while (levels.length > 0 && levels[levels.length - 1]!.column >= column) levels.pop();
}

/** Follows the brackets of a line from a place on. */
function scanFlow(line: string, from: number, start: number, flow: Flow[]): void {
  for (let i = from; i < line.length; i++) {
    const char = line[i]!;
    const top = flow[flow.length - 1];
    if (char === "#" && (i === 0 || /\s/.test(line[i - 1]!))) return;
    const isAtBeginning =
      top === undefined
        ? line.slice(from, i).trim() === ""
        : line.slice(0, i).trimEnd() === "" || /[{[,:]\s*$/.test(line.slice(0, i));
    if ((char === '"' || char === "'") && isAtBeginning) {
      const end = endOfQuote(line, i);
      if (end < 0) return;
      i = end;
    } else if ((char === "{" || char === "[") && (top !== undefined || isAtBeginning)) {
      flow.push({ bracket: char, keys: [], key: undefined, index: 0, from: start + i + 1 });
    } else if (top === undefined) {
      if (/\S/.test(char)) return;
    } else if (char === "}" || char === "]") flow.pop();
    else if (char === ",") {
      top.key = undefined;
      top.index++;
      top.from = start + i + 1;
    } else if (
      char === ":" &&
      top.bracket === "{" &&
      top.key === undefined &&
      (i + 1 === line.length || /[\s,}\]]/.test(line[i + 1]!))
    ) {
      top.key = unquoted(line.slice(Math.max(0, top.from - start), i).trim());
      top.keys.push(top.key);
      top.from = start + i + 1;
    }
  }
}

function endOfQuote(line: string, at: number): number {
  const quote = line[at]!;
  for (let i = at + 1; i < line.length; i++) {
    if (quote === '"' && line[i] === "\\") i++;
    else if (line[i] === quote) {
      if (quote === "'" && line[i + 1] === "'") i++;
      else return i;
    }
  }
  return -1;
}

function inFlow(levels: readonly Level[], flow: readonly Flow[], before: string): Place {
  const path: (string | number)[] = [...pathOf(levels)];
  for (const [i, { bracket, index, key }] of flow.entries()) {
    const isTop = i === flow.length - 1;
    if (bracket === "[") path.push(index);
    else if (key !== undefined) path.push(key);
    else if (!isTop) path.push("");
  }
  const top = flow[flow.length - 1]!;
  // a line of its own, or behind the last sign of the brackets
  const start = Math.max(top.from, before.lastIndexOf("\n") + 1);
  const word = before.slice(start);
  const from = start + word.length - word.trimStart().length;
  const isKey = top.bracket === "{" && top.key === undefined;
  return {
    path,
    kind: isKey ? "key" : "value",
    from,
    siblings: isKey ? top.keys : [],
    column: undefined,
    isLineStart: false,
  };
}

/** Keys of the block mapping that a line belongs to, by their column; without the line itself. */
function siblingsOf(lines: readonly string[], at: number, column: number): string[] {
  const keys: string[] = [];
  const take = (line: string): "go on" | "end" => {
    const blank = line.length - line.trimStart().length;
    if (line.trim() === "" || line.trimStart().startsWith("#") || blank > column) return "go on";
    // `- key:` begins the mapping whose keys stand behind the dash
    const dash = /^(\s*(?:-\s+)+)/.exec(line);
    const start = dash === null ? blank : dash[1]!.length;
    if (start !== column) return "end";
    const key = KEY.exec(line.slice(start));
    if (key !== null) keys.push(unquoted(key[1]!));
    return dash === null ? "go on" : "end";
  };
  const hasDash = /^\s*-\s/.test(lines[at] ?? "");
  if (!hasDash) for (let i = at - 1; i >= 0 && take(lines[i]!) === "go on"; i--);
  for (let i = at + 1; i < lines.length; i++) {
    // a dash below belongs to the next entry
    if (/^\s*-(\s|$)/.test(lines[i]!) && lines[i]!.length - lines[i]!.trimStart().length <= column) break;
    if (take(lines[i]!) === "end") break;
  }
  return keys;
}

function pathOf(levels: readonly Level[]): Path {
  return levels.map(({ key }) => key);
}

function unquoted(text: string): string {
  const trimmed = text.trim();
  if (trimmed.startsWith('"') && trimmed.endsWith('"') && trimmed.length > 1) {
    try {
      return String(JSON.parse(trimmed));
    } catch {
      return trimmed.slice(1, -1);
    }
  }
  return trimmed.startsWith("'") && trimmed.endsWith("'") && trimmed.length > 1
    ? trimmed.slice(1, -1).replaceAll("''", "'")
    : trimmed;
}
