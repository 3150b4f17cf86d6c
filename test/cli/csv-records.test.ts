// Reading CSV: what was written comes back, and reading ends when no more is wanted.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { renderRecords } from "../../reports/csv.ts";
import { readRecords } from "../../sim/cli/csv-records.ts";
import { tries } from "../thorough.ts";

const test = suite("cli/csv-records");
const folder = mkdtempSync(join(tmpdir(), "kubedrill-csv-"));
const path = join(folder, "table.csv");

test.after(() => rmSync(folder, { recursive: true }));

test("records come back as they were written", async () => {
  const cell = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "é", " "), maxLength: 5 });
  const records = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(records, async (written) => {
      writeFileSync(path, await renderRecords(written));
      const seen: (readonly string[])[] = [];
      await readRecords(path, (record) => seen.push(record));
      assert.equal(seen, written);
    }),
    { seed: 3, numRuns: tries(50, 500) },
  );
});

test("reading ends when no more is wanted, and a file that is not there is an error", async () => {
  writeFileSync(path, "a,b\n1,2\n3,4\n5,6\n");
  let seen = 0;
  await readRecords(path, () => ++seen < 2);
  assert.is(seen, 2);
  let failed = false;
  await readRecords(join(folder, "none.csv"), () => true).catch(() => {
    failed = true;
  });
  assert.ok(failed);
});

test.run();
