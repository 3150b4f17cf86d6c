// Growing columns and frozen tables: what goes in comes out, on this and the other side of a thread.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { NumberColumn, TextColumn, textsOf } from "../../sim/metrics/column.ts";
import { buffersOf, numbersOf, TableBuilder, textReader } from "../../sim/metrics/table.ts";

test("number columns grow and keep what is set", () => {
  fc.assert(
    fc.property(fc.array(fc.double(), { maxLength: 500 }), (values) => {
      const column = new NumberColumn();
      for (const value of values) column.push(value);
      if (values.length > 0) column.set(values.length - 1, 7);
      const expected = values.slice();
      if (values.length > 0) expected[values.length - 1] = 7;
      assert.equal([...column.freeze()], expected);
    }),
    { seed: 5, numRuns: 200 },
  );
  const column = new NumberColumn();
  assert.throws(() => column.get(0), /row is in the column/);
});

test("text columns store each text once and read back any", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("", "a", "λ", "a,b\n", "🙂"), { maxLength: 100 }), (texts) => {
      const column = new TextColumn();
      for (const text of texts) column.push(text);
      const data = column.freeze();
      const distinct = textsOf(data);
      assert.equal(
        Array.from(data.codes, (code) => distinct[code]),
        texts,
      );
      assert.is(new Set(distinct).size, distinct.length);
    }),
    { seed: 6, numRuns: 200 },
  );
});

test("a frozen table survives the way to another thread", () => {
  const builder = new TableBuilder(["size"] as const, ["name"] as const);
  for (const [name, size] of [
    ["a", 1],
    ["", NaN],
    ["b", 3],
  ] as const) {
    const row = builder.add();
    builder.texts.name.set(row, name);
    builder.numbers.size.set(row, size);
  }
  const table = builder.freeze();
  const moved = structuredClone(table, { transfer: buffersOf(table) });
  assert.is(numbersOf(table, "size").length, 0, "moved, not copied");
  assert.equal([...numbersOf(moved, "size")], [1, NaN, 3]);
  const name = textReader(moved, "name");
  assert.equal([name(0), name(1), name(2)], ["a", "", "b"]);
  assert.throws(() => numbersOf(moved, "weight"), /the table has a number column weight/);
});

test.run();
