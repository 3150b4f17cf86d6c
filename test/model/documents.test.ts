// Documents of YAML and JSON files: positions, several documents, and the files that are made to do harm.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { located, parseDocuments } from "../../sim/model/documents.ts";
import { locateJson, scanJson } from "../../sim/model/json-scan.ts";

function values(text: string, file = "f.yaml"): unknown[] {
  const parsed = parseDocuments(text, file);
  assert.equal(parsed.problems, [], text.slice(0, 80));
  return parsed.documents.map((document) => document.value);
}

/** line:column: expected, of the only problem. */
function problem(text: string, file = "f.yaml"): string {
  const { problems } = parseDocuments(text, file);
  assert.ok(problems.length > 0, `no problem in ${text.slice(0, 80)}`);
  const { line, column, expected } = problems[0]!;
  return `${line}:${column}: ${expected}`;
}

test("YAML of one and of several documents", () => {
  assert.equal(values("a: 1\n"), [{ a: 1 }]);
  assert.equal(values("---\na: 1\n---\nb: [x]\n...\n"), [{ a: 1 }, { b: ["x"] }]);
  assert.equal(values("# only a comment\n"), []);
  assert.equal(values(""), []);
  assert.equal(values("---\n---\na: 1"), [null, { a: 1 }]);
  assert.equal(values("base: &b { x: 1 }\nuse: { <<: *b, y: 2 }"), [{ base: { x: 1 }, use: { x: 1, y: 2 } }]);
});

test("a byte order mark and Windows line ends do no harm", () => {
  assert.equal(values("\ufeffa: 1\r\nb: 2\r\n"), [{ a: 1, b: 2 }]);
  assert.equal(values('\ufeff{"a": 1}\r\n'), [{ a: 1 }]);
});

test("dates and words stay text in YAML, whatever version it claims", () => {
  assert.equal(values("a: 2026-01-01\nb: yes\nc: on"), [{ a: "2026-01-01", b: "yes", c: "on" }]);
  assert.equal(values("%YAML 1.1\n---\na: 2026-01-01\nb: yes"), [{ a: "2026-01-01", b: "yes" }]);
});

test("JSON, JSON lines, and values one after the other", () => {
  assert.equal(values('{"a": [1, 2.5e3, "x\\u0041", null, true]}', "f.json"), [{ a: [1, 2500, "xA", null, true] }]);
  assert.equal(values('{"a":1}\n{"b":2}\n', "f.jsonl"), [{ a: 1 }, { b: 2 }]);
  assert.equal(values('{"a":1}{"b":2}', "f.txt"), [{ a: 1 }, { b: 2 }]);
  assert.equal(values("[1,[],{}]", "f.json"), [[1, [], {}]]);
  assert.equal(values("{a: [1, 2]}"), [{ a: [1, 2] }], "a YAML flow mapping is not JSON");
});

test("positions of values and keys, in YAML and in JSON", () => {
  const yaml = "a:\n  - b: 1\n    c d: x\n  - &anchor { e: 5 }\nf: *anchor\n";
  const json = '{"a":\n  [{"b": 1,\n    "c d": "x"},\n  {"e": 5}]}';
  const at = (text: string, path: (string | number)[], key = false) => {
    const { line, column } = parseDocuments(text, "f").documents[0]!.locate(path, key);
    return `${line}:${column}`;
  };
  assert.is(at(yaml, ["a", 0, "b"]), "2:8");
  assert.is(at(yaml, ["a", 0, "c d"], true), "3:5");
  assert.is(at(yaml, ["f", "e"]), "4:18", "through an alias");
  assert.is(at(yaml, ["a", 0, "nope", "deeper"]), "2:5", "what is missing is at what is there");
  assert.is(at(yaml, ["a", 9]), "2:3");
  assert.is(at(yaml, []), "1:1");
  assert.is(at(json, ["a", 0, "b"]), "2:10");
  assert.is(at(json, ["a", 0, "c d"], true), "3:5");
  assert.is(at(json, ["a", 1, "e"]), "4:9");
  assert.is(at(json, ["a", 7]), "2:3");
  assert.is(at(json, ["a", 0, "b", "deeper"]), "2:10");
});

test("the second document has its own lines", () => {
  const { documents } = parseDocuments("a: 1\n---\nb:\n  c: 2\n", "f");
  assert.equal(documents[1]?.locate(["b", "c"]), { line: 4, column: 6 });
  const json = parseDocuments('{"a": 1}\n{"b": {"c": 2}}', "f.jsonl");
  assert.equal(json.documents[1]?.locate(["b", "c"]), { line: 2, column: 13 });
});

test("problems get file, position and path", () => {
  const [document] = parseDocuments("a:\n  b: x\n", "f.yaml").documents;
  assert.equal(located(document!, [{ path: ["b"], expected: "a number", received: '"x"' }], ["a"]), [
    { file: "f.yaml", line: 2, column: 6, path: "a.b", expected: "a number", received: '"x"' },
  ]);
});

test("what is not YAML", () => {
  assert.match(problem("a: 1\nb: 2\na: 3\n"), /^3:1: .*unique/);
  assert.match(problem("a: [1, 2\nb: 3"), /^2:1: valid YAML/);
  assert.match(problem("a:\n\t- b"), /^2:1: .*Tabs/);
  assert.match(problem('x: "abc'), /closing/i);
  assert.match(problem("a: *nope"), /^1:4: an anchor/);
  assert.match(problem("a: 1\0"), /^1:5: text without NUL/);
  assert.match(problem("a: b: c: d"), /^1:/);
  assert.match(problem("<<: *x\n"), /^1:5: /);
});

test("what is not JSON, at the very place", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['{"a":1,"b":{"c":1,"c":2}}', /^1:19: each key once/],
    ['{"a":1,}', /^1:8: a key/],
    ['{"a":\n[1 2]}', /^2:4: a comma or \]/],
    ['{"a" 1}', /^1:6: a colon/],
    ['{"a":01}', /^1:7: /],
    ['{"a":tru}', /^1:6: a JSON value/],
    ['{"a":"x', /^1:8: a closing/],
    ['{"a":"\\x"}', /^1:7: a valid escape/],
    ['{"a":"\\u12g4"}', /^1:7: a valid escape/],
    ['{"a":"b\nc"}', /^1:8: no control/],
    ['{"a":', /^1:6: more/],
    ["", /^/],
    ['{"a":1}}', /^1:8: /],
    ["{a:1}", /^1:2: a key/],
    ["nope", /^1:1: /],
  ];
  for (const [text, wanted] of cases) if (text !== "") assert.match(problem(text, "f.json"), wanted, text);
});

test("what was meant as JSON is reported as JSON, also under another name", () => {
  assert.match(problem('{\n "a": 1,\n "b": }\n', "dump.txt"), /^3:7: a JSON value/);
});

test("nesting, cycles and bombs end quickly with a message", () => {
  const deep = /levels of nesting/;
  assert.match(problem("[".repeat(100_000)), deep);
  assert.match(problem('{"a":'.repeat(100_000), "f.json"), deep);
  assert.match(problem("a: ".concat("[{b: ".repeat(5000))), deep);
  assert.match(problem("- ".repeat(5000).concat("x")), deep);
  assert.match(problem(Array.from({ length: 400 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")), deep);
  assert.match(problem(Array.from({ length: 6000 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")), deep);
  assert.match(problem("a: &a [1, *a]"), /anchor that contains itself/);
  assert.match(problem("a: &a { b: { c: *a } }"), /anchor that contains itself/);
  const bomb = ["a: &a [x, x, x, x, x, x, x, x, x]"];
  for (let i = 1; i < 9; i++)
    bomb.push(
      `${"abcdefghi"[i]}: &${"abcdefghi"[i]} [${Array(9)
        .fill(`*${"abcdefghi"[i - 1]}`)
        .join(", ")}]`,
    );
  assert.match(problem(bomb.join("\n")), /^2:8: fewer repetitions/);
  const json = `${"[".repeat(199)}1${"]".repeat(199)}`;
  assert.is(values(json, "f.json").length, 1, "199 levels are fine");
});

test("keys that are special to JavaScript are plain keys", () => {
  for (const text of ['{"__proto__": {"x": 1}, "constructor": 2}', "__proto__: { x: 1 }\nconstructor: 2\n"]) {
    const [value] = values(text) as [object];
    assert.equal(Object.keys(value), ["__proto__", "constructor"]);
    assert.is(Object.getPrototypeOf(value), Object.prototype);
  }
});

test("few of many syntax errors are shown", () => {
  assert.ok(parseDocuments("&a ".repeat(2000).concat("x"), "f").problems.length <= 20);
});

test("the scanner takes exactly what JSON.parse takes, but for duplicate keys", () => {
  const letters = fc.string({ unit: fc.constantFrom(...'{}[]",:0123456789.eE+-truefalsn \n\\u/'), maxLength: 20 });
  fc.assert(
    fc.property(letters, (text) => {
      let parsed: unknown;
      let valid = true;
      try {
        parsed = JSON.parse(text);
      } catch {
        valid = false;
      }
      const scan = scanJson(text, 0);
      const whole = "end" in scan && text.slice(scan.end).trim() === "";
      if (whole !== valid)
        assert.ok(
          "expected" in scan && /once/.test(scan.expected),
          `${JSON.stringify(text)} ${JSON.stringify(parsed)}`,
        );
    }),
    { seed: 20260806, numRuns: 20_000 },
  );
});

test("the scanner finds every value of random JSON where it stands", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(0, 1, 3), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      const visit = (part: unknown, path: (string | number)[]): void => {
        const scan = scanJson(text, locateJson(text, 0, path, false));
        assert.ok("end" in scan);
        assert.equal(JSON.parse(text.slice(locateJson(text, 0, path, false), scan.end)), part);
        if (Array.isArray(part)) for (const [i, item] of part.entries()) visit(item, [...path, i]);
        else if (typeof part === "object" && part !== null)
          for (const [key, item] of Object.entries(part)) visit(item, [...path, key]);
      };
      visit(JSON.parse(text), []);
    }),
    { seed: 20260807, numRuns: 300 },
  );
});

test.run();
