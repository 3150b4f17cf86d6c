// Quantities against values worked out by hand from the API reference, and against a twin in rational numbers.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  compareQuantities,
  milliValue,
  parseQuantity,
  QuantityError,
  quantityError,
  value,
  wholeUnits,
} from "../../sim/model/quantity.ts";

const VALUES: readonly (readonly [string | number, number, number])[] = [
  // text, value, milli value
  ["0", 0, 0],
  [0, 0, 0],
  ["1", 1, 1000],
  [2, 2, 2000],
  ["+3", 3, 3000],
  ["-1", -1, -1000],
  ["100m", 1, 100],
  ["1m", 1, 1],
  ["1001m", 2, 1001],
  ["-1500m", -2, -1500],
  ["0.5", 1, 500],
  [0.5, 1, 500],
  [0.1, 1, 100],
  ["1.", 1, 1000],
  [".5", 1, 500],
  ["007", 7, 7000],
  ["100u", 1, 1],
  ["1500u", 1, 2],
  ["1n", 1, 1],
  ["999999999n", 1, 1000],
  ["1000000001n", 2, 1001],
  ["0.0000000001", 1, 1],
  ["1e-30", 1, 1],
  ["-1e-30", -1, -1],
  ["1k", 1000, 1_000_000],
  ["1M", 1e6, 1e9],
  ["1G", 1e9, 1e12],
  ["1T", 1e12, 1e15],
  ["2P", 2e15, Number.NaN],
  ["1Ki", 1024, 1_024_000],
  ["1Mi", 1_048_576, 1_048_576_000],
  ["1.5Gi", 1_610_612_736, 1_610_612_736_000],
  ["1Ti", 1_099_511_627_776, 1_099_511_627_776_000],
  ["1Pi", 1_125_899_906_842_624, 1_125_899_906_842_624_000],
  ["0.5Ei", Number.NaN, Number.NaN],
  ["2e3", 2000, 2_000_000],
  ["2E3", 2000, 2_000_000],
  ["2e+3", 2000, 2_000_000],
  ["15e-1", 2, 1500],
  ["1.1Ki", 1127, 1_126_400],
  ["0.001Ki", 2, 1024],
  ["9007199254740991", 9_007_199_254_740_991, Number.NaN],
  ["123456789.123456789", 123_456_790, 123_456_789_124],
];

test("values and milli values round up, away from zero", () => {
  for (const [text, whole, milli] of VALUES) {
    if (Number.isSafeInteger(whole)) assert.is(value(text), whole, `value of ${text}`);
    else assert.throws(() => value(text), isQuantityError, `value of ${text}`);
    if (Number.isSafeInteger(milli)) assert.is(milliValue(text), milli, `milli value of ${text}`);
    else assert.throws(() => milliValue(text), isQuantityError, `milli value of ${text}`);
  }
});

function isQuantityError(error: Error): boolean {
  return error instanceof QuantityError && error.message.length > 10;
}

test("refuses what is no quantity, with a message that shows it", () => {
  const bad = [
    "",
    " ",
    "1 ",
    " 1",
    "a",
    "1a",
    "1K",
    "1ki",
    "1Gb",
    "1.5Gb",
    "1.2.3",
    "--1",
    "+-1",
    "1e",
    "1e1.5",
    "1e+",
    "e3",
    ".",
    "+",
  ];
  bad.push("-", "1mi", "1ni", "1Kii", "0x10", "1_000", "Infinity", "NaN", "1,5", "1E3k", "5m5", "１", "1".repeat(129));
  for (const text of bad) {
    assert.throws(() => parseQuantity(text), isQuantityError, JSON.stringify(text));
    assert.throws(() => value(text), isQuantityError, JSON.stringify(text));
    assert.throws(() => milliValue(text), isQuantityError, JSON.stringify(text));
    assert.ok(quantityError(text), JSON.stringify(text));
  }
  for (const number of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    assert.throws(() => value(number), isQuantityError);
  }
});

test("values of other types are an error, not a crash", () => {
  for (const wrong of [null, undefined, true, {}, [], 5n]) assert.ok(quantityError(wrong));
  assert.throws(() => parseQuantity(true as unknown as string), isQuantityError);
});

test("huge exponents end at once, at the largest and the smallest quantity", () => {
  assert.is(parseQuantity("1e999999999"), ((1n << 63n) - 1n) * 1_000_000_000n);
  assert.is(parseQuantity("100E"), ((1n << 63n) - 1n) * 1_000_000_000n);
  assert.is(parseQuantity("1e-999999999"), 1n);
  assert.is(parseQuantity("0e999999999"), 0n);
  assert.throws(() => value("16Ei"), isQuantityError);
  assert.match(quantityError("1e30") ?? "", /too large/);
});

test("compares amounts, not texts", () => {
  assert.is(compareQuantities("1Gi", "1024Mi"), 0);
  assert.is(compareQuantities("1G", "1Gi"), -1);
  assert.is(compareQuantities("1500m", 1), 1);
  assert.is(compareQuantities("-1", 0), -1);
});

test("sums round last, and say what was too large", () => {
  assert.is(wholeUnits(1n, 1_000_000n, "cpu"), 1);
  assert.is(wholeUnits(2_000_000n, 1_000_000n, "cpu"), 2);
  assert.throws(() => wholeUnits(1n << 100n, 1n, "cpu"), /cpu is too large/);
});

// the twin: a fraction of two integers by the grammar, rounded with plain division
const FACTORS: Readonly<Record<string, readonly [bigint, bigint]>> = {
  n: [1n, 10n ** 9n],
  u: [1n, 10n ** 6n],
  m: [1n, 1000n],
  "": [1n, 1n],
  k: [1000n, 1n],
  M: [10n ** 6n, 1n],
  G: [10n ** 9n, 1n],
  T: [10n ** 12n, 1n],
  Ki: [1024n, 1n],
  Mi: [1024n ** 2n, 1n],
  Gi: [1024n ** 3n, 1n],
  Ti: [1024n ** 4n, 1n],
};

function awayFromZero(numerator: bigint, denominator: bigint): bigint {
  const magnitude = numerator < 0n ? -numerator : numerator;
  const rounded = (magnitude + denominator - 1n) / denominator;
  return numerator < 0n ? -rounded : rounded;
}

test("agrees with rational arithmetic on random quantities", () => {
  const parts = fc.record({
    sign: fc.constantFrom("", "+", "-"),
    whole: fc.bigInt({ min: 0n, max: 10n ** 14n }),
    places: fc.integer({ min: 0, max: 11 }),
    fraction: fc.bigInt({ min: 0n, max: 10n ** 11n - 1n }),
    suffix: fc.constantFrom(...Object.keys(FACTORS)),
    exponent: fc.option(fc.integer({ min: -15, max: 3 })),
  });
  fc.assert(
    fc.property(parts, ({ sign, whole, places, fraction, suffix, exponent }) => {
      const digits = places === 0 ? "" : `.${String(fraction).padStart(11, "0").slice(0, places)}`;
      const text = `${sign}${whole}${digits}${exponent === null ? suffix : `e${exponent}`}`;
      const [up, down] = FACTORS[exponent === null ? suffix : ""]!;
      const power = exponent ?? 0;
      const unscaled = BigInt(`${whole}${digits.slice(1)}`) * (sign === "-" ? -1n : 1n);
      const numerator = unscaled * up * 10n ** BigInt(Math.max(power, 0));
      const denominator = down * 10n ** BigInt(places + Math.max(-power, 0));
      const check = (got: () => number, wanted: bigint) => {
        if (wanted > BigInt(Number.MAX_SAFE_INTEGER) || wanted < -BigInt(Number.MAX_SAFE_INTEGER)) {
          assert.throws(got, isQuantityError, text);
        } else assert.is(BigInt(got()), wanted, text);
      };
      check(() => value(text), awayFromZero(numerator, denominator));
      check(() => milliValue(text), awayFromZero(numerator * 1000n, denominator));
    }),
    { seed: 20260801, numRuns: 4000 },
  );
});

test("numbers mean what their decimal text means", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (number) => {
      assert.is(milliValue(number), milliValue(String(number)));
      assert.is(value(number), value(String(number)));
    }),
    { seed: 20260802, numRuns: 1000 },
  );
});

test.run();
