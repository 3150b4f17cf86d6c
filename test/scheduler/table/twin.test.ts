// A fixed portion of the twin histories; `npm run test:twins -- --seeds 1..1000` lives through more.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compare, PERCENTAGES, TIE_BREAKS } from "./twins.ts";

for (const tieBreak of TIE_BREAKS) {
  for (const percentage of PERCENTAGES) {
    test(`table and plain evaluation agree: ${tieBreak}, ${percentage === 0 ? "adaptive" : `${percentage} %`}`, () => {
      const { scheduled, served } = compare(tieBreak, percentage, 1, 14);
      assert.ok(scheduled > 500, `enough pods were placed to compare (${scheduled})`);
      assert.ok(served > scheduled / 2, `the table decided most of them (${served} cycles)`);
    });
  }
}

test.run();
