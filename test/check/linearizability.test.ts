// The search against a naive one that tries every order, and known histories.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ABSENT, checkKey, type KeyOperation, NOTHING } from "../../sim/check/linearizability.ts";

interface Loose {
  readonly from: number;
  readonly to: number;
  readonly sees?: number;
  readonly excludes?: number;
  readonly writes?: number;
}

function history(...operations: readonly Loose[]): KeyOperation[] {
  return operations.map((op, id) => ({
    id,
    invokedAt: op.from,
    returnedAt: op.to,
    sees: op.sees ?? NOTHING,
    excludes: op.excludes ?? NOTHING,
    writes: op.writes ?? NOTHING,
  }));
}

const verdict = (...operations: readonly Loose[]) => checkKey(history(...operations)).isLinearizable;

/** Tries all orders that respect real time, with every subset of the unanswered operations. */
function naive(operations: readonly KeyOperation[], value = ABSENT): boolean {
  if (operations.every((op) => op.returnedAt === Infinity)) return true;
  return operations.some((op) => {
    if (operations.some((other) => other.returnedAt < op.invokedAt)) return false;
    if (op.sees !== NOTHING && op.sees !== value) return false;
    if (op.excludes !== NOTHING && op.excludes === value) return false;
    const rest = operations.filter((other) => other !== op);
    return naive(rest, op.writes === NOTHING ? value : op.writes);
  });
}

test("a read sees the last write that returned before it", () => {
  assert.is(verdict({ from: 0, to: 1, writes: 7 }, { from: 2, to: 3, sees: 7 }), true);
  assert.is(verdict({ from: 0, to: 1, writes: 7 }, { from: 2, to: 3, sees: ABSENT }), false);
  assert.is(verdict({ from: 0, to: 1, writes: 7 }, { from: 2, to: 3, sees: 9 }), false);
});

test("operations at the same moment may be in either order", () => {
  assert.is(verdict({ from: 0, to: 2, writes: 7 }, { from: 2, to: 3, sees: ABSENT }), true);
});

test("an unanswered write may have happened, late, or never, but not twice", () => {
  const write = { from: 0, to: Infinity, writes: 7 };
  assert.is(verdict(write, { from: 1, to: 2, sees: 7 }), true);
  assert.is(verdict(write, { from: 1, to: 2, sees: ABSENT }), true);
  assert.is(verdict(write, { from: 1, to: 2, sees: ABSENT }, { from: 3, to: 4, sees: 7 }), true);
  const once = [
    write,
    { from: 1, to: 2, sees: 7 },
    { from: 3, to: 4, writes: 8 },
    { from: 5, to: 6, sees: 8 },
    { from: 7, to: 8, sees: 7 },
  ];
  assert.is(verdict(...once), false);
});

test("what was written by nobody who was seen explains that a value is gone", () => {
  const gone = [
    { from: 0, to: 1, writes: 5 },
    { from: 2, to: 3, excludes: 5 },
  ];
  assert.is(verdict(...gone), false);
  assert.is(verdict(...gone, { from: 0, to: Infinity, writes: 6 }), true);
});

test("a compare and swap that nobody answered needs its condition", () => {
  const swap = { from: 0, to: Infinity, sees: 5, writes: 6 };
  assert.is(verdict(swap, { from: 1, to: 2, sees: 6 }), false);
  assert.is(verdict({ from: 0, to: 1, writes: 5 }, swap, { from: 2, to: 3, sees: 6 }), true);
});

test("the first operation without a place is named", () => {
  const outcome = checkKey(
    history({ from: 0, to: 1, writes: 7 }, { from: 2, to: 3, sees: ABSENT }, { from: 4, to: 5, sees: 7 }),
  );
  assert.is(outcome.isLinearizable === false && outcome.operation.id, 1);
});

test("agrees with the naive search on random histories", () => {
  const value = fc.integer({ min: 0, max: 3 });
  const operation = fc.record({
    from: fc.integer({ min: 0, max: 12 }),
    lasts: fc.integer({ min: 0, max: 6 }),
    answered: fc.integer({ min: 0, max: 3 }).map((n) => n > 0),
    kind: fc.constantFrom("read", "write", "swap", "mismatch"),
    value,
    other: value,
  });
  let linearizable = 0;
  let broken = 0;
  fc.assert(
    fc.property(fc.array(operation, { minLength: 1, maxLength: 7 }), (drawn) => {
      const operations = history(
        ...drawn.map(({ from, lasts, answered, kind, value, other }) => ({
          from,
          to: answered ? from + lasts : Infinity,
          ...(kind === "write" && { writes: value }),
          ...(kind === "read" && { sees: value }),
          ...(kind === "swap" && { sees: value, writes: other }),
          ...(kind === "mismatch" && { excludes: value }),
        })),
      );
      const expected = naive(operations);
      if (expected) linearizable++;
      else broken++;
      assert.is(checkKey(operations).isLinearizable, expected);
    }),
    { seed: 20, numRuns: 6000 },
  );
  assert.ok(linearizable > 500 && broken > 500, `both kinds occur: ${linearizable}, ${broken}`);
});

test("many unanswered operations cost little", () => {
  const operations: Loose[] = [];
  for (let i = 0; i < 25; i++) operations.push({ from: i, to: Infinity, writes: i % 2 === 0 ? ABSENT : 100 + i });
  for (let i = 0; i < 50; i++) {
    operations.push({ from: 100 + 4 * i, to: 101 + 4 * i, writes: 1000 + i });
    operations.push({ from: 102 + 4 * i, to: 103 + 4 * i, sees: i % 10 === 9 ? ABSENT : 1000 + i });
  }
  // 5 reads see nothing although something was written before: 13 deletions may have happened late
  assert.is(verdict(...operations), true);
  for (let i = 0; i < 9; i++)
    operations.push(
      { from: 400 + 4 * i, to: 401 + 4 * i, writes: 5000 + i },
      { from: 402 + 4 * i, to: 403 + 4 * i, sees: ABSENT },
    );
  assert.is(verdict(...operations), false);
});

test.run();
