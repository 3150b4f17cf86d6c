// The fast YAML reader against the full parser: wherever it does not give up, values and places are the same. On printed
// data, on text put together from pieces, on spoiled files, and on files that others wrote.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { LineCounter, parseAllDocuments, stringify } from "yaml";
import { createStream } from "../../sim/engine/random.ts";
import { readPlainYaml } from "../../sim/model/plain-yaml.ts";
import { SEEDS } from "../fuzz/corpus.ts";
import { MUTATIONS } from "../fuzz/mutations.ts";
import { fromShared } from "../shared.ts";
import { tries } from "../thorough.ts";

// true when the fast reader took the text; then it must agree
function agrees(text: string): boolean {
  const plain = readPlainYaml(text);
  if (plain === null) return false;
  const lineCounter = new LineCounter();
  const parsed = parseAllDocuments(text, {
    lineCounter,
    merge: true,
    schema: "core",
    prettyErrors: false,
    logLevel: "silent",
  });
  const documents = Array.isArray(parsed) ? parsed : [];
  const shown = JSON.stringify(text);
  for (const document of documents)
    assert.equal(
      document.errors.map((e) => e.message),
      [],
      shown,
    );
  assert.equal(
    plain.map((d) => d.value),
    documents.map((d) => d.toJS() as unknown),
    shown,
  );
  plain.forEach(({ value, places }, i) => {
    const place = places.get(value as object);
    const { line, col } = lineCounter.linePos(documents[i]?.contents?.range?.[0] ?? 0);
    assert.equal(place, { line, column: col }, shown);
  });
  return true;
}

test("what it takes", () => {
  const taken = [
    "",
    "# nothing\n",
    "a: 1",
    "a: 1\nb:\n  c: x\n  d: [] # none\ne: {}\n",
    "- 1\n- a: 1\n  b: 2\n- - x\n  - y\n-\n  z: 1\n-\n- null\n",
    "a:\n- x\n- y\nb:\n  - z\n",
    "a: |\n  one\n   two\n\n  three\nb: |-\n  x\nc: |+\n  y\n\nd: 1\n",
    "---\na: 1\n---\nb: 2\n",
    "# comment\na: 1 # comment\n\n# more\nb: \"x # y\" # z\nc: 'it''s'\n",
    'f:metadata:\n  f:labels:\n    ".": {}\nk:{"type":"Ready"}:\n  x: 1\n',
    "time: 2026-01-01T00:00:00Z\nip: 10.0.0.1\nversion: 1.10\nyes: no\nnone: ~\nt: True\nn: -5\nf: 1e3\ng: .5\nh: 5.\nargs: --flag=x\nat: a@b\nurl: http://x:80/y\n",
    'a: "\\u00e9\\n\\t\\"\\\\\\/"\n',
    "a:   spaced   \nb:\n    deep: 1\n    er: 2\n",
    "a:\nb:\n",
    "- name: x\n  list:\n  - a\n  - b\n- name: y\n",
  ];
  for (const text of taken) assert.ok(agrees(text), `gave up at ${JSON.stringify(text)}`);
});

test("what it leaves to the full parser", () => {
  const left = [
    "---\n---\na: 1\n",
    "a: &x 1",
    "a: *x",
    "a: !!str 1",
    "a: {b: 1}",
    "a: [1]",
    "a: >\n  folded\n",
    "a: |2\n  x\n",
    "a: one\n  two\n",
    "a: 1\na: 2\n",
    "a: b: c",
    "a:\n  b: 1\n c: 2\n",
    "a: 1\n  b: 2\n",
    "- a\nb: 1\n",
    "a: 'x\n  y'\n",
    'a: "x" y\n',
    'a: "\\x41"\n',
    "1: a\n",
    "true: a\n",
    "? a\n: b\n",
    "<<: x\n",
    `${"k".repeat(1100)}: x\n`,
    "__proto__: x\n",
    "a:\tb\n",
    "a: 1\r\n",
    "%YAML 1.2\n---\na: 1\n",
    "--- a\n",
    "a: 1\n...\n",
    "text",
    "- - - x\n   - y\n",
    "a: 0x10\n",
    "a: 0o7\n",
    "a: .inf\n",
    "a: @x\n",
    "a: `x\n",
    "a: - b\n",
    "a: |\n\n  x\n",
    `${Array.from({ length: 300 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")}\n`,
  ];
  for (const text of left) assert.is(readPlainYaml(text), null, JSON.stringify(text));
});

test("agrees on printed data", () => {
  const key = fc.oneof(fc.stringMatching(/^[a-z][a-zA-Z0-9./:-]{0,8}$/), fc.string({ maxLength: 5 }));
  const scalar = fc.oneof(
    fc.constantFrom(
      "",
      " ",
      "true",
      "1",
      "1.0",
      "-1",
      "null",
      "~",
      "yes",
      "0x1",
      "1e3",
      "2026-01-01",
      "a: b",
      "a #b",
      "#a",
      "- a",
      "-a",
      "x:",
      ":x",
      "a\nb",
      "a\n\nb\n",
      " a",
      "a ",
      "'",
      '"',
      "[x]",
      "{x}",
      "&a",
      "*a",
      "|",
      ">",
      "%",
      "@",
      "é",
      "\u2028",
      "---",
      "...",
      "<<",
    ),
    fc.string({ maxLength: 12 }),
    fc.stringMatching(/^[a-zA-Z0-9 .,:/-]{0,20}$/),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: "medium" },
      scalar,
      fc.array(tie("tree"), { maxLength: 4 }),
      fc.dictionary(key, tie("tree"), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));
  let taken = 0;
  fc.assert(
    fc.property(
      fc.dictionary(key, tree, { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
      fc.boolean(),
      fc.constantFrom(0, 80),
      (value, indentSeq, lineWidth) => {
        if (agrees(stringify(value, { indentSeq, lineWidth }))) taken++;
      },
    ),
    { seed: 20260809, numRuns: tries(300, 3000) },
  );
  assert.ok(taken > tries(50, 500), `${taken} texts were taken`);
});

test("agrees on text put together from pieces", () => {
  const piece = fc.constantFrom(
    "a",
    "b",
    "a:",
    "b: ",
    ": ",
    "- ",
    "-",
    "  ",
    "    ",
    "\n",
    "\n",
    "\n  ",
    "\n- ",
    "\n  - ",
    "x",
    "1",
    "'",
    '"',
    "''",
    "#",
    " # c",
    "|",
    "|-",
    "---\n",
    "{}",
    "[]",
    "true",
    "~",
    "\\n",
    "&",
    "*",
    "!",
    ">",
    "[",
    "]",
    "{",
    "}",
    ",",
    "?",
    "%",
  );
  let taken = 0;
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      if (agrees(pieces.join(""))) taken++;
    }),
    { seed: 20260810, numRuns: tries(2500, 20_000) },
  );
  assert.ok(taken > tries(60, 500), `${taken} texts were taken`);
});

test("agrees on spoiled files", () => {
  const block = [...SEEDS[0]!.files]
    .filter(([name]) => name === "app.yaml")
    .map(([, content]) => stringify(parseAllDocuments(String(content)).map((d) => d.toJS() as unknown)));
  let taken = 0;
  const SPOILED = tries(200, 1500);
  for (let i = 0; i < SPOILED; i++) {
    const random = createStream("plain", `yaml/${i}`);
    const files = new Map<string, string | Uint8Array>([["app.yaml", block[0]!]]);
    const content = MUTATIONS[i % MUTATIONS.length]!.apply(files, random).get("app.yaml");
    if (typeof content === "string" && content.length < 100_000 && agrees(content)) taken++;
  }
  assert.ok(taken > SPOILED / 5, `${taken} files were taken`);
});

const data = fromShared("data");
(existsSync(data) ? test : test.skip)("agrees on files that others wrote, and takes most of them", () => {
  const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter(
    (e) => e.isFile() && /\.ya?ml$/.test(e.name),
  );
  const taken = files.filter((e) => agrees(readFileSync(join(e.parentPath, e.name), "utf8")));
  assert.ok(taken.length > files.length / 2, `${taken.length} of ${files.length} were taken`);
});

test.run();
