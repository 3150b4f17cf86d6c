// Inputs with a value missing, of another type, or somebody else's: an import says what is wrong, or makes a scenario that loads. It never throws.
// test-timeout: 240s
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseAllDocuments } from "yaml";
import { createStream } from "../../sim/engine/random.ts";
import { problemText } from "../../sim/model/problem.ts";
import { loadScenario } from "../../sim/scenario/load.ts";
import { repositoryRoot } from "../checks/source-tree.ts";
import { tries } from "../thorough.ts";
import { importTexts, openTexts, withFolder, write } from "./input.ts";

const read = (name: string) => readFileSync(join(repositoryRoot, name), "utf8");
const documents = (name: string): unknown[] =>
  parseAllDocuments(read(name)).map((document) => document.toJS() as unknown);

const INPUTS: readonly (readonly [string, readonly unknown[]])[] = [
  ["chaos-mesh", documents("test/fixtures/import/chaos-mesh.yaml")],
  ["litmus", documents("test/fixtures/import/litmus.yaml")],
  ["krkn pods", documents("test/fixtures/import/krkn/pods.yaml")],
  ["krkn nodes", documents("test/fixtures/import/krkn/nodes.yaml")],
  ["krkn outage", documents("test/fixtures/import/krkn/outage.yaml")],
  ["krkn configuration", documents("test/fixtures/import/krkn/config.yaml")],
  ["chaos-toolkit", documents("test/fixtures/import/chaos-toolkit.json")],
  ["prometheus", documents("scenarios/imported/given/rates.json")],
  ["dump", documents("scenarios/imported/given/cluster.yaml")],
];

const STRANGE: readonly unknown[] = [
  null,
  "",
  "x y",
  -1,
  1.5,
  1e300,
  true,
  [],
  {},
  [null],
  { a: 1 },
  "\u0007\n# no",
  "a".repeat(300),
];

/** The value with one place in it changed. */
function mutated(value: unknown, pick: (count: number) => number): unknown {
  if (typeof value !== "object" || value === null || pick(6) === 0) return STRANGE[pick(STRANGE.length)];
  const keys = Object.keys(value);
  if (keys.length === 0) return STRANGE[pick(STRANGE.length)];
  const key = keys[pick(keys.length)]!;
  if (Array.isArray(value)) {
    const copy = [...(value as unknown[])];
    if (pick(8) === 0) copy.splice(Number(key), 1);
    else copy[Number(key)] = mutated(copy[Number(key)], pick);
    return copy;
  }
  const fields = { ...(value as Record<string, unknown>) };
  if (pick(8) === 0) delete fields[key];
  else fields[key] = mutated(fields[key], pick);
  return fields;
}

const open = openTexts({
  "pods.yaml": read("test/fixtures/import/krkn/pods.yaml"),
  "nodes.yaml": read("test/fixtures/import/krkn/nodes.yaml"),
});

for (const [title, given] of INPUTS)
  test(`${title}: whatever is changed, nothing is thrown, and what is made loads`, () => {
    const stream = createStream("7", `import/mutations/${title}`);
    const pick = (count: number) => stream.int(count);
    let made = 0;
    withFolder((folder) => {
      for (let n = 0; n < tries(40, 300); n++) {
        const which = pick(given.length);
        const changed = given.map((document, i) => (i === which ? mutated(document, pick) : document));
        const text = changed.map((document) => JSON.stringify(document)).join("\n");
        const imported = importTexts({ "input.json": text }, { open });
        if (imported.problems.length > 0) {
          for (const { expected, file, line } of imported.problems)
            assert.ok(file !== "" && line > 0 && expected !== "");
          continue;
        }
        made++;
        const { problems } = loadScenario(write(imported, `${folder}/${n}`));
        assert.equal(problems.map(problemText), [], text);
      }
    });
    assert.ok(made > 0);
  });

test.run();
