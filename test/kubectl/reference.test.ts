// docs/ACTIONS.md and docs/EXPECT.md are current, and every example of an action is right.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { VERBS } from "../../sim/kubectl/registry.ts";
import { loadScenarioText } from "../../sim/scenario/load.ts";
import { repositoryRoot } from "../checks/source-tree.ts";
import { actionReference, expectReference } from "./reference.ts";

test("the documents are what the declarations say", () => {
  const text = (file: string) => readFileSync(join(repositoryRoot, file), "utf8");
  assert.ok(text("docs/ACTIONS.md").endsWith(actionReference()), "node dist/test/kubectl/run-reference.js");
  assert.ok(text("docs/EXPECT.md").endsWith(expectReference()), "node dist/test/kubectl/run-reference.js");
});

test("examples of actions are taken", () => {
  for (const { example, name } of VERBS) {
    const { problems } = loadScenarioText(
      `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: x }
spec:
  duration: 1h
  cluster: { nodePools: [{ name: general, count: 5, machine: { cpu: 4, memory: 8Gi } }] }
  workload: [{ pods: { shape: { spec: { containers: [{ name: c }] } }, count: 1 } }]
  actions:
    - ${example}
`,
      "x.yaml",
      ".",
    );
    const others = problems.filter(({ path }) => !/\.(file|objects)/.test(path));
    assert.equal(others, [], name);
  }
});

test.run();
