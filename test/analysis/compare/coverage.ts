// How often the 95 % interval of a difference holds the truth: synthetic comparisons whose true difference is known, over shapes that
// differences between two simulations have. Each comparison draws what both sides share, and what each has for itself, seed by seed.
import { pairedDifference } from "../../../sim/analysis/statistics/describe.ts";
import type { ResampleSource } from "../../../sim/analysis/statistics/resamples.ts";
import { normalQuantile } from "../../../sim/engine/distributions.ts";
import { exp, log } from "../../../sim/engine/math.ts";
import { createStream, type RandomStream } from "../../../sim/engine/random.ts";

export interface Shape {
  readonly name: string;
  readonly truth: number;
  /** Both sides of one seed. */
  readonly pair: (stream: RandomStream) => readonly [baseline: number, candidate: number];
  /** Fewest seeds from which on the interval keeps its promise; Infinity: not up to 50. */
  readonly from: number;
}

const normal = (stream: RandomStream) => normalQuantile(stream.nextDouble());
const exponential = (stream: RandomStream) => -log(stream.nextDouble());
function poisson(stream: RandomStream, mean: number): number {
  let [count, term] = [0, exp(-mean)];
  for (let sum = term, u = stream.nextDouble(); u > sum && count < 200; sum += term) term *= mean / ++count;
  return count;
}

export const SHAPES: readonly Shape[] = [
  {
    name: "utilisation: shared load, small noise of each",
    truth: 1.5,
    from: 5,
    pair: (s) => {
      const load = 60 + 8 * normal(s);
      return [load + normal(s), load + 1.5 + normal(s)];
    },
  },
  {
    name: "waiting: exponential on both sides, shared luck",
    truth: 0.5,
    from: 8,
    pair: (s) => {
      const luck = 20 * s.nextDouble();
      return [luck + exponential(s), luck + 0.5 + exponential(s)];
    },
  },
  {
    name: "a fifth less of something skewed (lognormal, σ 0.5)",
    truth: -0.2 * exp(0.125),
    from: 10,
    pair: (s) => {
      const baseline = exp(0.5 * normal(s));
      return [baseline, 0.8 * baseline];
    },
  },
  {
    name: "counts: more victims now and then",
    truth: 1,
    from: 5,
    pair: (s) => {
      const shared = poisson(s, 4);
      return [shared + poisson(s, 1), shared + poisson(s, 2)];
    },
  },
  {
    name: "a share with a ceiling of 100 %",
    truth: 0,
    from: 5,
    pair: (s) => {
      const luck = normal(s);
      const share = () => Math.min(100, 98 + luck + normal(s));
      return [share(), share()];
    },
  },
  {
    name: "a delay of uniform length",
    truth: 0.5,
    from: 5,
    pair: (s) => {
      const luck = 10 * s.nextDouble();
      return [luck, luck + s.nextDouble()];
    },
  },
  {
    name: "a delay of exponential length",
    truth: 1,
    from: 8,
    pair: (s) => {
      const luck = 10 * s.nextDouble();
      return [luck, luck + exponential(s)];
    },
  },
  {
    name: "two regimes: half of the seeds do not differ",
    truth: 2.5,
    from: 30,
    pair: (s) => {
      const luck = normal(s);
      return [luck, luck + (s.nextDouble() < 0.5 ? 0 : 5 + normal(s))];
    },
  },
  {
    name: "a fifth more of something with a long tail (lognormal, σ 1)",
    truth: 0.2 * exp(0.5),
    from: Number.POSITIVE_INFINITY,
    pair: (s) => {
      const baseline = exp(normal(s));
      return [baseline, 1.2 * baseline];
    },
  },
  {
    name: "a rare outage: one seed in ten",
    truth: 0.1,
    from: Number.POSITIVE_INFINITY,
    pair: (s) => [0, s.nextDouble() < 0.1 ? exponential(s) : 0],
  },
];

/** How many of so many comparisons have an interval that holds the truth. */
export function heldOf(
  { name, pair, truth }: Shape,
  seeds: number,
  comparisons: number,
  source: ResampleSource,
): number {
  const stream = createStream("coverage", `${name}/${seeds}`);
  let held = 0;
  for (let i = 0; i < comparisons; i++) {
    const pairs = Array.from({ length: seeds }, () => pair(stream));
    const side = (which: 0 | 1) => Float64Array.from(pairs, (both) => both[which]);
    const { interval } = pairedDifference(side(0), side(1), source)!;
    if (interval!.low <= truth && truth <= interval!.high) held++;
  }
  return held;
}
