// Equality of plain data, as objects of the API have it.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { sameFields, sameValue } from "../../sim/model/same-value.ts";

test("content counts, identity and the order of fields do not", () => {
  assert.ok(sameValue({ a: [1, { b: 2 }], c: "x" }, { c: "x", a: [1, { b: 2 }] }));
  assert.not(sameValue({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }));
  assert.not(sameValue({ a: [1] }, { a: [1, 2] }));
  assert.not(sameValue([1, 2], [2, 1]));
  assert.not(sameValue("1", 1));
});

test("a field that is null or undefined is as good as none, on either side and at any depth", () => {
  assert.ok(sameValue({ a: null }, {}));
  assert.ok(sameValue({}, { a: undefined }));
  assert.ok(sameValue({ a: { b: undefined } }, { a: { b: null } }));
  assert.ok(sameValue(null, undefined));
  assert.not(sameValue({ a: null }, { a: 0 }));
  assert.not(sameValue({ a: false }, {}));
  assert.not(sameValue({}, { a: "" }));
});

test("a list is no object, even when both are empty", () => {
  assert.not(sameValue([], {}));
  assert.not(sameValue({}, []));
  assert.not(sameValue({ 0: 1 }, [1]));
});

test("one field may be left out of the comparison", () => {
  assert.ok(sameFields({ a: 1, v: 1 }, { a: 1, v: 2 }, "v"));
  assert.ok(sameFields({ a: 1 }, { a: 1, v: 2 }, "v"));
  assert.not(sameFields({ a: 1, v: 1 }, { a: 2, v: 1 }, "v"));
});

test.run();
