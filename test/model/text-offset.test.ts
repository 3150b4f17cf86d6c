// The place of a character of a text, however the text is written in YAML or JSON.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseDocuments } from "../../sim/model/documents.ts";

function place(source: string, wanted: string, file = "x.yaml"): string {
  const [document] = parseDocuments(source, file).documents;
  const text = (document!.value as { e: string[] }).e[0]!;
  const { line, column } = document!.locate(["e", 0], false, text.indexOf(wanted));
  return source.split("\n")[line - 1]!.slice(column - 1, column - 1 + wanted.length);
}

test("in plain, quoted, block and folded texts of YAML, and in JSON", () => {
  assert.is(place("e:\n  - always ready == HERE\n", "HERE"), "HERE");
  assert.is(place("e: [one and HERE, two]\n", "HERE"), "HERE");
  assert.is(place("e:\n  - 'it''s HERE'\n", "HERE"), "HERE");
  assert.is(place('e:\n  - "a \\"b\\" \\u0041 HERE"\n', "HERE"), "HERE");
  assert.is(place("e:\n  - >-\n    always one\n    and HERE\n", "HERE"), "HERE");
  assert.is(place("e:\n  - |\n    always one\n    and HERE\n", "HERE"), "HERE");
  assert.is(place("e:\n  - always one\n    and HERE\n", "HERE"), "HERE");
  assert.is(place('{"e": ["a \\"b\\" HERE"]}', "HERE", "x.json"), "HERE");
});

test("the begin is the begin, quotes included", () => {
  const [document] = parseDocuments('e: ["x"]\n', "x.yaml").documents;
  assert.equal(document!.locate(["e", 0]), { line: 1, column: 5 });
  assert.equal(document!.locate(["e", 0], false, 99), { line: 1, column: 7 }, "never past the text by much");
});

test.run();
