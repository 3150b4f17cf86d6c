// Probability distributions of durations, sizes and gaps, portable to the last bit (see math.ts).
// Drawn by inversion where there is one: one number in, one out, and monotone, so that two variants of a scenario that
// differ in a parameter see the same luck (common random numbers). Gamma by Marsaglia and Tsang (2000), normal
// quantile by Wichura's AS 241 (1988).
import { fail } from "./assert.ts";
import { exp, log, pow } from "./math.ts";
import type { RandomStream } from "./random.ts";

/** A distribution as data; its parameters have the unit of the value that is drawn. */
export type Distribution =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "uniform"; readonly min: number; readonly max: number }
  | { readonly kind: "triangular"; readonly min: number; readonly mode: number; readonly max: number }
  | { readonly kind: "exponential"; readonly mean: number }
  | { readonly kind: "normal"; readonly mean: number; readonly sd: number }
  | { readonly kind: "lognormal"; readonly mu: number; readonly sigma: number }
  | { readonly kind: "weibull"; readonly shape: number; readonly scale: number }
  | { readonly kind: "gamma"; readonly shape: number; readonly scale: number }
  | { readonly kind: "pareto"; readonly shape: number; readonly scale: number }
  | { readonly kind: "empirical"; readonly values: readonly number[]; readonly weights?: readonly number[] };

/**
 * Draws one value.
 *
 * @throws AssertionError when a parameter has no meaning (a negative deviation, no values); {@link distributionError}
 *   says so beforehand
 */
export function sample(distribution: Distribution, stream: RandomStream): number {
  switch (distribution.kind) {
    case "constant":
      return distribution.value;
    case "uniform":
      return distribution.min + (distribution.max - distribution.min) * stream.nextDouble();
    case "triangular":
      return triangularQuantile(distribution.min, distribution.mode, distribution.max, stream.nextDouble());
    case "exponential":
      return -log(stream.nextDouble()) * distribution.mean;
    case "normal":
      return distribution.mean + distribution.sd * normalQuantile(stream.nextDouble());
    case "lognormal":
      return exp(distribution.mu + distribution.sigma * normalQuantile(stream.nextDouble()));
    case "weibull":
      return distribution.scale * pow(-log(stream.nextDouble()), 1 / distribution.shape);
    case "gamma":
      return distribution.scale * sampleGamma(distribution.shape, stream);
    case "pareto":
      return distribution.scale * pow(stream.nextDouble(), -1 / distribution.shape);
    case "empirical":
      return sampleEmpirical(distribution.values, distribution.weights, stream);
  }
}

/** How many doubles {@link sample} takes from the stream; undefined when that depends on them. */
export function doublesOf(distribution: Distribution): number | undefined {
  switch (distribution.kind) {
    case "constant":
      return 0;
    case "gamma":
    case "empirical":
      return undefined;
    default:
      return 1;
  }
}

/** The expected value; Infinity for a Pareto of shape 1 or less. */
export function meanOf(distribution: Distribution): number {
  switch (distribution.kind) {
    case "constant":
      return distribution.value;
    case "uniform":
      return (distribution.min + distribution.max) / 2;
    case "triangular":
      return (distribution.min + distribution.mode + distribution.max) / 3;
    case "exponential":
    case "normal":
      return distribution.mean;
    case "lognormal":
      return exp(distribution.mu + (distribution.sigma * distribution.sigma) / 2);
    case "weibull":
      return distribution.scale * exp(logGamma(1 + 1 / distribution.shape));
    case "gamma":
      return distribution.shape * distribution.scale;
    case "pareto":
      return distribution.shape <= 1 ? Infinity : (distribution.scale * distribution.shape) / (distribution.shape - 1);
    case "empirical": {
      let sum = 0;
      let total = 0;
      for (let i = 0; i < distribution.values.length; i++) {
        const weight = distribution.weights?.[i] ?? 1;
        sum += weight * distribution.values[i]!;
        total += weight;
      }
      return sum / total;
    }
  }
}

/**
 * What is wrong with a distribution's parameters, in words for a user, or undefined when it can be drawn from.
 */
export function distributionError(distribution: Distribution): string | undefined {
  switch (distribution.kind) {
    case "constant":
      return Number.isFinite(distribution.value) ? undefined : "value must be a finite number";
    case "uniform":
      if (!allFinite(distribution.min, distribution.max)) return "min and max must be finite numbers";
      return distribution.min <= distribution.max ? undefined : "min must not exceed max";
    case "triangular":
      if (!allFinite(distribution.min, distribution.mode, distribution.max)) {
        return "min, mode and max must be finite numbers";
      }
      return distribution.min <= distribution.mode && distribution.mode <= distribution.max
        ? undefined
        : "min, mode and max must be in this order";
    case "exponential":
      return distribution.mean >= 0 && allFinite(distribution.mean) ? undefined : "mean must not be negative";
    case "normal":
      if (!allFinite(distribution.mean, distribution.sd)) return "mean and sd must be finite numbers";
      return distribution.sd >= 0 ? undefined : "sd must not be negative";
    case "lognormal":
      if (!allFinite(distribution.mu, distribution.sigma)) return "mu and sigma must be finite numbers";
      return distribution.sigma >= 0 ? undefined : "sigma must not be negative";
    case "weibull":
    case "gamma":
    case "pareto":
      return distribution.shape > 0 && distribution.scale >= 0 && allFinite(distribution.shape, distribution.scale)
        ? undefined
        : "shape must be positive and scale must not be negative";
    case "empirical":
      return empiricalError(distribution.values, distribution.weights);
  }
}

/**
 * The standard normal quantile: the z below which a fraction `p` of the distribution lies; relative error about 1e-16.
 *
 * @param p in (0, 1)
 */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(CENTRE_TOP, r)) / polynomial(CENTRE_BOTTOM, r);
  }
  const tail = q < 0 ? p : 1 - p;
  if (!(tail > 0)) fail(`no normal quantile of ${p}`);
  const r = Math.sqrt(-log(tail));
  const z =
    r <= 5
      ? polynomial(MIDDLE_TOP, r - 1.6) / polynomial(MIDDLE_BOTTOM, r - 1.6)
      : polynomial(FAR_TOP, r - 5) / polynomial(FAR_BOTTOM, r - 5);
  return q < 0 ? -z : z;
}

// coefficients of AS 241's PPND16, from the constant term upward
const CENTRE_TOP = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
  33430.57558358813, 2509.0809287301227,
];
const CENTRE_BOTTOM = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271, 28729.085735721943,
  5226.495278852546,
];
const MIDDLE_TOP = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684, 0.2417807251774506,
  0.022723844989269184, 0.0007745450142783414,
];
const MIDDLE_BOTTOM = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  0.0005475938084995345, 1.0507500716444169e-9,
];
const FAR_TOP = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
  0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
];
const FAR_BOTTOM = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 1.8463183175100548e-5,
  1.421511758316446e-7, 2.0442631033899397e-15,
];

function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * x + coefficients[i]!;
  return sum;
}

function triangularQuantile(min: number, mode: number, max: number, u: number): number {
  const width = max - min;
  if (width === 0) return min;
  const cut = (mode - min) / width;
  return u < cut ? min + Math.sqrt(u * width * (mode - min)) : max - Math.sqrt((1 - u) * width * (max - mode));
}

// Marsaglia and Tsang: a squeezed cube of a normal; below shape 1 drawn one higher and scaled down by a uniform power
function sampleGamma(shape: number, stream: RandomStream): number {
  if (!(shape > 0)) fail(`gamma shape ${shape} is not positive`);
  if (shape < 1) return sampleGamma(shape + 1, stream) * pow(stream.nextDouble(), 1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const z = normalQuantile(stream.nextDouble());
    const t = 1 + c * z;
    if (t <= 0) continue;
    const v = t * t * t;
    const u = stream.nextDouble();
    if (log(u) < 0.5 * z * z + d - d * v + d * log(v)) return d * v;
  }
}

function sampleEmpirical(
  values: readonly number[],
  weights: readonly number[] | undefined,
  stream: RandomStream,
): number {
  if (values.length === 0) fail("empirical distribution without values");
  if (weights === undefined) return values[stream.int(values.length)]!;
  let total = 0;
  for (const weight of weights) total += weight;
  let rest = stream.nextDouble() * total;
  let chosen = -1;
  for (let i = 0; i < values.length; i++) {
    if (weights[i]! <= 0) continue;
    chosen = i;
    rest -= weights[i]!;
    if (rest < 0) break;
  }
  // rounding can leave a rest after the last positive weight: it belongs to that one
  return chosen >= 0 ? values[chosen]! : fail("empirical distribution without a positive weight");
}

function empiricalError(values: readonly number[], weights: readonly number[] | undefined): string | undefined {
  if (values.length === 0) return "values must not be empty";
  if (!allFinite(...values)) return "values must be finite numbers";
  if (weights === undefined) return undefined;
  if (weights.length !== values.length) return "there must be as many weights as values";
  if (!allFinite(...weights) || weights.some((weight) => weight < 0)) return "weights must not be negative";
  return weights.some((weight) => weight > 0) ? undefined : "at least one weight must be positive";
}

function allFinite(...numbers: readonly number[]): boolean {
  return numbers.every((number) => Number.isFinite(number));
}

// Lanczos approximation, g = 7, nine terms: relative error about 1e-15 for arguments above 0.5
const LANCZOS = [
  0.9999999999998099, 676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
];
const HALF_LOG_TWO_PI = 0.9189385332046728;

/** ln Γ(x) for x ≥ 0.5. */
export function logGamma(x: number): number {
  if (!(x >= 0.5)) fail(`logGamma of ${x}`);
  const z = x - 1;
  let sum = LANCZOS[0]!;
  for (let i = 1; i < LANCZOS.length; i++) sum += LANCZOS[i]! / (z + i);
  const t = z + 7.5;
  return HALF_LOG_TWO_PI + (z + 0.5) * log(t) - t + log(sum);
}
