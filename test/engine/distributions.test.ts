// Every distribution against its analytic distribution function and moments, against d3-random, and frozen bits.
import * as d3 from "d3-random";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type Distribution,
  distributionError,
  logGamma,
  meanOf,
  normalQuantile,
  sample,
} from "../../sim/engine/distributions.ts";
import { createStream } from "../../sim/engine/random.ts";
import { type Cdf, distanceBetween, distanceToCdf, gammaCdf, lnGamma, normalCdf } from "./cdf.ts";

const SAMPLES = 40_000;
// a correct sampler exceeds these with a probability of 1e-4 per case; the seeds are fixed, so it does not flicker
const ONE_SAMPLE_LIMIT = 2.22 / Math.sqrt(SAMPLES);
const TWO_SAMPLE_LIMIT = 2.22 / Math.sqrt(SAMPLES / 2);
const MOMENT_SIGMAS = 4;

interface Case {
  readonly distribution: Distribution;
  readonly cdf: Cdf;
  readonly mean: number;
  readonly variance: number;
  readonly oracle?: (source: () => number) => () => number;
}

const G = (x: number) => Math.exp(lnGamma(x));

const CASES: readonly Case[] = [
  {
    distribution: { kind: "uniform", min: -3, max: 7 },
    cdf: (x) => (x + 3) / 10,
    mean: 2,
    variance: 100 / 12,
    oracle: (source) => d3.randomUniform.source(source)(-3, 7),
  },
  {
    distribution: { kind: "triangular", min: 1, mode: 2, max: 6 },
    cdf: (x) => (x < 2 ? (x - 1) ** 2 / 5 : 1 - (6 - x) ** 2 / 20),
    mean: 3,
    variance: (1 + 4 + 36 - 2 - 6 - 12) / 18,
  },
  {
    distribution: { kind: "exponential", mean: 250 },
    cdf: (x) => 1 - Math.exp(-x / 250),
    mean: 250,
    variance: 250 ** 2,
    oracle: (source) => d3.randomExponential.source(source)(1 / 250),
  },
  {
    distribution: { kind: "normal", mean: 10, sd: 3 },
    cdf: (x) => normalCdf((x - 10) / 3),
    mean: 10,
    variance: 9,
    oracle: (source) => d3.randomNormal.source(source)(10, 3),
  },
  {
    distribution: { kind: "lognormal", mu: 1, sigma: 0.5 },
    cdf: (x) => normalCdf((Math.log(x) - 1) / 0.5),
    mean: Math.exp(1.125),
    variance: (Math.exp(0.25) - 1) * Math.exp(2.25),
    oracle: (source) => d3.randomLogNormal.source(source)(1, 0.5),
  },
  ...[0.8, 1, 2.5].map(
    (shape): Case => ({
      distribution: { kind: "weibull", shape, scale: 40 },
      cdf: (x) => 1 - Math.exp(-((x / 40) ** shape)),
      mean: 40 * G(1 + 1 / shape),
      variance: 1600 * (G(1 + 2 / shape) - G(1 + 1 / shape) ** 2),
      oracle: (source) => d3.randomWeibull.source(source)(shape, 0, 40),
    }),
  ),
  ...[0.3, 1, 2.7, 40].map(
    (shape): Case => ({
      distribution: { kind: "gamma", shape, scale: 2 },
      cdf: (x) => gammaCdf(shape, x / 2),
      mean: 2 * shape,
      variance: 4 * shape,
      oracle: (source) => d3.randomGamma.source(source)(shape, 2),
    }),
  ),
  {
    distribution: { kind: "pareto", shape: 4.5, scale: 3 },
    cdf: (x) => 1 - (3 / x) ** 4.5,
    mean: (4.5 * 3) / 3.5,
    variance: (9 * 4.5) / (3.5 ** 2 * 2.5),
    oracle: (source) => {
      const standard = d3.randomPareto.source(source)(4.5);
      return () => 3 * standard();
    },
  },
];

const draw = (distribution: Distribution, path: string, count = SAMPLES): number[] => {
  const stream = createStream("distributions", path);
  return Array.from({ length: count }, () => sample(distribution, stream));
};

for (const { distribution, cdf, mean, variance, oracle } of CASES) {
  const name = JSON.stringify(distribution);
  const samples = draw(distribution, name);

  test(`${name}: distance to its distribution function`, () => {
    const distance = distanceToCdf(samples, cdf);
    assert.ok(distance < ONE_SAMPLE_LIMIT, `${distance}`);
  });

  test(`${name}: moments`, () => {
    const average = samples.reduce((sum, x) => sum + x, 0) / SAMPLES;
    assert.ok(Math.abs(average - mean) < MOMENT_SIGMAS * Math.sqrt(variance / SAMPLES), `mean ${average}`);
    const spread = samples.reduce((sum, x) => sum + (x - mean) ** 2, 0) / SAMPLES;
    const fourth = samples.reduce((sum, x) => sum + (x - mean) ** 4, 0) / SAMPLES;
    const error = MOMENT_SIGMAS * Math.sqrt((fourth - variance ** 2) / SAMPLES);
    assert.ok(Math.abs(spread - variance) < error, `variance ${spread}, expected ${variance} ± ${error}`);
    assert.ok(Math.abs(meanOf(distribution) / mean - 1) < 1e-12, `meanOf ${meanOf(distribution)}`);
  });

  if (oracle !== undefined) {
    test(`${name}: distance to d3-random`, () => {
      const source = createStream("d3", name);
      const other = oracle(() => source.nextDouble());
      const distance = distanceBetween(samples, Array.from({ length: SAMPLES }, other));
      assert.ok(distance < TWO_SAMPLE_LIMIT, `${distance}`);
    });
  }

  test(`${name}: the test would notice a scale that is 3 % off`, () => {
    const wrong = samples.map((x) => x * 1.03 + 0.03 * Math.sqrt(variance));
    assert.ok(distanceToCdf(wrong, (x) => Math.max(0, Math.min(1, cdf(x) || 0))) > ONE_SAMPLE_LIMIT);
  });
}

test("frozen draws: a change here changes every old seed", () => {
  for (const [distribution, expected] of GOLDEN) {
    assert.equal(draw(distribution, "golden", 3), expected, JSON.stringify(distribution));
  }
});

test("inversion: one draw per value, and a larger parameter never gives a smaller value", () => {
  const pairs: readonly (readonly [Distribution, Distribution])[] = [
    [
      { kind: "exponential", mean: 10 },
      { kind: "exponential", mean: 11 },
    ],
    [
      { kind: "lognormal", mu: 1, sigma: 0.5 },
      { kind: "lognormal", mu: 1.1, sigma: 0.5 },
    ],
    [
      { kind: "weibull", shape: 0.8, scale: 40 },
      { kind: "weibull", shape: 0.8, scale: 44 },
    ],
    [
      { kind: "pareto", shape: 2, scale: 40 },
      { kind: "pareto", shape: 2, scale: 44 },
    ],
    [
      { kind: "uniform", min: 1, max: 2 },
      { kind: "uniform", min: 2, max: 3 },
    ],
  ];
  for (const [small, large] of pairs) {
    const a = draw(small, "common", 1000);
    const b = draw(large, "common", 1000);
    for (let i = 0; i < 1000; i++) assert.ok(a[i]! < b[i]!, small.kind);
  }
});

test("the normal quantile inverts the distribution function, far into the tails", () => {
  for (const p of [1e-300, 1e-100, 1e-20, 1e-10, 1e-5, 0.01, 0.074, 0.076, 0.2, 0.5, 0.7, 0.926, 0.999]) {
    const z = normalQuantile(p);
    const back = normalCdf(z);
    assert.ok(Math.abs(back / p - 1) < 1e-11 * Math.max(1, z * z), `${p}: ${z}, ${back}`);
    if (p > 1e-5) assert.ok(Math.abs(normalQuantile(1 - p) + z) < 1e-9);
  }
  assert.is(normalQuantile(0.5), 0);
  assert.ok(Math.abs(normalQuantile(0.975) - 1.959963984540054) < 1e-15);
  for (const p of [0, 1, -0.1, 1.1, NaN]) assert.throws(() => normalQuantile(p), "quantile");
});

test("logGamma", () => {
  for (const x of [0.5, 0.9, 1, 1.5, 2, 3.7, 10, 100, 1000]) {
    assert.ok(Math.abs(logGamma(x) - lnGamma(x)) < 1e-13 * Math.max(1, Math.abs(lnGamma(x))), `${x}`);
  }
  assert.throws(() => logGamma(0.4), "logGamma");
});

test("empirical values come with their weights, and never with none", () => {
  const weighted: Distribution = { kind: "empirical", values: [5, 7, 11, 13, 17], weights: [0, 1, 2, 0, 7] };
  const counts = new Map<number, number>();
  for (const x of draw(weighted, "empirical")) counts.set(x, (counts.get(x) ?? 0) + 1);
  assert.equal(
    [...counts.keys()].sort((a, b) => a - b),
    [7, 11, 17],
  );
  for (const [value, share] of [
    [7, 0.1],
    [11, 0.2],
    [17, 0.7],
  ] as const) {
    assert.ok(Math.abs(counts.get(value)! / SAMPLES - share) < 0.01, `${value}`);
  }
  assert.ok(Math.abs(meanOf(weighted) - (7 + 22 + 119) / 10) < 1e-12);
  const plain: Distribution = { kind: "empirical", values: [1, 2, 2, 3] };
  const twos = draw(plain, "empirical").filter((x) => x === 2).length;
  assert.ok(Math.abs(twos / SAMPLES - 0.5) < 0.01);
  assert.is(meanOf(plain), 2);
});

test("degenerate parameters", () => {
  assert.equal(draw({ kind: "constant", value: 4 }, "x", 2), [4, 4]);
  assert.equal(draw({ kind: "uniform", min: 4, max: 4 }, "x", 2), [4, 4]);
  assert.equal(draw({ kind: "triangular", min: 4, mode: 4, max: 4 }, "x", 2), [4, 4]);
  assert.equal(draw({ kind: "normal", mean: 4, sd: 0 }, "x", 2), [4, 4]);
  assert.equal(draw({ kind: "exponential", mean: 0 }, "x", 1).map(Math.abs), [0]);
  assert.is(meanOf({ kind: "constant", value: 4 }), 4);
  assert.is(meanOf({ kind: "pareto", shape: 1, scale: 3 }), Infinity);
});

test("parameters without a meaning are named", () => {
  const refused: readonly Distribution[] = [
    { kind: "constant", value: NaN },
    { kind: "uniform", min: 2, max: 1 },
    { kind: "uniform", min: 0, max: Infinity },
    { kind: "triangular", min: 1, mode: 0, max: 2 },
    { kind: "triangular", min: NaN, mode: 0, max: 2 },
    { kind: "exponential", mean: -1 },
    { kind: "exponential", mean: NaN },
    { kind: "normal", mean: 0, sd: -1 },
    { kind: "normal", mean: Infinity, sd: 1 },
    { kind: "lognormal", mu: 0, sigma: -1 },
    { kind: "lognormal", mu: NaN, sigma: 1 },
    { kind: "weibull", shape: 0, scale: 1 },
    { kind: "gamma", shape: 1, scale: -1 },
    { kind: "pareto", shape: NaN, scale: 1 },
    { kind: "empirical", values: [] },
    { kind: "empirical", values: [NaN] },
    { kind: "empirical", values: [1], weights: [] },
    { kind: "empirical", values: [1], weights: [-1] },
    { kind: "empirical", values: [1], weights: [0] },
  ];
  for (const distribution of refused)
    assert.type(distributionError(distribution), "string", JSON.stringify(distribution));
  for (const { distribution } of CASES) assert.is(distributionError(distribution), undefined);
  assert.is(distributionError({ kind: "empirical", values: [1, 2], weights: [0, 3] }), undefined);
  assert.is(distributionError({ kind: "constant", value: 0 }), undefined);
  assert.throws(() => draw({ kind: "gamma", shape: 0, scale: 1 }, "x", 1), "shape");
  assert.throws(() => draw({ kind: "empirical", values: [] }, "x", 1), "without values");
  assert.throws(() => draw({ kind: "empirical", values: [1], weights: [0] }, "x", 1), "positive weight");
});

const GOLDEN: readonly (readonly [Distribution, readonly number[]])[] = [
  [{ kind: "uniform", min: -3, max: 7 }, [-2.1302202537386776, -1.64061009935996, 4.225414002391663]],
  [{ kind: "triangular", min: 1, mode: 2, max: 6 }, [1.6594618056647867, 1.8244361408381002, 3.6443319429052243]],
  [{ kind: "exponential", mean: 250 }, [610.5250893990369, 498.88727409220877, 81.24513981703059]],
  [{ kind: "normal", mean: 10, sd: 3 }, [5.921194420084596, 6.703755867442602, 11.771223771472364]],
  [{ kind: "lognormal", mu: 1, sigma: 0.5 }, [1.3774019364682397, 1.5692942216041101, 3.651740714207806]],
  [{ kind: "weibull", shape: 0.8, scale: 40 }, [122.1136957663628, 94.87199054927058, 9.814805972008552]],
  [{ kind: "gamma", shape: 0.3, scale: 2 }, [0.10250397195780138, 0.00005984085474745282, 2.986799752915396]],
  [{ kind: "gamma", shape: 2.7, scale: 2 }, [1.661448865531014, 6.79219463819448, 1.0023336725160696]],
  [{ kind: "pareto", shape: 4.5, scale: 3 }, [5.1618820792065225, 4.674244958139285, 3.224668617574501]],
  [{ kind: "empirical", values: [1, 2, 3, 4], weights: [1, 2, 3, 4] }, [1, 2, 4]],
  [{ kind: "empirical", values: [1, 2, 3, 4] }, [4, 4, 4]],
];

test.run();
