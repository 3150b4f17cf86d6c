// Random streams: frozen by golden vectors, uniform, unbiased, and independent of each other.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createStream, skipDoubles } from "../../sim/engine/random.ts";

const take = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw);

test("golden vectors: a change here changes every old seed", () => {
  const words = (seed: string | number, path: string) => {
    const stream = createStream(seed, path);
    return take(6, () => stream.next() * 2 ** 32);
  };
  assert.equal(words(42, "node/worker-17/pull"), GOLDEN.worker);
  assert.equal(words(0, ""), GOLDEN.empty);
  assert.equal(words("a seed in words", "arrivals/λ"), GOLDEN.unicode);
  const doubles = createStream(42, "doubles");
  assert.equal(
    take(4, () => doubles.nextDouble()),
    GOLDEN.doubles,
  );
  const integers = createStream(42, "integers");
  assert.equal(
    take(12, () => integers.int(1000)),
    GOLDEN.integers,
  );
  const mixed = createStream(42, "mixed");
  assert.equal([mixed.next(), mixed.nextDouble(), mixed.int(7), mixed.int(2 ** 32), mixed.int(1)], GOLDEN.mixed);
});

test('the same seed and path give the same stream; 42 and "42" are one seed', () => {
  const a = createStream(42, "x/y");
  const b = createStream("42", "x/y");
  for (let i = 0; i < 100; i++) assert.is(a.next(), b.next());
});

test("seed and path do not run into each other", () => {
  const firsts = new Set<number>();
  const pairs = [
    ["1", "2/x"],
    ["1/2", "x"],
    ["12", "x"],
    ["1", "2x"],
    ["", "12x"],
    ["12x", ""],
    ["1\n2", "x"],
  ] as const;
  for (const [seed, path] of pairs) firsts.add(createStream(seed, path).nextDouble());
  assert.is(firsts.size, pairs.length);
});

test("streams of neighbouring names and seeds are unrelated", () => {
  const n = 20_000;
  const streams = [
    createStream(1, "node/worker-1"),
    createStream(1, "node/worker-2"),
    createStream(2, "node/worker-1"),
    createStream(1, "node/worker-11"),
  ];
  const draws = streams.map((stream) => take(n, () => stream.next() - 0.5));
  for (let i = 0; i < draws.length; i++) {
    for (let j = 0; j < i; j++) {
      for (const lag of [0, 1, 7]) {
        let sum = 0;
        for (let k = lag; k < n; k++) sum += draws[i]![k]! * draws[j]![k - lag]!;
        // correlation has a standard error of 1/√n
        assert.ok(Math.abs(sum / n) * 12 < 4.5 / Math.sqrt(n), `streams ${i} and ${j}, lag ${lag}`);
      }
    }
  }
});

test("drawing from one stream never moves another", () => {
  const alone = createStream(7, "a");
  const expected = take(50, () => alone.next());
  const a = createStream(7, "a");
  const b = createStream(7, "b");
  const got = take(50, () => {
    b.int(17);
    b.nextDouble();
    return a.next();
  });
  assert.equal(got, expected);
});

test("next is in [0, 1), nextDouble in (0, 1), and both are uniform", () => {
  const stream = createStream(3, "uniform");
  for (const draw of [() => stream.next(), () => stream.nextDouble()]) {
    const n = 200_000;
    const bins = new Float64Array(64);
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const u = draw();
      assert.ok(u >= 0 && u < 1);
      bins[Math.floor(u * 64)]!++;
      sum += u;
    }
    const chiSquare = bins.reduce((total, count) => total + (count - n / 64) ** 2 / (n / 64), 0);
    // 63 degrees of freedom: beyond 120 with probability 2e-5
    assert.ok(chiSquare < 120, `χ² ${chiSquare}`);
    assert.ok(Math.abs(sum / n - 0.5) < 4.5 * Math.sqrt(1 / 12 / n));
  }
});

test("nextDouble uses 53 bits", () => {
  const stream = createStream(3, "bits");
  let lowBits = 0;
  for (let i = 0; i < 1000; i++) lowBits |= (stream.nextDouble() * 2 ** 53) % 2 ** 21;
  assert.is(lowBits, 2 ** 21 - 1);
});

test("int is uniform over every result, also where n does not divide 2^32", () => {
  for (const n of [1, 2, 3, 7, 10, 1000]) {
    const stream = createStream(3, `int/${n}`);
    const draws = 200_000;
    const counts = new Float64Array(n);
    for (let i = 0; i < draws; i++) counts[stream.int(n)]!++;
    const chiSquare = counts.reduce((total, count) => total + (count - draws / n) ** 2 / (draws / n), 0);
    assert.ok(chiSquare < n - 1 + 5 * Math.sqrt(2 * n), `n ${n}, χ² ${chiSquare}`);
  }
  // 3 · 2^30: a modulo without rejection would draw the lowest third half as often again
  const stream = createStream(3, "int/large");
  let low = 0;
  for (let i = 0; i < 30_000; i++) if (stream.int(3 * 2 ** 30) < 2 ** 30) low++;
  assert.ok(Math.abs(low - 10_000) < 400, `${low}`);
  const wide = createStream(3, "int/wide");
  let highest = 0;
  for (let i = 0; i < 1000; i++) highest = Math.max(highest, wide.int(2 ** 32));
  assert.ok(highest > 2 ** 31 && highest < 2 ** 32);
});

test("int refuses what is no number of choices", () => {
  const stream = createStream(1, "x");
  for (const n of [0, -1, 1.5, NaN, Infinity, 2 ** 32 + 1]) assert.throws(() => stream.int(n), "number of choices");
});

const GOLDEN = {
  worker: [2967908359, 1431104174, 3154183438, 4055258213, 880810638, 2342478055],
  empty: [666350002, 1638079757, 285262126, 3927122399, 3758744792, 2772000946],
  unicode: [1464710600, 1127338499, 1674358019, 1863566808, 3447404805, 1100714312],
  doubles: [0.8258106582519853, 0.21763971077295818, 0.8556284962499944, 0.11696447371666274],
  integers: [832, 763, 332, 781, 501, 417, 932, 346, 610, 430, 449, 276],
  mixed: [0.6093085173051804, 0.2591718511396388, 2, 3360197023, 0],
};

test("doubles that are skipped are those that would have been drawn", () => {
  const [drawing, skipping] = [createStream(7, "x"), createStream(7, "x")];
  for (const count of [0, 1, 2, 1000]) {
    for (let i = 0; i < count; i++) drawing.nextDouble();
    skipDoubles(skipping, count);
    assert.is(skipping.nextDouble(), drawing.nextDouble());
  }
  // also of a stream that is wrapped
  let draws = 0;
  skipDoubles({ int: (n) => drawing.int(n), next: () => drawing.next(), nextDouble: () => ++draws }, 5);
  assert.is(draws, 5);
});

test.run();
