// A fixed portion of the fuzzing, and that the fuzzer sees what it should see. More: npm run fuzz.
// test-timeout: 300s
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fuzz } from "./bad-input.ts";
import { SEEDS } from "./corpus.ts";
import { MUTATIONS } from "./mutations.ts";

test("400 spoiled inputs: refused with a place, or a valid run", () => {
  const report = fuzz({ count: 400, seed: "ci", cli: 8 });
  assert.equal(report.failures, []);
  assert.is(report.refused + report.ran + report.tooLarge, 400);
  assert.ok(report.refused > 150, `${report.refused} were refused: the mutations do harm`);
  assert.ok(report.ran > 40, `${report.ran} ran: the seeds are right`);
  assert.ok(report.throughCli >= 8, `${report.throughCli} went through the command line`);
  assert.is(report.byMutation.size, MUTATIONS.length, "every mutation was tried");
});

test("some of every seed", () => {
  for (const seed of SEEDS) assert.ok(seed.files.size > 1, seed.name);
});

test.run();
