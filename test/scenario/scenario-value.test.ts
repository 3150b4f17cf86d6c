// A scenario as a value: what is added, renamed and written down is the same scenario when it is read again.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseDocuments } from "../../sim/model/documents.ts";
import { scenarioText, scenarioValues, withEntries, withFileNames } from "../../sim/scenario/scenario-value.ts";

const TEXT = `# a comment
apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: demo }
spec:
  duration: 10m
  cluster:
    controlPlane: { schedulerConfiguration: ./scheduler.yaml }
    nodePools: [{ name: n, count: 2, machine: { cpu: 4, memory: 8Gi } }]
    manifests: [./web.yaml, more/*.yaml]
  workload:
    - arrivals: { shape: ./job.yaml, every: 10s }
    - pods: { shape: { spec: { containers: [] } }, count: 1 }
    - trace: { format: csv, pods: trace.csv }
  faults:
    - { id: crash, at: 2m, nodeCrash: {} }
  actions:
    - { at: 3m, apply: { file: [./v2.yaml, /abs/v3.yaml] } }
  expect:
    - after crash: pending == 0
  sweep: { "cluster.nodePools[0].count": [2, 3] }
`;

const read = (text: string) => parseDocuments(text, "").documents[0]!.value;

test("a value for each variant, with what is set from outside and without the sweep", () => {
  const values = scenarioValues(TEXT, [{ path: "duration", value: "5m" }]);
  assert.equal(
    values.map(({ variant, value }) => [
      variant,
      (value as { spec: { duration: string; sweep?: unknown } }).spec.duration,
    ]),
    [
      ["count=2", "5m"],
      ["count=3", "5m"],
    ],
  );
  assert.not.match(JSON.stringify(values), "sweep");
});

test("what is added comes after what is there", () => {
  const more = {
    faults: [{ id: "search-1", at: "1m", zoneOutage: {} }],
    actions: [{ id: "search-2", at: "1m", drain: { node: "n-0" } }],
  };
  const { spec } = withEntries(read(TEXT), more) as { spec: { faults: unknown[]; actions: unknown[] } };
  assert.equal(
    [spec.faults.length, spec.faults[1], spec.actions.length, spec.actions[1]],
    [2, more.faults[0], 2, more.actions[0]],
  );
  const none = withEntries({ spec: { duration: "1m" } }, { faults: [], actions: [] });
  assert.equal(none, { spec: { duration: "1m" } });
});

test("every name of a file is renamed, and nothing else", () => {
  const renamed = JSON.stringify(withFileNames(read(TEXT), (name) => `<${name}>`));
  const names = [...renamed.matchAll(/"<([^>]*)>"/g)].map((match) => match[1]);
  assert.equal(
    names.sort(),
    ["./job.yaml", "./scheduler.yaml", "./v2.yaml", "./web.yaml", "/abs/v3.yaml", "more/*.yaml", "trace.csv"].sort(),
  );
});

test("as text it says the same, with an entry on each line", () => {
  const value = withEntries(read(TEXT), {
    faults: [{ id: "search-1", at: "1m", nodeCrash: { node: "n-0", for: "5m" } }],
    actions: [],
  });
  const text = scenarioText(value, ["first line", "", "exit: 1"]);
  assert.equal(read(text), value);
  assert.ok(text.startsWith("# first line\n#\n# exit: 1\napiVersion:"));
  assert.match(text, "    - { id: search-1, at: 1m, nodeCrash: { node: n-0, for: 5m } }\n");
});

test.run();
