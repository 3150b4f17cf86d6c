// Portable mathematics: Go's logarithm bit for bit, all functions frozen as bits, and close to those of V8.
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { AssertionError } from "../../sim/engine/assert.ts";
import * as math from "../../sim/engine/math.ts";
import { createStream } from "../../sim/engine/random.ts";
import { fromShared } from "../shared.ts";
import { GO_LOG_GOLDEN, MATH_GOLDEN } from "./math.golden.ts";

const view = new DataView(new ArrayBuffer(8));

function bitsOf(value: number): string {
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, "0");
}

const reference = fromShared("reference/scheduler/go-math-log.json.gz");
if (existsSync(reference)) {
  test("log equals Go's math.Log at all 20,001 sizes that were recorded", () => {
    const { bits } = JSON.parse(gunzipSync(readFileSync(reference)).toString()) as { bits: string[] };
    assert.is(bits.length, 20_001);
    let portable = 0;
    let builtIn = 0;
    for (const [i, expected] of bits.entries()) {
      if (bitsOf(math.log(i + 2)) !== expected) portable++;
      if (bitsOf(Math.log(i + 2)) !== expected) builtIn++;
    }
    assert.is(portable, 0);
    // the test can tell the difference: V8's own logarithm fails it
    assert.ok(builtIn > 0);
  });
} else console.log("skipped: 1 (no ../shared/reference)");

test("log equals Go's math.Log at sizes where V8's does not, and at round ones", () => {
  for (const [x, bits] of GO_LOG_GOLDEN) assert.is(bitsOf(math.log(x)), bits, `log(${x})`);
});

test("every function gives the frozen bits", () => {
  for (const [name, inputs, bits] of MATH_GOLDEN) {
    const fn = math[name] as (...args: readonly number[]) => number;
    assert.is(bitsOf(fn(...inputs)), bits, `${name}(${inputs.join(", ")})`);
  }
});

type Reference = (...args: number[]) => number;

// the largest distance to V8's function in units in the last place, over seeded inputs
function worstUlps(name: keyof typeof math, expected: Reference, inputs: (u: () => number) => number[]): number {
  const stream = createStream("math", name);
  const actual = math[name] as Reference;
  let worst = 0;
  for (let i = 0; i < 20_000; i++) {
    const args = inputs(() => stream.nextDouble());
    const a = actual(...args);
    const b = expected(...args);
    if (Object.is(a, b)) continue;
    const ulp = Math.max(2 ** (Math.floor(Math.log2(Math.abs(b))) - 52), 5e-324);
    const distance = Math.abs(a - b) / ulp;
    if (!(distance < worst)) worst = distance;
  }
  return worst;
}

const sign = (u: () => number) => (u() < 0.5 ? -1 : 1);
const CLOSE: readonly (readonly [keyof typeof math, Reference, (u: () => number) => number[], number])[] = [
  ["log", Math.log, (u) => [2 ** (u() * 2040 - 1020)], 1],
  ["log", Math.log, (u) => [0.5 + u()], 1],
  ["log2", Math.log2, (u) => [2 ** (u() * 2040 - 1020)], 2],
  ["log2", Math.log2, (u) => [0.5 + u()], 2],
  ["log10", Math.log10, (u) => [2 ** (u() * 2040 - 1020)], 4],
  ["log1p", Math.log1p, (u) => [sign(u) * 2 ** (-u() * 60) * 0.99], 2],
  ["log1p", Math.log1p, (u) => [2 ** (u() * 1000)], 2],
  ["exp", Math.exp, (u) => [u() * 1450 - 740], 1],
  ["expm1", Math.expm1, (u) => [sign(u) * 2 ** (u() * 65 - 60)], 4],
  ["pow", Math.pow, (u) => [2 ** (u() * 20 - 10), u() * 140 - 70], 2],
  ["pow", Math.pow, (u) => [u(), u() * 2000 - 1000], 2],
  ["pow", Math.pow, (u) => [u() * 20 - 10, Math.floor(u() * 60) - 30], 2],
  ["cbrt", Math.cbrt, (u) => [(u() - 0.5) * 2 ** (u() * 200 - 100)], 2],
  ["sin", Math.sin, (u) => [(u() - 0.5) * 2e6], 1],
  ["cos", Math.cos, (u) => [(u() - 0.5) * 2e6], 1],
  ["tan", Math.tan, (u) => [(u() - 0.5) * 20], 3],
  ["sqrt", Math.sqrt, (u) => [u() * 1e9], 0],
];

for (const [name, expected, inputs, ulps] of CLOSE) {
  test(`${name} is within ${ulps} ulps of the built-in one`, () => {
    const worst = worstUlps(name, expected, inputs);
    assert.ok(worst <= ulps, `${worst} ulps`);
  });
}

test("special values are those of the language", () => {
  const specials = [0, -0, 1, -1, 0.5, -0.5, 2, -2, 3, -3, 5e-324, 2.5e-308, 1.7e308, Infinity, -Infinity, NaN];
  const unary = ["log", "log2", "log10", "log1p", "exp", "expm1", "cbrt", "sqrt"] as const;
  for (const name of unary) {
    for (const x of specials) {
      const expected = Math[name](x);
      const actual = math[name](x);
      const same = Object.is(actual, expected) || Math.abs(actual - expected) <= Math.abs(expected) * 1e-15;
      assert.ok(same, `${name}(${x}) = ${actual}, expected ${expected}`);
    }
  }
  for (const x of specials) {
    for (const y of [...specials, 1e300, -1e300, 2 ** 53, 2 ** 53 + 2]) {
      const expected = x ** y;
      const actual = math.pow(x, y);
      const same = Object.is(actual, expected) || Math.abs(actual - expected) <= Math.abs(expected) * 1e-15;
      assert.ok(same, `pow(${x}, ${y}) = ${actual}, expected ${expected}`);
    }
  }
  for (const x of [NaN, Infinity, -Infinity]) assert.ok(Number.isNaN(math.sin(x)) && Number.isNaN(math.cos(x)));
});

test("exact results are exact", () => {
  for (let k = -1074; k < 1024; k++) assert.is(math.log2(2 ** k), k);
  for (let k = -300; k <= 300; k++) assert.is(math.pow(2, k), 2 ** k);
  for (let n = 1; n <= 50; n++) assert.is(math.pow(n, 3), n * n * n);
  for (let n = 1; n <= 200; n++) assert.is(math.cbrt(n * n * n), n);
  assert.is(math.exp(0), 1);
  assert.is(math.log(1), 0);
});

test("huge angles are refused rather than reduced badly", () => {
  for (const x of [1.1e6, -1e9]) {
    assert.throws(
      () => math.sin(x),
      (error: unknown) => error instanceof AssertionError,
    );
  }
});

test.run();
