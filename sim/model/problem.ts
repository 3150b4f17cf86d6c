// Mistakes in the user's files, as data: where, what was expected, what was found. They are collected, never thrown, so
// that a bad file shows all of them at once. Positions are added by whoever knows the text (see scenario/document.ts).

/** Keys and indexes from the root of a document to the value in question. */
export type Path = readonly (string | number)[];

/** One mistake. `received` shows the value in JSON, cut; it is "" where nothing stands. */
export interface Problem {
  readonly path: Path;
  readonly expected: string;
  readonly received: string;
  /** The mistake is the key, not the value: a position should point at the key. */
  readonly atKey?: boolean;
  /** Where in the text that stands there: the character, counted from 0. */
  readonly within?: number;
}

/** A mistake with its place in a file. Lines and columns count from 1. */
export interface FileProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Like `spec.cluster.nodePools[0].count`; "" for the document as a whole. */
  readonly path: string;
  readonly expected: string;
  readonly received: string;
}

/** `spec.nodePools[0].labels["a/b"]` */
export function pathText(path: Path): string {
  let text = "";
  for (const key of path) {
    if (typeof key === "number") text += `[${key}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(key)) text += text === "" ? key : `.${key}`;
    else text += `[${JSON.stringify(cut(key, 60))}]`;
  }
  return text;
}

/** One line: `file:12:5: spec.count: expected a whole number, found "three"`. */
export function problemText(problem: FileProblem): string {
  const place = problem.path === "" ? "" : ` ${problem.path}:`;
  const found = problem.received === "" ? "" : `, found ${problem.received}`;
  return visible(`${problem.file}:${problem.line}:${problem.column}:${place} expected ${problem.expected}${found}`);
}

// what would break the line, or the terminal, as an escape
function visible(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\ufeff]/g;

/** A value as it is shown in a message: JSON, cut to `length` characters; never fails, whatever the value is. */
export function shown(value: unknown, length = 60): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return JSON.stringify(cut(value, length));
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) {
    const keys = Object.keys(value);
    if (keys.length === 0) return "an empty mapping";
    return `a mapping with ${cut(keys.slice(0, 4).join(", "), 60)}${keys.length > 4 ? ", ..." : ""}`;
  }
  return cut(String(value), length);
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 3)}...` : text;
}

/**
 * The candidate that a misspelt name most likely means, or undefined when none is near: at most a third of its letters
 * may differ (inserted, left out, replaced, or two neighbours swapped). Upper and lower case count as equal.
 */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  const word = name.slice(0, 80).toLowerCase();
  let bestDistance = Math.max(1, Math.floor(Math.min(word.length, 24) / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word, candidate.toLowerCase());
    if (distance < bestDistance) {
      bestDistance = distance;
      best = candidate;
    }
  }
  return best;
}

// optimal string alignment: three rows suffice
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, beforeLast[j - 2]! + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
