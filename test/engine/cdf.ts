// Analytic distribution functions and the Kolmogorov–Smirnov distance, with the host's own mathematics: an oracle that
// shares no code with what it tests.

export type Cdf = (x: number) => number;

/** P(X ≤ x) of the standard normal: series near zero, continued fraction in the tails (Abramowitz and Stegun 26.2). */
export function normalCdf(x: number): number {
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  if (Math.abs(x) < 3) {
    let term = x;
    let sum = x;
    for (let k = 3; Math.abs(term) > 1e-17; k += 2) {
      term *= (x * x) / k;
      sum += term;
    }
    return 0.5 + density * sum;
  }
  const t = Math.abs(x);
  let fraction = t;
  for (let k = 60; k > 0; k--) fraction = t + k / fraction;
  return x < 0 ? density / fraction : 1 - density / fraction;
}

/** P(X ≤ x) of a gamma with scale 1: the regularized lower incomplete gamma function, by its series. */
export function gammaCdf(shape: number, x: number): number {
  if (x <= 0) return 0;
  let term = 1 / shape;
  let sum = term;
  for (let k = 1; term > sum * 1e-16; k++) {
    term *= x / (shape + k);
    sum += term;
  }
  return Math.min(1, sum * Math.exp(shape * Math.log(x) - x - lnGamma(shape)));
}

/** ln Γ(x) by Stirling's series after shifting x upward. */
export function lnGamma(x: number): number {
  let shift = 0;
  let z = x;
  for (; z < 20; z++) shift += Math.log(z);
  const series = 1 / (12 * z) - 1 / (360 * z ** 3) + 1 / (1260 * z ** 5) - 1 / (1680 * z ** 7);
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - shift;
}

/** Largest distance between the empirical distribution of the samples and a distribution function. */
export function distanceToCdf(samples: readonly number[], cdf: Cdf): number {
  const sorted = Float64Array.from(samples).sort();
  let worst = 0;
  for (const [i, x] of sorted.entries()) {
    const p = cdf(x);
    worst = Math.max(worst, p - i / sorted.length, (i + 1) / sorted.length - p);
  }
  return worst;
}

/** Largest distance between two empirical distributions. */
export function distanceBetween(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [Float64Array.from(a).sort(), Float64Array.from(b).sort()];
  let worst = 0;
  for (let i = 0, j = 0; i < x.length && j < y.length; ) {
    const value = Math.min(x[i]!, y[j]!);
    while (i < x.length && x[i]! <= value) i++;
    while (j < y.length && y[j]! <= value) j++;
    worst = Math.max(worst, Math.abs(i / x.length - j / y.length));
  }
  return worst;
}
