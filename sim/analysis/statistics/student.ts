// Quantiles of Student's t distribution for whole degrees of freedom, found by halving on its distribution function.
// Source: Abramowitz and Stegun 1964: 26.7.3 and 26.7.4 (the exact sums), 26.7.5 (expansion for many degrees of freedom).
import { normalQuantile } from "../../engine/distributions.ts";

/** Above it the expansion is exact to 1e-9. */
const MANY = 200;

/**
 * The t below which a share of the distribution lies.
 *
 * @param share in (0, 1)
 * @param freedom degrees of freedom, a whole number of at least 1
 */
export function studentQuantile(share: number, freedom: number): number {
  if (share < 0.5) return -studentQuantile(1 - share, freedom);
  if (share === 0.5) return 0;
  if (freedom > MANY) return expansion(normalQuantile(share), freedom);
  const within = 2 * share - 1;
  let low = 0;
  let high = 1;
  while (withinOf(high, freedom) < within) high *= 2;
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (withinOf(middle, freedom) < within) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The share of the distribution within -t … t. */
export function withinOf(t: number, freedom: number): number {
  const hypotenuse = Math.sqrt(freedom + t * t);
  const sin = t / hypotenuse;
  const cosSquared = freedom / (freedom + t * t);
  if (freedom % 2 === 0) {
    let term = 1;
    let sum = 1;
    for (let k = 2; k <= freedom - 2; k += 2) {
      term *= ((k - 1) / k) * cosSquared;
      sum += term;
    }
    return sin * sum;
  }
  const angle = atan(t / Math.sqrt(freedom));
  if (freedom === 1) return angle / (Math.PI / 2);
  let term = 1;
  let sum = 1;
  for (let k = 3; k <= freedom - 2; k += 2) {
    term *= ((k - 1) / k) * cosSquared;
    sum += term;
  }
  return (angle + sin * Math.sqrt(cosSquared) * sum) / (Math.PI / 2);
}

// three times halved, then the series, which by then gains two digits and more a term
function atan(x: number): number {
  let y = x;
  for (let i = 0; i < 3; i++) y /= 1 + Math.sqrt(1 + y * y);
  let power = y;
  let sum = y;
  for (let odd = 3; odd < 60; odd += 2) {
    power *= -y * y;
    sum += power / odd;
  }
  return 8 * sum;
}

function expansion(z: number, freedom: number): number {
  const [z2, v] = [z * z, freedom];
  const g1 = (z * (z2 + 1)) / 4;
  const g2 = (z * ((5 * z2 + 16) * z2 + 3)) / 96;
  const g3 = (z * (((3 * z2 + 19) * z2 + 17) * z2 - 15)) / 384;
  const g4 = (z * ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945)) / 92160;
  return z + (g1 + (g2 + (g3 + g4 / v) / v) / v) / v;
}
