// Virtual time: an integer number of microseconds in a float64, exact for 285 years.
// Refuses fractions, negatives and anything beyond 2^53, so that equal times are always equal bits.
import { fail } from "./assert.ts";

/** A point in virtual time, in microseconds since the start of the run. */
export type Tick = number & { readonly __tick: unique symbol };

/** @public */
export const MICROSECOND = 1;
export const MILLISECOND = 1_000;
export const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The last representable point in time, 285 years after the start: "never" for a bounded run. */
export const TICK_MAX = Number.MAX_SAFE_INTEGER as Tick;

/**
 * Brands a number of microseconds as a point in time.
 *
 * @throws AssertionError unless `micros` is an integer in 0 … 2^53 - 1
 */
export function tick(micros: number): Tick {
  if (!Number.isSafeInteger(micros) || micros < 0) fail(`not a point in time: ${micros} µs`);
  return micros as Tick;
}

const UNIT_NANOS: ReadonlyMap<string, bigint> = new Map([
  ["ns", 1n],
  ["us", 1_000n],
  ["µs", 1_000n], // U+00B5, micro sign
  ["μs", 1_000n], // U+03BC, Greek mu: Go accepts both
  ["ms", 1_000_000n],
  ["s", 1_000_000_000n],
  ["m", 60_000_000_000n],
  ["h", 3_600_000_000_000n],
  ["d", 86_400_000_000_000n],
]);

const MAX_MICROS = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * Reads a duration as Go and Kubernetes write it ("1h30m", "250ms", "1.5s"), and days ("2d"), exactly.
 *
 * @returns microseconds, or undefined when the text is no duration, is negative, is not a whole number of
 *   microseconds, or exceeds 2^53 - 1 microseconds
 */
export function parseDurationMicros(text: string): number | undefined {
  if (text === "0") return 0;
  if (text.length > 64) return undefined;
  const term = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h|d)/y;
  let nanos = 0n;
  if (text.startsWith("+")) term.lastIndex = 1;
  do {
    const match = term.exec(text);
    if (match === null) return undefined;
    const [whole = "", fraction = ""] = match[1]!.split(".");
    const scaled = BigInt(whole + fraction) * UNIT_NANOS.get(match[2]!)!;
    const divisor = 10n ** BigInt(fraction.length);
    if (scaled % divisor !== 0n) return undefined;
    nanos += scaled / divisor;
  } while (term.lastIndex < text.length);
  if (nanos % 1_000n !== 0n || nanos / 1_000n > MAX_MICROS) return undefined;
  return Number(nanos / 1_000n);
}

const COMPOUND_UNITS: readonly (readonly [string, number])[] = [
  ["d", DAY],
  ["h", HOUR],
  ["m", MINUTE],
];

/**
 * Writes a duration so that {@link parseDurationMicros} reads the same number back: "2d3h", "1m30s", "1.5s", "250ms".
 *
 * @param micros an integer number of microseconds; a negative one gets a leading minus
 */
export function formatDuration(micros: number): string {
  if (!Number.isSafeInteger(micros)) fail(`not a duration: ${micros} µs`);
  if (micros < 0) return `-${formatDuration(-micros)}`;
  if (micros === 0) return "0s";
  if (micros < MILLISECOND) return `${micros}us`;
  if (micros < SECOND) return `${decimal(micros, 3)}ms`;
  let text = "";
  let rest = micros;
  for (const [name, unit] of COMPOUND_UNITS) {
    const count = Math.floor(rest / unit);
    if (count > 0) text += `${count}${name}`;
    rest -= count * unit;
  }
  return rest > 0 ? `${text}${decimal(rest, 6)}s` : text;
}

// `value` divided by a power of ten, in digits, without trailing zeros: a float division could print 17 digits
function decimal(value: number, places: number): string {
  const digits = String(value).padStart(places + 1, "0");
  const fraction = digits.slice(-places).replace(/0+$/, "");
  return digits.slice(0, -places) + (fraction === "" ? "" : `.${fraction}`);
}
