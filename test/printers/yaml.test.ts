// YAML as `kubectl get -o yaml` writes it, and read back by a YAML parser as what it was.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { toJson, toYaml } from "../../sim/printers/yaml.ts";

test("keys sorted at every level, lists at the column of their key, quotes only where they are needed", () => {
  const pod = {
    kind: "Pod",
    apiVersion: "v1",
    spec: {
      containers: [{ name: "c", args: ["--port=80", "-v"], resources: {}, ports: [{ containerPort: 80 }] }],
      nodeName: "n-1",
      tolerations: [],
    },
    metadata: {
      name: "web-0",
      creationTimestamp: "2026-01-01T00:00:00Z",
      resourceVersion: "123",
      annotations: { "a/b": "true", note: "it's: so", empty: "", star: "*" },
    },
  };
  assert.is(
    toYaml(pod),
    `apiVersion: v1
kind: Pod
metadata:
  annotations:
    a/b: "true"
    empty: ""
    note: 'it''s: so'
    star: '*'
  creationTimestamp: "2026-01-01T00:00:00Z"
  name: web-0
  resourceVersion: "123"
spec:
  containers:
  - args:
    - --port=80
    - -v
    name: c
    ports:
    - containerPort: 80
    resources: {}
  nodeName: n-1
  tolerations: []
`,
  );
});

test("a parser reads back what was written", () => {
  const values = [
    "on",
    "no",
    "null",
    "~",
    "1e3",
    "0x1f",
    ".5",
    "-",
    "- a",
    "a: b",
    "a #b",
    "#a",
    "[a",
    "{a",
    "&a",
    "%a",
    "@a",
    "`a",
    " lead",
    "trail ",
    "multi\nline",
    "multi\nline\n",
    "multi\n\n",
    " indented\nblock",
    "tab\there",
    "ü€",
    "a:",
    ":",
    "2026-01-01",
    "1.5Gi",
    "500m",
    "?",
    "? x",
    "!x",
    "|",
    ">",
    "'",
    '"',
    "=",
    "y",
    "12:30:45",
    "\u0007",
  ];
  for (const value of values) {
    const object = { a: value, b: [value, { c: value }], d: [[value]] };
    assert.equal(parse(toYaml(object), { version: "1.1" }), object, JSON.stringify(value));
  }
});

test("long texts are folded at the first blank beyond column 80", () => {
  const message =
    "0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling..";
  const status = { status: { conditions: [{ message }] } };
  assert.is(
    toYaml(status),
    `status:
  conditions:
  - message: '0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready:
      }. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling..'
`,
  );
  assert.equal(parse(toYaml(status)), status);
});

test("undefined fields are left out, null ones are not; JSON is indented by four", () => {
  assert.is(toYaml({ b: null, a: undefined }), "b: null\n");
  assert.is(toJson({ b: 1, a: ["x"] }), '{\n    "a": [\n        "x"\n    ],\n    "b": 1\n}\n');
});

test.run();
