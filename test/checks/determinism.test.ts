// Planted violations: each line must be found, however it is dressed; and what only looks like one must not.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { checkDeterminism, type Strictness, strictnessOf } from "./determinism.ts";

function found(text: string, strictness: Strictness = "pure"): string[] {
  return checkDeterminism({ path: "sim/planted.ts", text }, strictness).map(
    ({ line, message }) => `${line}: ${message}`,
  );
}

const PLANTED_PURE: readonly string[] = [
  "const t = Date.now();",
  "const t = new Date();",
  "const { now } = Date;",
  "const D = Date;",
  "f(c ? Date : 0);",
  "const t = performance.now();",
  "setTimeout(f, 1);",
  "queueMicrotask(f);",
  "const x = Math.random();",
  'const x = Math["random"]();',
  "const { random } = Math;",
  "const M = Math; M.log(2);",
  "const x = [Math][0];",
  "const x = Math.log(2);",
  "const x = Math . log (2);",
  "const x = Math\n  .pow(2, y);",
  "const x = Math/* hidden */.exp(1);",
  "const x = Math?.sin(1);",
  "const x = Math.cos(1);",
  "const x = Math.tan(1);",
  "const x = Math.log1p(1);",
  "const x = Math.expm1(1);",
  "const x = Math.cbrt(1);",
  "const x = Math.hypot(1, 2);",
  "const x = Math.atan2(1, 2);",
  "const x = y ** 2;",
  "x **= 2;",
  "const x = 10 ** 2;",
  "crypto.randomUUID();",
  'import { randomBytes } from "node:crypto";',
  'import { randomBytes } from "crypto";',
  "import { readFileSync } from 'node:fs';",
  "import 'fs';",
  "const x = new Intl.Collator();",
  "names.sort((a, b) => a.localeCompare(b));",
  'names.sort((a, b) => a["localeCompare"](b));',
  "names.sort((a, b) => a['locale\\u0043ompare'](b));",
  "names.sort((a, b) => a[`localeCompare`](b));",
  "const { localeCompare: compare } = String.prototype;",
  'const { "localeCompare": compare } = String.prototype;',
  "n.toLocaleString();",
  "for (const k in o) f(k);",
  "for (k in o) f(k);",
  "for (const k\n  in o) f(k);",
  "async function f() {}",
  "const f = async () => 1;",
  "await g();",
  "Promise.resolve();",
  "new Promise(f);",
  'eval("Date.now()");',
  'new Function("return Date.now()")();',
  '(() => {}).constructor("return Date.now()")();',
  "globalThis.Date.now();",
  'const x = globalThis["Da" + "te"];',
  "process.hrtime();",
  "const { hrtime } = process;",
  "const x = c ? process : 0;",
  "require('fs');",
  "const m = import('node:fs');",
  "console.log(1);",
  "let count = 0;",
  "export let count = 0;",
  "var count = 0;",
  "fetch(url);",
  "new WeakRef(x);",
  // dressed up
  "const s = `${Date.now()}`;",
  "const s = `a ${`b ${Math.random()}`} c`;",
  'const s = "/*"; Date.now(); const e = "*/";',
  "const s = '//'; Date.now();",
  "const r = /[/*]/; Date.now(); const e = /[*/]/;",
  'const r = /"/; Date.now(); const e = /"/;',
  "const r = /`/; Date.now(); const e = /`/;",
  "const x = a / b; Date.now(); const y = c / d;",
  "const x = a! / b; Date.now(); const y = c / d;",
  "const x = (a) / b; Date.now(); const y = c / d;",
  "if (a) /x/.test(b); Date.now(); f(c / d);",
  "const x = b[0] / 2; Date.now(); const y = c / d;",
  "const x = o.return / b; Date.now(); const y = c / d;",
  "const s = 'a\\\n'; Date.now();",
  "// a comment\nDate.now();",
  "/* a */ Date.now(); /* b */",
  "const s = `\\``; Date.now(); const e = `\\``;",
  "const s = '\\\\'; Date.now();",
  "const x = D\\u0061te.now();",
  // refused rather than guessed
  "const f = () => {} / Date / 1;",
  "x++ / Date / 1;",
];

for (const source of PLANTED_PURE) {
  test(`finds ${JSON.stringify(source)}`, () => assert.ok(found(source).length > 0));
}

const CLEAN: readonly string[] = [
  "const x = Math.sqrt(2) + Math.floor(y) + Math.imul(a, b) * Math.PI;",
  "// Date.now(), Math.random() and a ** b",
  "/* for (const k in o) */",
  'const s = "Date.now() ** Math.random()";',
  "const s = `Date.now() ${x} Math.random()`;",
  "const r = /Date.now\\(\\)|Math.random/;",
  "for (const k of Object.keys(o)) f(k);",
  'for (let i = 0; "a" in o && i < 3; i++) f();',
  'if ("a" in o) f();',
  "const x = 10n ** 18n;",
  "interface Parts { readonly process: Process; performance?: number }",
  "this.process.run(); engine.nextTick;",
  "class A { get nextTick() { return 1; } process(a: number) { return a; } }",
  "function f() { let i = 0; return i; }",
  "const f = () => { let i = 0; return i; };",
  "const s = `${(() => { let i = 0; return i; })()}`;",
  'import { log } from "./math.ts";',
  "type A = Map<string, Set<number>>; const x = a >>> 1;",
  "const x = y ? .5 : 1; const z = y?.a;",
  "if (!/x/.test(s)) f();",
];

for (const source of CLEAN) {
  test(`accepts ${JSON.stringify(source)}`, () => assert.equal(found(source), []));
}

test("positions are those of the violation", () => {
  assert.match(found("const a = `\n\n`;\n/*\n*/\nDate.now();")[0]!, /^6: Date/);
  assert.match(found('const a = "x\\\ny";\nDate.now();')[0]!, /^3: Date/);
});

test("a file loader may read files and wait, but has no clock and no luck", () => {
  assert.equal(found('import { readFile } from "node:fs/promises"; async () => await readFile(p);', "files"), []);
  for (const source of [
    "Date.now();",
    "setTimeout(f);",
    "Math.random();",
    "a.localeCompare(b);",
    "for (k in o) f();",
  ]) {
    assert.ok(found(source, "files").length > 0, source);
  }
  assert.equal(found('import { createHash } from "node:crypto";', "files"), []);
  for (const source of ['import "node:crypto";', 'import { createHash, randomBytes } from "node:crypto";']) {
    assert.ok(found(source, "files").length > 0, source);
  }
});

test("the host has clocks, but no locale, no randomness and no unportable mathematics", () => {
  assert.equal(found("const t = performance.now(); await g(); process.exit();", "host"), []);
  for (const source of ["Math.random();", "a.localeCompare(b);", "Math.log(2);", "x ** 2;", "new Intl.Collator();"]) {
    assert.ok(found(source, "host").length > 0, source);
  }
});

test("strictness follows the folder", () => {
  assert.is(strictnessOf("sim/engine/engine.ts"), "pure");
  assert.is(strictnessOf("sim/cli/main.ts"), "host");
  assert.is(strictnessOf("sim/client/x.ts"), "pure");
  assert.is(strictnessOf("sim/model/load.ts", ["sim/model/load.ts"]), "files");
  assert.is(strictnessOf("sim/new/thing.ts"), "pure");
});

test.run();
