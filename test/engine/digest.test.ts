// The digest tells event logs apart: by order, by every field, by every bit; and it never changes between versions.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Digest } from "../../sim/engine/digest.ts";
import { createStream } from "../../sim/engine/random.ts";

type Event = readonly [timeHigh: number, timeLow: number, kind: number, a: number, b: number];

function digestOf(events: readonly Event[]): string {
  const digest = new Digest();
  for (const event of events) digest.event(...event);
  return digest.hex();
}

function noted(...values: readonly (number | string)[]): string {
  const digest = new Digest();
  for (const value of values) {
    if (typeof value === "number") digest.note(value);
    else digest.noteString(value);
  }
  return digest.hex();
}

test("golden digests: a change here changes the digest of every run", () => {
  assert.is(digestOf([]), GOLDEN[0]);
  assert.is(digestOf([[0, 0, 0, 0, 0]]), GOLDEN[1]);
  assert.is(
    digestOf([
      [1, -5, 7, 2 ** 31 - 1, -(2 ** 31)],
      [1, -4, 8, 0, 1],
    ]),
    GOLDEN[2],
  );
  assert.is(noted(1, 0.5, -0.5, NaN, Infinity, 2 ** 53, "", "pod-17", "λ"), GOLDEN[3]);
});

test("16 hexadecimal digits, and reading does not disturb", () => {
  const digest = new Digest();
  digest.note(1);
  assert.match(digest.hex(), /^[0-9a-f]{16}$/);
  assert.is(digest.hex(), digest.hex());
});

test("order matters, and so does every field", () => {
  const a: Event = [0, 100, 3, 5, 9];
  const b: Event = [0, 100, 3, 5, 8];
  assert.is.not(digestOf([a, b]), digestOf([b, a]));
  const seen = new Set<string>();
  for (let field = 0; field < 5; field++) {
    const bits = [21, 32, 11, 32, 32][field]!;
    for (let bit = 0; bit < bits; bit++) {
      const changed = a.map((value, i) => (i === field ? value ^ (1 << bit) : value)) as unknown as Event;
      seen.add(digestOf([changed, b]));
    }
  }
  assert.is(seen.size, 21 + 32 + 11 + 32 + 32);
});

test("small changes of events do not collide", () => {
  const seen = new Set<string>();
  const n = 40;
  for (let time = 0; time < n; time++) {
    for (let kind = 0; kind < n; kind++) {
      for (let a = 0; a < n; a++) seen.add(digestOf([[0, time, kind, a, time ^ a]]));
    }
  }
  assert.is(seen.size, n ** 3);
});

test("half of the digest's bits change with any one bit of the input", () => {
  const random = createStream("digest", "avalanche");
  let flipped = 0;
  const trials = 2000;
  for (let i = 0; i < trials; i++) {
    const event: Event = [0, random.int(2 ** 31), random.int(2048), random.int(2 ** 31), random.int(2 ** 31)];
    const field = 1 + random.int(4);
    const bit = random.int(field === 2 ? 11 : 31);
    const changed = event.map((value, k) => (k === field ? value ^ (1 << bit) : value)) as unknown as Event;
    const difference = BigInt(`0x${digestOf([event])}`) ^ BigInt(`0x${digestOf([changed])}`);
    flipped += difference.toString(2).replaceAll("0", "").length;
  }
  assert.ok(Math.abs(flipped / trials - 32) < 1, `${flipped / trials} of 64`);
});

test("numbers are told apart by all their bits, and from strings and events", () => {
  const values: readonly (number | string)[] = [
    0,
    1,
    -1,
    0.1 + 0.2,
    0.3,
    2 ** 31,
    -(2 ** 31),
    2 ** 32,
    2 ** 53 - 1,
    NaN,
    Infinity,
    -Infinity,
    5e-324,
    "",
    "0",
    "1",
    "NaN",
    "a",
    "b",
    "ab",
    "ba",
  ];
  assert.is(new Set(values.map((value) => noted(value))).size, values.length);
  assert.is.not(noted("ab", "c"), noted("a", "bc"));
  assert.is.not(noted("", "a"), noted("a", ""));
  assert.is.not(noted(1, 2), noted(2, 1));
  assert.is(noted(-0), noted(0));
});

test("a long log has no short memory: an early change is seen after a million events", () => {
  const run = (first: number) => {
    const digest = new Digest();
    digest.event(0, 0, 0, first, 0);
    for (let i = 1; i < 1_000_000; i++) digest.event(0, i, i & 7, i, 0);
    return digest.hex();
  };
  assert.is(run(1), run(1));
  assert.is.not(run(1), run(2));
});

const GOLDEN = ["10fbc625d0733219", "aff4d2ee218f55e7", "c465701e7dabcfef", "1ce426f5ac0affb9"];

test.run();
