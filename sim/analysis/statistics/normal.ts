// The standard normal distribution function, from portable functions only. Its quantile stands in engine/distributions.ts.
// Source: Abramowitz and Stegun 1964: 26.2.10 and 26.2.11 near the centre, the continued fraction 26.2.14 in the tails.
import { exp } from "../../engine/math.ts";

const SQRT_TWO_PI = 2.5066282746310002;
/** From here on the series loses digits and the fraction converges quickly. */
const TAIL = 3;
/** Below Φ(-38.6) there is no positive double. */
const FAR = 38.6;

/** Φ(z); relative error about 1e-14, in the lower tail as well. */
export function normalCdf(z: number): number {
  if (z < -FAR) return 0;
  if (z > FAR) return 1;
  const density = exp((-z * z) / 2) / SQRT_TWO_PI;
  if (z <= -TAIL) return density * upperRatio(-z);
  if (z >= TAIL) return 1 - density * upperRatio(z);
  // z + z³/3 + z⁵/15 + …
  let term = z;
  let sum = z;
  for (let odd = 3; sum + term !== sum; odd += 2) {
    term *= (z * z) / odd;
    sum += term;
  }
  return 0.5 + density * sum;
}

// (1 - Φ(z)) ÷ density, for z ≥ TAIL, from the inside of the fraction outwards
function upperRatio(z: number): number {
  let below = z;
  for (let k = 90; k >= 1; k--) below = z + k / below;
  return 1 / below;
}
