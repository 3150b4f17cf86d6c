// A fixed portion of the fuzzing, and that the fuzzer sees what it should see. More: npm run fuzz.
// test-timeout: 300s
import { test } from "uvu";
import * as assert from "uvu/assert";
import { tries } from "../thorough.ts";
import { fuzz } from "./bad-input.ts";
import { SEEDS } from "./corpus.ts";
import { MUTATIONS } from "./mutations.ts";

const COUNT = tries(42, 400);

test(`${COUNT} spoiled inputs: refused with a place, or a valid run`, () => {
  const report = fuzz({ count: COUNT, seed: "ci", cli: tries(4, 8) });
  assert.equal(report.failures, []);
  assert.is(report.refused + report.ran + report.tooLarge, COUNT);
  assert.ok(report.refused > 0.37 * COUNT, `${report.refused} were refused: the mutations do harm`);
  assert.ok(report.ran > 0.1 * COUNT, `${report.ran} ran: the seeds are right`);
  assert.ok(report.throughCli >= tries(4, 8), `${report.throughCli} went through the command line`);
  assert.is(report.byMutation.size, MUTATIONS.length, "every mutation was tried");
});

test("some of every seed", () => {
  for (const seed of SEEDS) assert.ok(seed.files.size > 1, seed.name);
});

test.run();
