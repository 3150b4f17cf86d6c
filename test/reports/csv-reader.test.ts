// Reading CSV: what was written comes back, wherever the text is cut into pieces.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { renderRecords } from "../../reports/csv.ts";
import { RecordReader } from "../../reports/csv-reader.ts";

test("records come back as they were written, with any cut", async () => {
  const cell = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "é", " "), maxLength: 5 });
  const records = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(records, fc.integer({ min: 1, max: 9 }), async (written, size) => {
      const text = new TextDecoder().decode(await renderRecords(written));
      const seen: (readonly string[])[] = [];
      const reader = new RecordReader((record) => seen.push(record));
      for (let at = 0; at < text.length; at += size) reader.push(text.slice(at, at + size));
      assert.equal(seen, written);
    }),
    { seed: 3, numRuns: 300 },
  );
});

test.run();
