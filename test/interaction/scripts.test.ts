// Scripts of our own with the output they are expected to give, reviewed by hand. After a change that is meant:
// `npm run build && node dist/test/interaction/scripts.test.js --rewrite`, then read the difference.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { repositoryRoot } from "../checks/source-tree.ts";
import { compareScript, runScript } from "./compare.ts";
import { parseScript, rewriteScript } from "./script.ts";

const folder = join(repositoryRoot, "test/interaction/scripts");
const names = readdirSync(folder).filter((name) => name.endsWith(".txt"));

if (process.argv.includes("--rewrite")) {
  for (const name of names) {
    const text = readFileSync(join(folder, name), "utf8");
    writeFileSync(join(folder, name), rewriteScript(text, runScript(parseScript(text), "interaction")));
  }
}

for (const name of names) {
  test(`${name} gives the expected output`, () => {
    const result = compareScript(readFileSync(join(folder, name), "utf8"), "interaction");
    assert.ok(result.commands > 0);
    assert.equal(result.differences, []);
  });
}

const SCRIPT = `# comment
first 1 key=value list=(1, 2) more=(3 4) \\
  last=x
input
----
output

second
----
----
with

blank
----
----

third
----
`;

test("a script is read: words, options, continued lines, input, output with blank lines", () => {
  const [first, second, third] = parseScript(SCRIPT);
  assert.is(first!.name, "first");
  assert.is(first!.line, 2);
  assert.equal(first!.words, ["1"]);
  assert.equal(
    [...first!.options],
    [
      ["key", ["value"]],
      ["list", ["1", "2"]],
      ["more", ["3", "4"]],
      ["last", ["x"]],
    ],
  );
  assert.is(first!.input, "input");
  assert.is(first!.expected, "output");
  assert.is(second!.expected, "with\n\nblank");
  assert.is(third!.expected, "");
  assert.throws(() => parseScript("command\n"), /no ----/);
});

test("rewriting with the output that is there changes nothing", () => {
  for (const name of names) {
    const text = readFileSync(join(folder, name), "utf8");
    const outputs = parseScript(text).map((command) => command.expected);
    assert.is(rewriteScript(text, outputs), text);
  }
});

test("a wrong line of output is a difference that names line and command", () => {
  const text = "add-nodes 1 voters=(1) index=5\n----\nok\n\nraft-state\n----\n1: StateFollower (Voter) Term:1 Lead:0\n";
  const { commands, differences } = compareScript(text, "interaction");
  assert.is(commands, 2);
  assert.equal(differences, [
    {
      line: 5,
      command: "raft-state",
      expected: "1: StateFollower (Voter) Term:1 Lead:0",
      actual: "1: StateFollower (Voter) Term:0 Lead:0",
    },
  ]);
});

test("lines that only log are not compared, an unknown command is a difference", () => {
  const text = "add-nodes 1 voters=(1) index=5\n----\nINFO any wording\n  DEBUG at all\n\nfly\n----\nok\n";
  const { differences } = compareScript(text, "interaction");
  assert.is(differences.length, 1);
  assert.match(differences[0]!.actual, /unknown command fly/);
});

test.run();
