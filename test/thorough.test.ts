// The thorough tests are more than the others: here one more, which the test of the runner counts.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isThorough, tries } from "./thorough.ts";

test("few cases, or many when time does not matter", () => {
  assert.is(tries(1, 100), process.env.KUBEDRILL_THOROUGH === "1" ? 100 : 1);
});

if (isThorough) test("this one is only among the thorough", () => assert.ok(isThorough));

test.run();
