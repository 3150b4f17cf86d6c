// Every kind of fault is documented, has an example that loads, and a bundled scenario that runs.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { FAULT_KINDS } from "../../sim/faults/registry.ts";
import { problemText } from "../../sim/model/problem.ts";
import { loadScenarioText } from "../../sim/scenario/load.ts";
import { repositoryRoot } from "../checks/source-tree.ts";
import { faultReference, MARK } from "./reference.ts";

const scenario = (faults: string) => `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: faults }
spec:
  duration: 2h
  cluster:
    nodePools:
      - { name: n, count: 3, zones: [a, b, c], machine: { cpu: 4, memory: 8Gi } }
      - { name: general, count: 4, zones: [a], racks: 2, machine: { cpu: 4, memory: 8Gi } }
      - { name: spot, count: 2, zones: [b], machine: { cpu: 4, memory: 8Gi } }
  workload: [{ pods: { shape: { spec: { containers: [{ name: c }] } }, count: 1 } }]
  faults:
${faults}`;

test("docs/FAULTS.md has the reference as it is now", () => {
  const text = readFileSync(join(repositoryRoot, "docs/FAULTS.md"), "utf8");
  assert.is(text.slice(text.indexOf(MARK)), faultReference(), "node dist/test/faults/run-reference.js");
});

test("the examples of all kinds, and of the text, are valid", () => {
  const text = readFileSync(join(repositoryRoot, "docs/FAULTS.md"), "utf8");
  const shown = text.slice(0, text.indexOf(MARK)).match(/^ {6}- \{.*\}$/gm) ?? [];
  assert.ok(shown.length >= 5);
  const examples = [...shown.map((line) => line.trim()), ...FAULT_KINDS.map((kind) => `- ${kind.example}`)];
  const { plans, problems } = loadScenarioText(scenario(examples.map((e) => `    ${e}`).join("\n")), "docs", ".");
  assert.equal(problems.map(problemText), []);
  const kinds = new Set(plans[0]!.faults.map(({ kind }) => kind));
  for (const { name } of FAULT_KINDS) assert.ok(kinds.has(name), `${name} has an example of itself`);
});

test("names are unique, and every kind has a bundled scenario", () => {
  assert.is(new Set(FAULT_KINDS.map(({ name }) => name)).size, FAULT_KINDS.length);
  const folder = join(repositoryRoot, "scenarios/failures");
  const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
  for (const { name } of FAULT_KINDS)
    assert.ok(
      texts.some((text) => text.includes(`${name}:`)),
      `no scenario under scenarios/failures has ${name}`,
    );
});

test.run();
