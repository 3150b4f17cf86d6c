// Kubernetes resource quantities, exact: "500m", "1.5Gi", "2e3". A quantity is a whole number of nanos, as upstream keeps
// it: anything finer is rounded away from zero, and more than 2^63 - 1 is cut to that.
// Refuses what has no digits, which upstream reads as 0. Source: Kubernetes API reference, "Quantity".
import type { Quantity } from "./objects.ts";

/** A quantity that cannot be read, or that does not fit into the exact integers of a float64. */
export class QuantityError extends Error {
  override readonly name = "QuantityError";
}

const NANOS_PER_UNIT = 1_000_000_000n;
const MAX_NANOS = ((1n << 63n) - 1n) * NANOS_PER_UNIT;
const MAX_LENGTH = 128;

// decimal suffixes as powers of ten, binary ones as powers of two
const DECIMAL_POWER: ReadonlyMap<string, number> = new Map([
  ["n", -9],
  ["u", -6],
  ["m", -3],
  ["", 0],
  ["k", 3],
  ["M", 6],
  ["G", 9],
  ["T", 12],
  ["P", 15],
  ["E", 18],
]);
const BINARY_POWER: ReadonlyMap<string, number> = new Map([
  ["Ki", 10],
  ["Mi", 20],
  ["Gi", 30],
  ["Ti", 40],
  ["Pi", 50],
  ["Ei", 60],
]);

// what a plain integer is multiplied with, where the product is an integer in both units: the common case, without BigInt
const UNIT_FACTOR: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["k", 1e3],
  ["M", 1e6],
  ["G", 1e9],
  ["T", 1e12],
  ["Ki", 1024],
  ["Mi", 1_048_576],
  ["Gi", 1_073_741_824],
  ["Ti", 1_099_511_627_776],
]);

/**
 * Reads a quantity exactly.
 *
 * @returns the amount in billionths of the unit
 * @throws QuantityError when the text is no quantity
 */
export function parseQuantity(quantity: Quantity): bigint {
  const text = typeof quantity === "number" ? numberText(quantity) : quantity;
  if (typeof text !== "string" || text.length > MAX_LENGTH) throw malformed(text);
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/.exec(text);
  if (match === null) throw malformed(text);
  const [, sign, whole = "", fraction = "", exponent, suffix = ""] = match;
  if (whole === "" && fraction === "") throw malformed(text);
  const binary = BINARY_POWER.get(suffix);
  const decimal =
    exponent !== undefined ? Number(exponent.slice(1)) : binary !== undefined ? 0 : DECIMAL_POWER.get(suffix)!;
  const nanos = scaled(whole + fraction, decimal + 9 - fraction.length, binary ?? 0);
  return sign === "-" ? -nanos : nanos;
}

/**
 * The amount in whole units, fractions rounded up (away from zero), as the scheduler counts bytes, pods and devices.
 *
 * @throws QuantityError when malformed or beyond 2^53
 */
export function value(quantity: Quantity): number {
  const quick = plainInteger(quantity, false);
  return quick >= 0 ? quick : toNumber(dividedUp(parseQuantity(quantity), NANOS_PER_UNIT), quantity);
}

/**
 * The amount in thousandths, fractions rounded up (away from zero), as the scheduler counts CPU.
 *
 * @throws QuantityError when malformed or beyond 2^53
 */
export function milliValue(quantity: Quantity): number {
  const quick = plainInteger(quantity, true);
  return quick >= 0 ? quick : toNumber(dividedUp(parseQuantity(quantity), 1_000_000n), quantity);
}

/**
 * What is wrong with a value that stands where a quantity is expected, in words, or undefined when it can be used.
 */
export function quantityError(quantity: unknown): string | undefined {
  if (typeof quantity !== "string" && typeof quantity !== "number") return "is neither text nor a number";
  try {
    milliValue(quantity);
    return undefined;
  } catch (error) {
    if (error instanceof QuantityError) return error.message;
    throw error;
  }
}

/**
 * A sum of parsed quantities in whole units of `nanosPerUnit` nanos, rounded up (away from zero).
 *
 * @param what names the sum in the error
 * @throws QuantityError beyond 2^53
 */
export function wholeUnits(nanos: bigint, nanosPerUnit: bigint, what: string): number {
  const number = Number(dividedUp(nanos, nanosPerUnit));
  if (!Number.isSafeInteger(number)) throw tooLarge(what);
  return number;
}

/** -1, 0 or 1, like the difference of the two amounts. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  const left = parseQuantity(a);
  const right = parseQuantity(b);
  return left < right ? -1 : left > right ? 1 : 0;
}

// -1 when the quantity needs the long way: digits only, a suffix that multiplies, and a product that is exact
function plainInteger(quantity: Quantity, milli: boolean): number {
  if (typeof quantity === "number") {
    const amount = milli ? quantity * 1000 : quantity;
    return Number.isSafeInteger(quantity) && amount <= Number.MAX_SAFE_INTEGER ? amount : -1;
  }
  if (typeof quantity !== "string") return -1;
  let at = 0;
  let digits = 0;
  while (at < quantity.length && at < 16) {
    const code = quantity.charCodeAt(at) - 48;
    if (code < 0 || code > 9) break;
    digits = digits * 10 + code;
    at++;
  }
  if (at === 0 || at > 15) return -1;
  const suffix = at === quantity.length ? "" : quantity.slice(at);
  if (suffix === "m") return milli ? digits : Math.ceil(digits / 1000);
  const factor = UNIT_FACTOR.get(suffix);
  if (factor === undefined) return -1;
  const amount = digits * factor * (milli ? 1000 : 1);
  return amount <= Number.MAX_SAFE_INTEGER ? amount : -1;
}

// digits × 10^decimal × 2^binary, rounded up, cut to the largest quantity; powers are bounded before they are computed
function scaled(digits: string, decimal: number, binary: number): bigint {
  const significant = digits.replace(/^0+/, "");
  if (significant === "") return 0n;
  if (significant.length + decimal > 40) return MAX_NANOS;
  const amount = BigInt(significant) << BigInt(binary);
  let nanos: bigint;
  if (decimal >= 0) nanos = amount * 10n ** BigInt(decimal);
  else if (significant.length + 20 + decimal < 0) nanos = 1n;
  else nanos = dividedUp(amount, 10n ** BigInt(-decimal));
  return nanos > MAX_NANOS ? MAX_NANOS : nanos;
}

function dividedUp(amount: bigint, divisor: bigint): bigint {
  const quotient = amount / divisor;
  if (quotient * divisor === amount) return quotient;
  return amount < 0n ? quotient - 1n : quotient + 1n;
}

function toNumber(amount: bigint, quantity: Quantity): number {
  const number = Number(amount);
  if (!Number.isSafeInteger(number)) throw tooLarge(shown(quantity));
  return number;
}

function tooLarge(what: string): QuantityError {
  return new QuantityError(`quantity ${what} is too large: more than 2^53 cannot be counted exactly`);
}

// a number of a YAML or JSON file as text that means the same; float64 prints at most 17 digits and an exponent
function numberText(number: number): string {
  if (!Number.isFinite(number)) throw malformed(number);
  return String(number);
}

function malformed(quantity: unknown): QuantityError {
  return new QuantityError(
    `${shown(quantity)} is no quantity: expected a number with an optional suffix, such as 2, "500m" or "1.5Gi"`,
  );
}

function shown(quantity: unknown): string {
  const text = typeof quantity === "string" ? JSON.stringify(quantity) : String(quantity);
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}
