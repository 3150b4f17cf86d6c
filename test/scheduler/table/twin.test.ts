// A fixed portion of the twin histories; `npm run test:twins -- --seeds 1..1000` lives through more.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isThorough, tries } from "../../thorough.ts";
import { compare, PERCENTAGES, TIE_BREAKS, TwinRun } from "./twins.ts";

for (const tieBreak of TIE_BREAKS) {
  for (const percentage of PERCENTAGES) {
    test(`table and plain evaluation agree: ${tieBreak}, ${percentage === 0 ? "adaptive" : `${percentage} %`}`, () => {
      const { attempts, scheduled, served } = compare(tieBreak, percentage, 1, tries(7, 14));
      assert.ok(scheduled > tries(250, 500), `enough pods were placed to compare (${scheduled})`);
      assert.ok(served > attempts / 2, `the table decided most of them (${served} of ${attempts})`);
    });
  }
}

test("they agree where the blocks of the table become larger, above 16,384 nodes", () => {
  const ways = [
    ["seeded", 2],
    ["heap", 100],
    ["first", 100],
  ] as const;
  for (const [tieBreak, percentage] of isThorough ? ways : ways.slice(0, 1)) {
    const situation = { seed: 3, nodes: 16_375, steps: 12, tieBreak, percentage, variant: "default" };
    const run = new TwinRun(situation);
    run.run();
    run.addNodes(20);
    const { attempts, served } = run.run();
    assert.ok(served > attempts / 3 && served > 8, `${served} of ${attempts}`);
  }
});

test("they agree with more buckets than block sums are kept for", () => {
  for (const [seed, tieBreak] of TIE_BREAKS.entries()) {
    const situation = { seed, nodes: 700, steps: 60, tieBreak, percentage: 100, variant: "default" };
    const { attempts, served } = new TwinRun({ ...situation, traits: { racks: 340 } }).run();
    assert.ok(served > attempts / 3, `${served} of ${attempts}`);
  }
});

test.run();
