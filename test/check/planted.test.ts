// The checker finds what it should: bugs are planted into a copy of the compiled program. All of them: npm run check:planted.
// test-timeout: 300s
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Copy, mutate, StaleBug, searchFor } from "./planted.ts";
import { PLANTED_BUGS } from "./planted-bugs/registry.ts";

const compiled = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

test("every planted bug's text stands in the program exactly once, and changes it", () => {
  for (const bug of PLANTED_BUGS) {
    const text = readFileSync(join(compiled, bug.file), "utf8");
    assert.is.not(mutate(bug, text), text, bug.id);
  }
  assert.is(new Set(PLANTED_BUGS.map(({ id }) => id)).size, PLANTED_BUGS.length);
  assert.ok(PLANTED_BUGS.length >= 30);
});

test("a text that is gone or stands twice is refused", () => {
  const bug = { ...PLANTED_BUGS[0]!, find: "abc" };
  assert.throws(
    () => mutate(bug, "nothing of that"),
    (error: unknown) => error instanceof StaleBug,
  );
  assert.throws(
    () => mutate(bug, "abc abc"),
    (error: unknown) => error instanceof StaleBug,
  );
});

test("three bugs are found: in the algorithm, in a member and in the store", async () => {
  const copy = new Copy(dirname(compiled), compiled);
  try {
    for (const id of ["votes-twice", "acknowledges-before-fsync", "compaction-too-far"]) {
      const bug = PLANTED_BUGS.find((one) => one.id === id)!;
      const { seeds, by } = await searchFor(bug, copy, { maxSeeds: 300, timeLimitSeconds: 60 });
      assert.ok(seeds !== null, `${id}: ${by}`);
    }
    const { seeds } = await searchFor(
      { id: "none", file: "sim/check.js", find: "export { SOMETIMES }", replace: "export { SOMETIMES }", why: "" },
      copy,
      { maxSeeds: 5, timeLimitSeconds: 60 },
    );
    assert.is(seeds, null, "the program as it is has no violation");
  } finally {
    copy.remove();
  }
});

test.run();
