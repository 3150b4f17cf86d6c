// Elementary functions made of + − × ÷ and sqrt only, so that every Node version and CPU returns the same bits.
// V8's own differ between versions and architectures. `log` also equals Go's math.Log, which the scheduler uses.
// Source: the polynomial methods of Sun's FreeBSD libm (1993), and double-double arithmetic (Dekker 1971) for pow.
import { fail } from "./assert.ts";

// ln 2 in two parts: the high one has 21 trailing zero bits, so that k × LN2_HIGH is exact for any exponent k
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const TWO_54 = 18014398509481984;

// scratch to take a double apart; written before every read, so no state survives a call
const doubles = new Float64Array(1);
const words = new Int32Array(doubles.buffer);
doubles[0] = 1;
const HIGH = words[1] === 0x3ff00000 ? 1 : 0;

const POWERS_OF_TWO = powersOfTwo();

function powersOfTwo(): Float64Array {
  const powers = new Float64Array(1074 + 1024);
  powers[0] = Number.MIN_VALUE;
  for (let i = 1; i < powers.length; i++) powers[i] = powers[i - 1]! * 2;
  return powers;
}

// remainder polynomial of log(1+f) - 2s, s = f/(2+f), as odd and even halves
const L1 = 0.6666666666666735;
const L2 = 0.3999999999940942;
const L3 = 0.2857142874366239;
const L4 = 0.22222198432149784;
const L5 = 0.1818357216161805;
const L6 = 0.15313837699209373;
const L7 = 0.14798198605116586;

/**
 * Natural logarithm, bit for bit Go's `math.Log` on amd64; within 1 ulp.
 *
 * @returns NaN below zero, -Infinity at zero
 */
export function log(x: number): number {
  if (x !== x || x === Infinity) return x;
  if (x < 0) return NaN;
  if (x === 0) return -Infinity;
  let k = 0;
  doubles[0] = x;
  if (words[HIGH]! < 0x00100000) {
    // a subnormal has no implicit bit to cut at
    doubles[0] = x * TWO_54;
    k = -54;
  }
  // fraction in [0.5, 1), then in [sqrt(1/2), sqrt(2))
  const exponent = (words[HIGH]! >>> 20) - 1022;
  let m = doubles[0]! * powerOfTwo(-exponent);
  k += exponent;
  if (m < Math.SQRT1_2) {
    m *= 2;
    k--;
  }
  const f = m - 1;
  const s = f / (2 + f);
  const s2 = s * s;
  const s4 = s2 * s2;
  const odd = s2 * (L1 + s4 * (L3 + s4 * (L5 + s4 * L7)));
  const even = s4 * (L2 + s4 * (L4 + s4 * L6));
  const remainder = odd + even;
  const half = 0.5 * f * f;
  return k * LN2_HIGH - (half - (s * (half + remainder) + k * LN2_LOW) - f);
}

/** Base-2 logarithm; exact at powers of two. */
export function log2(x: number): number {
  if (!(x > 0) || x === Infinity) return log(x);
  let exponent = exponentOf(x);
  let fraction = scale(x, -exponent);
  if (fraction > Math.SQRT2) {
    // around 1, so that the two terms never cancel
    fraction /= 2;
    exponent++;
  }
  return fraction === 1 ? exponent : log(fraction) * (1 / Math.LN2) + exponent;
}

/** Base-10 logarithm, within 4 ulp. */
export function log10(x: number): number {
  return log2(x) * (Math.LN2 / Math.LN10);
}

/** log(1 + x) without the loss of a small x in the sum. */
export function log1p(x: number): number {
  if (x < -1) return NaN;
  if (x === -1) return -Infinity;
  if (x === 0 || x === Infinity || x !== x) return x;
  const u = 1 + x;
  if (u === 1) return x;
  if (u >= TWO_54) return log(u);
  // Kahan: the rounding of 1 + x is (u - 1) - x, exactly known, and moves the logarithm by its ratio to u
  return log(u) - (u - 1 - x) / u;
}

/** e^x, within 1 ulp. */
export function exp(x: number): number {
  return expSum(x, 0);
}

const P1 = 0.16666666666666602;
const P2 = -0.0027777777777015593;
const P3 = 6.613756321437934e-5;
const P4 = -1.6533902205465252e-6;
const P5 = 4.1381367970572385e-8;

// e^(x + tail), where |tail| is far below one ulp of x
function expSum(x: number, tail: number): number {
  if (x !== x) return x;
  if (x > 709.782712893384) return Infinity;
  if (x < -745.1332191019412) return 0;
  const k = Math.trunc(Math.LOG2E * x + (x < 0 ? -0.5 : 0.5));
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW - tail;
  const r = high - low;
  const t = r * r;
  const c = r - t * (P1 + t * (P2 + t * (P3 + t * (P4 + t * P5))));
  const y = 1 - (low - (r * c) / (2 - c) - high);
  return scale(y, k);
}

/** e^x - 1 without the loss of a small result in the difference. */
export function expm1(x: number): number {
  if (x === 0 || x !== x) return x;
  if (x > 40) return exp(x);
  if (x < -40) return -1;
  if (x > -0.35 && x < 0.35) {
    // the rational form of exp without its leading 1
    const t = x * x;
    const c = x - t * (P1 + t * (P2 + t * (P3 + t * (P4 + t * P5))));
    return x + (x * c) / (2 - c);
  }
  return exp(x) - 1;
}

/** x^y, within 1 ulp; special cases as in ECMAScript's `**`. */
export function pow(x: number, y: number): number {
  if (y !== y) return NaN;
  if (y === 0) return 1;
  if (x !== x) return NaN;
  if (y === 1) return x;
  const magnitude = Math.abs(x);
  if (y === Infinity || y === -Infinity) {
    if (magnitude === 1) return NaN;
    return magnitude > 1 === y > 0 ? Infinity : 0;
  }
  const isInteger = Math.floor(y) === y;
  const isOdd = isInteger && Math.abs(y) < 9007199254740992 && y % 2 !== 0;
  const sign = isOdd && (x < 0 || (x === 0 && 1 / x < 0)) ? -1 : 1;
  if (magnitude === 0) return y > 0 ? sign * 0 : sign * Infinity;
  if (magnitude === Infinity) return y > 0 ? sign * Infinity : sign * 0;
  if (x < 0 && !isInteger) return NaN;
  if (magnitude === 1) return sign;
  return sign * powPositive(magnitude, y);
}

/** Square root: IEEE 754 requires the correctly rounded value, so the built-in one is portable. */
export function sqrt(x: number): number {
  return Math.sqrt(x);
}

/** Cube root, within 2 ulp. */
export function cbrt(x: number): number {
  if (x === 0 || x !== x || x === Infinity || x === -Infinity) return x;
  const magnitude = Math.abs(x);
  const guess = powPositive(magnitude, 1 / 3);
  // one Newton step: the exponent 1/3 is itself rounded
  const root = guess - (guess - magnitude / (guess * guess)) / 3;
  return x < 0 ? -root : root;
}

// e^(y · ln x) with ln x as an unevaluated sum of two doubles: y may multiply its error by 700
function powPositive(x: number, y: number): number {
  let k = exponentOf(x);
  let m = scale(x, -k);
  if (m > Math.SQRT2) {
    m /= 2;
    k++;
  }
  // ln m = 2 atanh(s) = 2 (s + s³/3 + s⁵/5 + …), s = f / (2 + f); the first two terms in double-double
  const f = m - 1;
  const d = 2 + f;
  const dLow = f - (d - 2);
  const s = f / d;
  const sLow = (f - productHigh(s, d) - productLow(s, d) - s * dLow) / d;
  const square = s * s;
  const squareLow = productLow(s, s) + 2 * s * sLow;
  const cube = square * s;
  const cubeLow = productLow(square, s) + square * sLow + squareLow * s;
  const third = cube / 3;
  const thirdLow = (cube - productHigh(third, 3) - productLow(third, 3) + cubeLow) / 3;
  const z = square;
  const tail =
    cube *
    z *
    (1 / 5 +
      z * (1 / 7 + z * (1 / 9 + z * (1 / 11 + z * (1 / 13 + z * (1 / 15 + z * (1 / 17 + z * (1 / 19 + z / 21))))))));
  // sum from large to small: k ln 2, 2s, 2s³/3, then what is left
  const a = k * LN2_HIGH;
  let high = a + 2 * s;
  let low = twoSumLow(a, 2 * s, high);
  const next = high + 2 * third;
  low += twoSumLow(high, 2 * third, next);
  high = next;
  low += k * LN2_LOW + 2 * (sLow + thirdLow + tail);
  const logHigh = high + low;
  const logLow = high - logHigh + low;
  const product = y * logHigh;
  if (product > 710) return Infinity;
  if (product < -746) return 0;
  return expSum(product, productLow(y, logHigh) + y * logLow);
}

// the exact product a × b is productHigh + productLow (Dekker's split, without fused multiply-add)
function productHigh(a: number, b: number): number {
  return a * b;
}

function productLow(a: number, b: number): number {
  const ca = 134217729 * a;
  const aHigh = ca - (ca - a);
  const aLow = a - aHigh;
  const cb = 134217729 * b;
  const bHigh = cb - (cb - b);
  const bLow = b - bHigh;
  return aLow * bLow - (a * b - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

function twoSumLow(a: number, b: number, sum: number): number {
  const bRounded = sum - a;
  return a - (sum - bRounded) + (b - bRounded);
}

// floor(log2 |x|) of a finite non-zero x
function exponentOf(x: number): number {
  doubles[0] = x;
  const biased = (words[HIGH]! >>> 20) & 0x7ff;
  if (biased !== 0) return biased - 1023;
  doubles[0] = x * TWO_54;
  return ((words[HIGH]! >>> 20) & 0x7ff) - 1023 - 54;
}

// x × 2^k, rounded at most once
function scale(x: number, k: number): number {
  if (k > 1023) return x * powerOfTwo(1023) * powerOfTwo(k - 1023);
  if (k < -1074) return x * powerOfTwo(k + 1074) * powerOfTwo(-1074);
  return x * powerOfTwo(k);
}

// 2^k for k in -1074 … 1023: looked up, as putting a double together from two words makes the processor wait
function powerOfTwo(k: number): number {
  return POWERS_OF_TWO[k + 1074]!;
}

// π/2 in four parts, the first three with 33 significant bits, so that n × part is exact for n below 2^20
const HALF_PI_1 = 1.5707963267341256;
const HALF_PI_2 = 6.077100506303966e-11;
const HALF_PI_3 = 2.0222662487111665e-21;
const HALF_PI_3_TAIL = 8.4784276603689e-32;
const TWO_OVER_PI = 0.6366197723675814;
const MAX_ANGLE = 1e6;

/**
 * Sine of an angle in radians.
 *
 * @throws AssertionError beyond ±10^6, where reduction in doubles would lose digits
 */
export function sin(x: number): number {
  return sinOfQuadrant(x, 0);
}

/** Cosine of an angle in radians, with the limits of {@link sin}. */
export function cos(x: number): number {
  return sinOfQuadrant(x, 1);
}

/** Tangent of an angle in radians, with the limits of {@link sin}. */
export function tan(x: number): number {
  return sin(x) / cos(x);
}

function sinOfQuadrant(x: number, quadrant: number): number {
  if (!(Math.abs(x) <= MAX_ANGLE)) {
    if (x !== x || x === Infinity || x === -Infinity) return NaN;
    fail(`angle out of range: ${x}`);
  }
  const n = Math.floor(x * TWO_OVER_PI + 0.5);
  const r1 = x - n * HALF_PI_1;
  const p2 = n * HALF_PI_2;
  const r2 = r1 - p2;
  const lost2 = r1 - r2 - p2;
  const p3 = n * HALF_PI_3;
  const rest = lost2 - p3 - n * HALF_PI_3_TAIL;
  const r = r2 + rest;
  const rLow = r2 - r + rest;
  switch ((n + quadrant) & 3) {
    case 0:
      return kernelSin(r, rLow);
    case 1:
      return kernelCos(r, rLow);
    case 2:
      return -kernelSin(r, rLow);
    default:
      return -kernelCos(r, rLow);
  }
}

// minimax polynomials on [-π/4, π/4]
function kernelSin(x: number, low: number): number {
  const z = x * x;
  const v = z * x;
  const r =
    0.00833333333332249 +
    z *
      (-0.0001984126982985795 + z * (2.7557313707070068e-6 + z * (-2.5050760253406863e-8 + z * 1.58969099521155e-10)));
  return x - (z * (0.5 * low - v * r) - low - v * -0.16666666666666632);
}

function kernelCos(x: number, low: number): number {
  const z = x * x;
  const r =
    z *
    (0.0416666666666666 +
      z *
        (-0.001388888888887411 +
          z *
            (2.480158728947673e-5 +
              z * (-2.7557314351390663e-7 + z * (2.087572321298175e-9 + z * -1.1359647557788195e-11)))));
  const half = 0.5 * z;
  const w = 1 - half;
  return w + (1 - w - half + (z * r - x * low));
}
