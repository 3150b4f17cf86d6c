// Where a cursor stands in a YAML text that is being written. The cursor is the bar.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { placeAt } from "../../../../reports/page/editor/place.ts";

function at(text: string) {
  const offset = text.indexOf("|");
  const whole = text.slice(0, offset) + text.slice(offset + 1);
  const place = placeAt(whole, offset);
  return { ...place, path: place.path.join("."), word: whole.slice(place.from, offset) };
}

function isAt(text: string, kind: "key" | "value", path: string, word = ""): void {
  const found = at(text);
  assert.equal([found.kind, found.path, found.word], [kind, path, word], text);
}

test("keys of block mappings go by their column", () => {
  isAt("|", "key", "");
  isAt("spe|", "key", "", "spe");
  isAt("spec:\n  |", "key", "spec");
  isAt("spec:\n  clu|", "key", "spec", "clu");
  isAt("spec:\n  cluster:\n    nodePools: []\n  fa|", "key", "spec", "fa");
  isAt("spec:\n  cluster:\n    nodePools: []\nme|", "key", "", "me");
  isAt("spec:\n\n  # a comment: with a colon\n  cluster:\n    |", "key", "spec.cluster");
});

test("values stand behind their key", () => {
  isAt("kind: |", "value", "kind");
  isAt("kind: Sce|", "value", "kind", "Sce");
  isAt("spec:\n  cluster:\n    start: set|", "value", "spec.cluster.start", "set");
  isAt('"kind": |', "value", "kind");
});

test("entries of lists have numbers, in the column of their key or further in", () => {
  isAt("a:\n  - b: 1\n  - |", "key", "a.1");
  isAt("a:\n  - b: 1\n    |", "key", "a.0");
  isAt("a:\n- b: 1\n- c: 2\n- d: |", "value", "a.2.d");
  isAt("a:\n- b: 1\n  c|", "key", "a.0", "c");
  isAt("a:\n  - b:\n      - c: 1\n      - d|", "key", "a.0.b.1", "d");
  isAt("a:\n  - b:\n      - c: 1\n  - d|", "key", "a.1", "d");
  isAt("a:\n- x: 1\nb|", "key", "", "b");
  isAt("a:\n  - - b: 1\n    - c|", "key", "a.0.1", "c");
  assert.is(at("a:\n  |").isLineStart, true);
  assert.is(at("a:\n  - |").isLineStart, false);
});

test("brackets are followed, over lines, with strings and comments in them", () => {
  isAt("m: { |", "key", "m");
  isAt("m: { a: |", "value", "m.a");
  isAt("m: { a: 1, b|", "key", "m", "b");
  isAt("m: { a: { b: 1 }, c: |}", "value", "m.c");
  isAt("m: [{ a: 1 }, { b|", "key", "m.1", "b");
  isAt("m: [x, y|", "value", "m.1", "y");
  isAt("l:\n  - { a: 1, b: { c|", "key", "l.0.b", "c");
  isAt("m: {\n  a: 1, # }\n  |", "key", "m");
  isAt('m: { a: "}, {", b|', "key", "m", "b");
  isAt("m: { a: it's, b|", "key", "m", "b");
  isAt("m: { a: 1 }\nn|", "key", "", "n");
  isAt("- { id: a, at: 2m, zoneOutage: { zone: |", "value", "0.zoneOutage.zone");
});

test("texts in block style are texts, whatever they look like", () => {
  isAt("a: |-\n  b: 1\n", "value", "a", "");
  const literal = "d: >\n  spec:\n    x: y\ne";
  assert.equal(placeAt(literal, literal.length).path, []);
  const within = "d: >\n  spec:\n    x";
  assert.is(placeAt(within, within.length).kind, "value");
  assert.equal(placeAt(within, within.length).path, ["d"]);
});

test("another document begins anew", () => {
  isAt("a:\n  b: 1\n---\n|", "key", "");
  isAt("a:\n  b: 1\n---\nc:\n  |", "key", "c");
});

test("siblings are the keys of the same mapping, before and behind", () => {
  assert.equal([...at("a: 1\n|\nb: 2\nc:\n  d: 1\n").siblings].sort(), ["a", "b", "c"]);
  assert.equal([...at("l:\n  - a: 1\n    |\n    b: 2\n  - c: 3\n").siblings].sort(), ["a", "b"]);
  assert.equal([...at("l:\n  - a: 1\n  - |\n    b: 2\n").siblings].sort(), ["b"]);
  assert.equal([...at("m: { a: 1, b: 2, |").siblings].sort(), ["a", "b"]);
  assert.equal([...at("s:\n  x: 1\n  |\nt: 1").siblings], ["x"]);
});

test("never fails, wherever the cursor stands in whatever text", () => {
  const text = "a: {b: [c, {d: 'e'}\n- - : ]}: |\n\"x\ny: &z *q !!t\n? k\n: v\n\t- tab\n--- # end\n{{[";
  for (let i = 0; i <= text.length; i++) placeAt(text, i);
});

test.run();
