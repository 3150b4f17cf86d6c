// A recording against itself: its summary must be what its events say, and its files must agree with each other. This finds what a comparison
// with a simulation cannot, as that one allows for what happens by chance.
import { deriveSummary } from "./derive.ts";
import { flatten, type Leaf } from "./flatten.ts";
import type { Recording } from "./recordings.ts";

export interface Contradiction {
  readonly path: string;
  readonly written: Leaf;
  readonly derived: Leaf;
}

/** Rounding to hundredths of times that were rounded to milliseconds before. */
const ROUNDING = 0.0101;
/** Texts of errors are not among the events. */
const NOT_DERIVED = /\.errors(\.|$)/;
/** An event at the border of two seconds may be counted in either; the sum stays. */
const HISTOGRAM = /^(.*PerSecond)\.\d+$/;

/** What the summary says and the events do not, or the other way round. */
export function contradictions({ summary, timeline }: Recording): Contradiction[] {
  const derived = flatten(deriveSummary(timeline));
  const written = flatten(summary);
  const found: Contradiction[] = [];
  const sums = new Map<string, number>();
  for (const [path, value] of written) {
    if (NOT_DERIVED.test(path)) continue;
    const own = derived.get(path) ?? null;
    const histogram = HISTOGRAM.exec(path)?.[1];
    if (histogram !== undefined && Math.abs(Number(value) - Number(own)) <= 1) {
      sums.set(histogram, (sums.get(histogram) ?? 0) + Number(value) - Number(own));
    } else if (!isSame(value, own)) found.push({ path, written: value, derived: own });
  }
  for (const [path, sum] of sums) if (sum !== 0) found.push({ path: `${path} in all`, written: sum, derived: 0 });
  for (const [path, value] of derived) {
    if (!written.has(path) && value !== null && !NOT_DERIVED.test(path))
      found.push({ path, written: null, derived: value });
  }
  return found;
}

function isSame(a: Leaf, b: Leaf): boolean {
  return a === b || (typeof a === "number" && typeof b === "number" && Math.abs(a - b) <= ROUNDING);
}
