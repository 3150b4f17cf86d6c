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
      return distribution.shape <= 1
        ? Infinity
        : (distribution.scale * distribution.shape) / (distribution.shape - 1);
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
  3.387132872796366608, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
  4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3,
];
const CENTRE_BOTTOM = [
  1, 4.2313330701600911252e1, 6.871870074920579083e2, 5.3941960214247511077e3, 2.1213794301586595867e4,
  3.930789580009271061e4, 2.8729085735721942674e4, 5.226495278852545925e3,
];
const MIDDLE_TOP = [
  1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
  1.27045825245236838258, 2.4178072517745061177e-1, 2.27238449892691845833e-2, 7.7454501427834140764e-4,
];
const MIDDLE_BOTTOM = [
  1, 2.05319162663775882187, 1.6763848301838038494, 6.8976733498510000455e-1, 1.4810397642748007459e-1,
  1.51986665636164571966e-2, 5.475938084995344946e-4, 1.05075007164441684324e-9,
];
const FAR_TOP = [
  6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 2.9656057182850489123e-1,
  2.6532189526576123093e-2, 1.2426609473880784386e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
];
const FAR_BOTTOM = [
  1, 5.9983220655588793769e-1, 1.3692988092273580531e-1, 1.48753612908506148525e-2, 7.868691311456132591e-4,
  1.8463183175100546818e-5, 1.4215117583164458887e-7, 2.04426310338993978564e-15,
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
  return u < cut
    ? min + Math.sqrt(u * width * (mode - min))
    : max - Math.sqrt((1 - u) * width * (max - mode));
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
  0.99999999999980993227684700473478, 676.520368121885098567009190444019, -1259.13921672240287047156078755283,
  771.3234287776530788486528258894, -176.61502916214059906584551354, 12.507343278686904814458936853,
  -0.13857109526572011689554707, 9.984369578019570859563e-6, 1.50563273514931155834e-7,
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
