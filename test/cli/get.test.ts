// kubedrill get from outside: moments of a run, names and files, and what is refused.
// test-timeout: 240s
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { kubedrill } from "./command.ts";

const folder = mkdtempSync(join(tmpdir(), "kubedrill-get-"));
test.after(() => rmSync(folder, { recursive: true }));

const pod = (name: string, cpu: string) => `---
apiVersion: v1
kind: Pod
metadata: { name: ${name}, labels: { app: web } }
spec: { containers: [ { name: c, image: x, resources: { requests: { cpu: "${cpu}", memory: 1Gi } } } ] }
`;
writeFileSync(join(folder, "app.yaml"), pod("small", "1") + pod("huge", "9"));
writeFileSync(
  join(folder, "scenario.yaml"),
  `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: arrivals }
spec:
  duration: 10m
  cluster:
    nodePools: [ { name: n, count: 2, machine: { cpu: "4", memory: 8Gi } } ]
    manifests: [ ./app.yaml ]
  workload:
    - arrivals: { name: web, shape: ./shape.yaml, every: 30s }
`,
);
writeFileSync(join(folder, "shape.yaml"), pod("web", "100m"));

const get = (...args: string[]) => kubedrill(["get", ...args], folder);

test("the cluster is shown as it is at the virtual time", () => {
  const early = get("pods", "scenario.yaml", "--at", "100s");
  assert.is(early.code, 0, early.err);
  const lines = early.out.trimEnd().split("\n");
  assert.match(lines[0]!, /^NAME +READY +STATUS +RESTARTS +AGE$/);
  assert.match(early.out, /\nhuge +0\/1 +Pending +0 +100s\n/);
  assert.match(early.out, /\nsmall +1\/1 +Running +0 +100s\n/);
  assert.match(early.out, /\nweb-2 +1\/1 +Running +0 +10s\n/);
  assert.is(lines.length, 1 + 2 + 3);
  const end = get("pods", "scenario.yaml", "--at", "end", "-l", "app=web", "--no-headers");
  assert.is(end.out.trimEnd().split("\n").length, 2 + 19);
  assert.is(get("pods", "scenario.yaml", "--no-headers").out, end.out);
});

test("names, kinds in all their forms, and outputs", () => {
  assert.match(get("po", "small", "scenario.yaml", "--at", "10s", "-o", "wide").out, /\nsmall +1\/1 .* n-\d /);
  assert.is(get("pod/small", "node/n-1", "scenario.yaml", "--at", "10s", "-o", "name").out, "pod/small\nnode/n-1\n");
  assert.match(get("no,po", "scenario.yaml", "--at", "10s").out, /\nnode\/n-0 [\s\S]*\n\nNAME [\s\S]*\npod\/small /);
  const yaml = get("pod", "small", "scenario.yaml", "--at", "10s", "-o", "yaml");
  assert.match(yaml.out, /^apiVersion: v1\nkind: Pod\n/);
  assert.match(yaml.out, /\n {2}phase: Running\n/);
  assert.is(get("pod", "small", "scenario.yaml", "--at", "10s", "-o", "jsonpath={.status.phase}").out, "Running");
});

test("a folder that is called as the object is not taken for what is to be run", () => {
  mkdirSync(join(folder, "nobody"), { recursive: true });
  const { err, code } = get("pods", "nobody", "scenario.yaml", "--at", "1s");
  assert.is(code, 1);
  assert.is(err, 'Error from server (NotFound): pods "nobody" not found\n');
});

test("what is not there: kubectl's words and exit code 1", () => {
  const none = get("pods", "nobody", "scenario.yaml", "--at", "1s");
  assert.is(none.code, 1);
  assert.is(none.err, 'Error from server (NotFound): pods "nobody" not found\n');
  const empty = get("jobs", "scenario.yaml", "--at", "1s");
  assert.is(empty.code, 0);
  assert.is(empty.err, "No resources found in default namespace.\n");
});

test("what cannot be: one message and exit code 2", () => {
  const refused = (message: RegExp, ...args: string[]) => {
    const { code, err, out } = get(...args);
    assert.is(code, 2, err);
    assert.match(err, message);
    assert.is(out, "");
  };
  refused(/the server doesn't have a resource type "podz"; did you mean pod/, "podz", "scenario.yaml");
  refused(/the run ends after 10m/, "pods", "scenario.yaml", "--at", "11m");
  refused(/--at soon: expected a time such as 90s/, "pods", "scenario.yaml", "--at", "soon");
  refused(/unable to match a printer suitable for the output format "yml"/, "pods", "scenario.yaml", "-o", "yml");
  refused(/what to run is missing/, "pods", "small");
  refused(/unable to parse requirement/, "pods", "scenario.yaml", "-l", "a b");
});

test.run();
