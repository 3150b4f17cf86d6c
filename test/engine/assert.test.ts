import { test } from "uvu";
import * as check from "uvu/assert";
import { AssertionError, assert, fail } from "../../sim/engine/assert.ts";

test("a true condition passes and narrows", () => {
  const value: string | undefined = ["text"][0];
  assert(value !== undefined, "never");
  check.is(value.length, 4);
});

test("a false one throws its message, as an error of its own kind", () => {
  for (const condition of [false, 0, "", null, undefined, Number.NaN]) {
    check.throws(
      () => assert(condition, "size 3 exceeds 2"),
      (error: unknown) =>
        error instanceof AssertionError && error.name === "AssertionError" && error.message === "size 3 exceeds 2",
    );
  }
  check.throws(
    () => fail("no way"),
    (error: unknown) => error instanceof AssertionError,
  );
});

test.run();
