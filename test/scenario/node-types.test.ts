// Catalogues of node types: what they may say, and every mistake with its place.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadNodeTypes } from "../../sim/scenario/node-types.ts";

const folder = mkdtempSync(join(tmpdir(), "kubedrill-types-"));
test.after(() => rmSync(folder, { recursive: true }));

function load(text: string) {
  const path = join(folder, "types.yaml");
  writeFileSync(path, text);
  return loadNodeTypes(path);
}

const said = (text: string) => load(text).problems.map(({ line, path, expected }) => `${line} ${path}: ${expected}`);

test("types are pools without a number", () => {
  const { types, problems } = load(
    "types:\n  - { name: a, machine: { cpu: 2, memory: 4Gi }, price: 0.5, spot: true, most: 3, zones: [x, y] }\n",
  );
  assert.equal(problems, []);
  const [a] = types;
  assert.equal([a?.name, a?.price, a?.spot, a?.most, a?.zones], ["a", 0.5, true, 3, ["x", "y"]]);
  assert.is(a?.machine.pods, 110);
});

test("mistakes have a place and say what was expected", () => {
  assert.match(said("types: []\n")[0] ?? "", /^1 types: at least one node type/);
  assert.match(said("typos: []\n").join("\n"), /did you mean types/);
  assert.match(
    said("types:\n  - { name: a, machine: { cpu: 2, memory: 4Gi }, count: 3 }\n")[0] ?? "",
    /^2 types\[0\]\.count/,
  );
  assert.match(
    said("types:\n  - { name: a, machine: { cpu: 2, memory: 4Gi }, price: -1 }\n")[0] ?? "",
    /a price per node/,
  );
  const twice =
    "types:\n  - { name: a, machine: { cpu: 2, memory: 4Gi } }\n  - { name: a, machine: { cpu: 2, memory: 4Gi } }\n";
  assert.match(said(twice)[0] ?? "", /^3 types\[1\]\.name: each name once/);
  assert.match(said("")[0] ?? "", /node types/);
  assert.is(loadNodeTypes(join(folder, "nowhere.yaml")).problems.length, 1);
});

test.run();
