// Manifests: lists and dumps, kinds that are not read, duplicates, and every check of a field with its position.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { checkObject } from "../../sim/model/check-objects.ts";
import { KNOWN_KINDS, knownKind } from "../../sim/model/kinds.ts";
import { type Manifests, parseManifests } from "../../sim/model/manifests.ts";
import type { ClusterObjects } from "../../sim/model/objects.ts";
import { nearest, type Problem, pathText, problemText, shown } from "../../sim/model/problem.ts";
import { Reader } from "../../sim/model/reader.ts";
import { fromShared } from "../shared.ts";

function load(text: string, name = "m.yaml"): Manifests {
  return parseManifests([{ name, text }]);
}

const POD = "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: c }] }\n";

test("objects go to the list of their kind, in the order of the files", () => {
  const { objects, problems } = parseManifests([
    { name: "1.yaml", text: `${POD}---\napiVersion: v1\nkind: Node\nmetadata: { name: n }\n` },
    {
      name: "2.json",
      text: '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"b"},"spec":{"containers":[{"name":"c"}]}}',
    },
  ]);
  assert.equal(problems, []);
  assert.equal(
    objects.pods.map((pod) => pod.metadata.name),
    ["a", "b"],
  );
  assert.is(objects.nodes.length, 1);
});

test("lists: v1 List, typed lists whose items leave out their kind, lists in lists, bare arrays", () => {
  const item = '{"metadata":{"name":"a"},"spec":{"containers":[{"name":"c"}]}}';
  const whole = (name: string) =>
    `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"${name}"},"spec":{"containers":[{"name":"c"}]}}`;
  assert.is(load(`{"apiVersion":"v1","kind":"PodList","items":[${item}]}`).objects.pods.length, 1);
  assert.is(load(`{"apiVersion":"v1","kind":"List","items":[${whole("a")},${whole("b")}]}`).objects.pods.length, 2);
  assert.is(
    load(`{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"PodList","items":[${item}]},null]}`)
      .objects.pods.length,
    1,
  );
  assert.is(load(`[${whole("a")}, ${whole("b")}]`).objects.pods.length, 2);
  const { problems } = load(`{"apiVersion":"v1","kind":"List","items":[${item}]}`);
  assert.equal(
    problems.map((p) => p.path),
    ["items[0].apiVersion", "items[0].kind"],
  );
});

test("kinds that are not read are counted with the place of the first, groups told apart", () => {
  const { ignored, objects, problems } = load(
    "apiVersion: v1\nkind: PodTemplate\nmetadata: { name: a }\n---\napiVersion: serving.knative.dev/v1\nkind: Service\n---\napiVersion: v1\nkind: PodTemplate\n",
  );
  assert.equal(problems, []);
  assert.equal(ignored, [
    { apiVersion: "v1", kind: "PodTemplate", count: 2, first: "m.yaml:1" },
    { apiVersion: "serving.knative.dev/v1", kind: "Service", count: 1, first: "m.yaml:5" },
  ]);
  assert.is(objects.services.length, 0);
});

test("known kinds in any version of their groups", () => {
  assert.is(knownKind("apps/v1", "Deployment")?.list, "deployments");
  assert.is(knownKind("extensions/v1beta1", "Deployment")?.list, "deployments");
  assert.is(knownKind("policy/v1beta1", "PodDisruptionBudget")?.list, "podDisruptionBudgets");
  assert.is(knownKind("v1", "Deployment"), undefined);
  assert.is(knownKind("apps/v1", "Pod"), undefined);
  assert.is(knownKind("v1", "constructor"), undefined);
  assert.is(new Set(KNOWN_KINDS.map((k) => k.list)).size, KNOWN_KINDS.length);
});

test("field management and kubectl's copy are left out, the rest stays", () => {
  const { objects } = load(
    `apiVersion: v1
kind: Pod
metadata:
  name: a
  annotations: { kubectl.kubernetes.io/last-applied-configuration: "{}", keep: me }
  managedFields: [{ manager: kubectl }]
  resourceVersion: "7"
spec: { containers: [{ name: c, terminationMessagePath: /dev/log }], dnsPolicy: ClusterFirst }
status: { phase: Running, podIP: 10.0.0.1, qosClass: BestEffort }
`,
  );
  const [pod] = objects.pods;
  assert.equal(pod?.metadata, { name: "a", annotations: { keep: "me" }, resourceVersion: "7" });
  assert.is(pod?.status?.phase, "Running");
});

test("an object that stands twice: equal ones are taken once with a warning, different ones are a mistake", () => {
  const twice = load(`${POD}---\n${POD}`);
  assert.is(twice.objects.pods.length, 1);
  assert.equal(twice.problems, []);
  assert.match(twice.warnings[0] ?? "", /m.yaml:6: Pod default\/a stands here once more, as at m.yaml:1/);
  const other = load(`${POD}---\n${POD.replace("name: c", "name: d")}`);
  assert.is(other.problems.length, 1);
  assert.is(
    problemText(other.problems[0]!),
    "m.yaml:8:19: metadata.name: expected no second Pod default/a: another one is at m.yaml:1",
  );
  const elsewhere = load(`${POD}---\n${POD.replace("name: a", "name: a, namespace: b")}`);
  assert.equal([elsewhere.problems, elsewhere.warnings, elsewhere.objects.pods.length], [[], [], 2]);
});

test("what is no object at all", () => {
  assert.match(problemText(load("just text").problems[0]!), /m.yaml:1:1: expected a Kubernetes object/);
  assert.equal(
    load("a: 1").problems.map((p) => p.path),
    ["apiVersion", "kind"],
  );
  assert.equal(
    load("apiVersion: 1\nkind: Pod").problems.map((p) => `${p.line}:${p.column} ${p.path}`),
    ["1:13 apiVersion"],
  );
  assert.equal(load("").problems, []);
  assert.equal(load("---\n# nothing\n---\n").problems, []);
});

test("a generated name is the same in every run, and differs between pods", () => {
  const generated = POD.replace("name: a", "generateName: job-");
  const names = load(`${generated}---\n${generated}`).objects.pods.map((pod) => pod.metadata.name);
  assert.is(names.length, 2);
  assert.is.not(names[0], names[1]);
  assert.match(names[0] ?? "", /^job-[a-z0-9]{5}$/);
  assert.equal(
    names,
    load(`${generated}---\n${generated}`).objects.pods.map((pod) => pod.metadata.name),
  );
});

test("all mistakes of all documents at once, each at its place", () => {
  const { problems } = parseManifests([
    {
      name: "a.yaml",
      text: "apiVersion: v1\nkind: Pod\nmetadata: { name: A }\nspec:\n  containers:\n    - name: c\n      resources: { requests: { cpu: 1x } }\n  hostNetwork: 1\n",
    },
    {
      name: "b.json",
      text: '{"apiVersion":"v1",\n"kind":"Node","metadata":{"name":"n"},"spec":{"taints":[{"key":"k","effect":"Foo"}]}}',
    },
    { name: "c.yaml", text: "a: [" },
  ]);
  assert.equal(
    problems.map((p) => `${p.file}:${p.line}:${p.column} ${p.path}`),
    [
      "a.yaml:3:19 metadata.name",
      "a.yaml:7:37 spec.containers[0].resources.requests.cpu",
      "a.yaml:8:16 spec.hostNetwork",
      "b.json:2:77 spec.taints[0].effect",
      "c.yaml:1:5 ",
    ],
  );
});

// one object of each kind that is right, to be broken field by field
const RIGHT: { readonly [K in keyof ClusterObjects]?: object } = {
  pods: { metadata: { name: "p" }, spec: { containers: [{ name: "c" }] } },
  nodes: { metadata: { name: "n" } },
  services: { metadata: { name: "s" }, spec: { selector: { app: "a" } } },
  deployments: { metadata: { name: "d" }, spec: { replicas: 1, template: { spec: { containers: [{ name: "c" }] } } } },
  statefulSets: { metadata: { name: "d" }, spec: { template: { spec: { containers: [{ name: "c" }] } } } },
  replicationControllers: { metadata: { name: "d" }, spec: {} },
  jobs: { metadata: { name: "j" }, spec: { template: { spec: { containers: [{ name: "c" }] } } } },
  cronJobs: {
    metadata: { name: "j" },
    spec: { schedule: "* * * * *", jobTemplate: { spec: { template: { spec: { containers: [{ name: "c" }] } } } } },
  },
  priorityClasses: { metadata: { name: "p" }, value: 5 },
  podDisruptionBudgets: { metadata: { name: "p" }, spec: {} },
  persistentVolumes: { metadata: { name: "p" }, spec: {} },
  persistentVolumeClaims: { metadata: { name: "p" }, spec: {} },
  storageClasses: { metadata: { name: "p" } },
  csiNodes: { metadata: { name: "p" }, spec: {} },
  csiDrivers: { metadata: { name: "p" }, spec: {} },
  csiStorageCapacities: { metadata: { name: "p" }, storageClassName: "s" },
  namespaces: { metadata: { name: "p" } },
};

function check(list: keyof ClusterObjects, object: unknown): Problem[] {
  const problems: Problem[] = [];
  checkObject(list, new Reader(object, problems));
  return problems;
}

// a copy with the value put at the path; numbers are list indexes
function put(object: unknown, path: readonly (string | number)[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const copy: Record<string | number, unknown> | unknown[] =
    typeof key === "number" ? [...((object as unknown[] | undefined) ?? [])] : { ...(object as object) };
  (copy as Record<string | number, unknown>)[key] = put((copy as Record<string | number, unknown>)[key], rest, value);
  return copy;
}

test("one right object of each kind has no problem", () => {
  for (const [list, object] of Object.entries(RIGHT))
    assert.equal(check(list as keyof ClusterObjects, object), [], list);
});

const TERM = ["spec", "affinity", "podAffinity", "requiredDuringSchedulingIgnoredDuringExecution", 0] as const;
const NODE_TERM = [
  "spec",
  "affinity",
  "nodeAffinity",
  "requiredDuringSchedulingIgnoredDuringExecution",
  "nodeSelectorTerms",
  0,
] as const;

const WRONG: readonly (readonly [
  keyof ClusterObjects,
  readonly (string | number)[],
  unknown,
  (readonly (string | number)[])?,
])[] = [
  // list, path, wrong value, path of the problem where it is another
  ["pods", ["metadata"], null],
  ["pods", ["metadata", "name"], "Upper"],
  ["pods", ["metadata", "name"], 5],
  ["pods", ["metadata", "name"], "x".repeat(254)],
  ["pods", ["metadata", "namespace"], "a/b"],
  ["pods", ["metadata", "labels"], ["a"]],
  ["pods", ["metadata", "labels", "a"], 1],
  ["pods", ["metadata", "labels", "a"], "x".repeat(64)],
  ["pods", ["metadata", "labels", "a"], "-x"],
  ["pods", ["metadata", "labels", "a b"], "x"],
  ["pods", ["metadata", "uid"], 7],
  ["pods", ["metadata", "ownerReferences"], {}],
  ["pods", ["metadata", "ownerReferences", 0], { kind: "Job" }, ["metadata", "ownerReferences", 0, "name"]],
  ["pods", ["spec"], undefined],
  ["pods", ["spec", "containers"], undefined],
  ["pods", ["spec", "containers"], []],
  ["pods", ["spec", "containers"], {}],
  ["pods", ["spec", "containers", 0], "c"],
  ["pods", ["spec", "containers", 0, "name"], ""],
  ["pods", ["spec", "containers", 1], { name: "c" }, ["spec", "containers", 1, "name"]],
  ["pods", ["spec", "initContainers", 0], { name: "c" }, ["spec", "initContainers", 0, "name"]],
  [
    "pods",
    ["spec", "initContainers", 0],
    { name: "i", restartPolicy: 5 },
    ["spec", "initContainers", 0, "restartPolicy"],
  ],
  ["pods", ["spec", "containers", 0, "image"], 5],
  ["pods", ["spec", "containers", 0, "resources"], []],
  ["pods", ["spec", "containers", 0, "resources", "requests"], "1"],
  ["pods", ["spec", "containers", 0, "resources", "requests", "cpu"], "-1"],
  ["pods", ["spec", "containers", 0, "resources", "requests", "cpu"], null],
  ["pods", ["spec", "containers", 0, "resources", "requests", "memory"], "1e30"],
  ["pods", ["spec", "containers", 0, "resources", "limits", "memory"], "1Gb"],
  [
    "pods",
    ["spec", "containers", 0, "resources"],
    { requests: { cpu: 2 }, limits: { cpu: "1999m" } },
    ["spec", "containers", 0, "resources", "requests", "cpu"],
  ],
  ["pods", ["spec", "containers", 0, "ports", 0, "containerPort"], 0],
  ["pods", ["spec", "containers", 0, "ports", 0], {}, ["spec", "containers", 0, "ports", 0, "containerPort"]],
  [
    "pods",
    ["spec", "containers", 0, "ports", 0],
    { containerPort: 1, hostPort: 65_536 },
    ["spec", "containers", 0, "ports", 0, "hostPort"],
  ],
  [
    "pods",
    ["spec", "containers", 0, "ports", 0],
    { containerPort: 1, protocol: "tcp" },
    ["spec", "containers", 0, "ports", 0, "protocol"],
  ],
  ["pods", ["spec", "nodeName"], 1],
  ["pods", ["spec", "nodeSelector"], "a=b"],
  ["pods", ["spec", "nodeSelector", "a"], true],
  ["pods", ["spec", "priority"], 1.5],
  ["pods", ["spec", "priority"], 2 ** 31],
  ["pods", ["spec", "preemptionPolicy"], "Always"],
  ["pods", ["spec", "restartPolicy"], "always"],
  ["pods", ["spec", "hostNetwork"], "true"],
  ["pods", ["spec", "terminationGracePeriodSeconds"], -1],
  ["pods", ["spec", "activeDeadlineSeconds"], 0],
  ["pods", ["spec", "overhead", "cpu"], "x"],
  ["pods", ["spec", "resources", "requests", "cpu"], "x"],
  ["pods", ["spec", "affinity"], []],
  ["pods", [...TERM], "x"],
  ["pods", [...TERM], { topologyKey: "" }, [...TERM, "topologyKey"]],
  ["pods", [...TERM], { topologyKey: "a", labelSelector: [] }, [...TERM, "labelSelector"]],
  [
    "pods",
    [...TERM],
    { topologyKey: "a", labelSelector: { matchLabels: { a: 1 } } },
    [...TERM, "labelSelector", "matchLabels", "a"],
  ],
  [
    "pods",
    [...TERM],
    { topologyKey: "a", labelSelector: { matchExpressions: [{ key: "a", operator: "Gt", values: ["1"] }] } },
    [...TERM, "labelSelector", "matchExpressions", 0],
  ],
  ["pods", [...TERM], { topologyKey: "a", namespaces: "x" }, [...TERM, "namespaces"]],
  [
    "pods",
    ["spec", "affinity", "podAntiAffinity", "preferredDuringSchedulingIgnoredDuringExecution", 0],
    { weight: 0, podAffinityTerm: { topologyKey: "a" } },
    ["spec", "affinity", "podAntiAffinity", "preferredDuringSchedulingIgnoredDuringExecution", 0, "weight"],
  ],
  ["pods", [...NODE_TERM], null],
  ["pods", [...NODE_TERM, "matchExpressions", 0], { key: "a", operator: "In" }],
  ["pods", [...NODE_TERM, "matchExpressions", 0], { key: "a", operator: "Lt", values: ["x"] }],
  [
    "pods",
    [...NODE_TERM, "matchExpressions", 0],
    { key: "a", operator: "In", values: [1] },
    [...NODE_TERM, "matchExpressions", 0, "values", 0],
  ],
  ["pods", [...NODE_TERM, "matchExpressions", 0], { operator: "Exists" }, [...NODE_TERM, "matchExpressions", 0, "key"]],
  ["pods", [...NODE_TERM, "matchFields", 0], { key: "metadata.uid", operator: "In", values: ["a"] }],
  [
    "pods",
    ["spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"],
    {},
    ["spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"],
  ],
  [
    "pods",
    ["spec", "affinity", "nodeAffinity", "preferredDuringSchedulingIgnoredDuringExecution", 0],
    { weight: 101, preference: {} },
    ["spec", "affinity", "nodeAffinity", "preferredDuringSchedulingIgnoredDuringExecution", 0, "weight"],
  ],
  ["pods", ["spec", "tolerations", 0], { operator: "Equal", value: "x" }, ["spec", "tolerations", 0, "operator"]],
  [
    "pods",
    ["spec", "tolerations", 0],
    { key: "a", operator: "Lt", value: "1" },
    ["spec", "tolerations", 0, "operator"],
  ],
  [
    "pods",
    ["spec", "tolerations", 0],
    { key: "a", operator: "Exists", value: "x" },
    ["spec", "tolerations", 0, "value"],
  ],
  [
    "pods",
    ["spec", "tolerations", 0],
    { key: "a", operator: "Exists", effect: "No" },
    ["spec", "tolerations", 0, "effect"],
  ],
  [
    "pods",
    ["spec", "topologySpreadConstraints", 0],
    { topologyKey: "a", whenUnsatisfiable: "DoNotSchedule" },
    ["spec", "topologySpreadConstraints", 0, "maxSkew"],
  ],
  [
    "pods",
    ["spec", "topologySpreadConstraints", 0],
    { maxSkew: 0, topologyKey: "a", whenUnsatisfiable: "DoNotSchedule" },
    ["spec", "topologySpreadConstraints", 0, "maxSkew"],
  ],
  [
    "pods",
    ["spec", "topologySpreadConstraints", 0],
    { maxSkew: 1, topologyKey: "a", whenUnsatisfiable: "Never" },
    ["spec", "topologySpreadConstraints", 0, "whenUnsatisfiable"],
  ],
  [
    "pods",
    ["spec", "topologySpreadConstraints", 0],
    { maxSkew: 1, topologyKey: "a", whenUnsatisfiable: "ScheduleAnyway", minDomains: 2 },
    ["spec", "topologySpreadConstraints", 0, "minDomains"],
  ],
  [
    "pods",
    ["spec", "topologySpreadConstraints", 0],
    { maxSkew: 1, topologyKey: "a", whenUnsatisfiable: "ScheduleAnyway", nodeTaintsPolicy: "No" },
    ["spec", "topologySpreadConstraints", 0, "nodeTaintsPolicy"],
  ],
  ["pods", ["spec", "schedulingGates", 0], {}, ["spec", "schedulingGates", 0, "name"]],
  [
    "pods",
    ["spec", "volumes", 0],
    { name: "v", persistentVolumeClaim: {} },
    ["spec", "volumes", 0, "persistentVolumeClaim", "claimName"],
  ],
  [
    "pods",
    ["spec", "volumes", 0],
    { name: "v", ephemeral: { volumeClaimTemplate: {} } },
    ["spec", "volumes", 0, "ephemeral", "volumeClaimTemplate", "spec"],
  ],
  ["pods", ["spec", "volumes"], [{ name: "v" }, { name: "v" }], ["spec", "volumes", 1, "name"]],
  ["pods", ["spec", "volumes", 0], { name: "v", gcePersistentDisk: "x" }, ["spec", "volumes", 0, "gcePersistentDisk"]],
  ["pods", ["status", "phase"], "Completed"],
  [
    "pods",
    ["status", "containerStatuses", 0],
    { name: "c", resources: { requests: { cpu: "?" } } },
    ["status", "containerStatuses", 0, "resources", "requests", "cpu"],
  ],
  ["pods", ["status", "conditions", 0], { type: "Ready", status: true }, ["status", "conditions", 0, "status"]],
  ["nodes", ["spec", "unschedulable"], "yes"],
  ["nodes", ["spec", "taints", 0], { key: "a" }, ["spec", "taints", 0, "effect"]],
  [
    "nodes",
    ["spec", "taints"],
    [
      { key: "a", effect: "NoExecute" },
      { key: "a", effect: "NoExecute" },
    ],
    ["spec", "taints", 1],
  ],
  ["nodes", ["status", "allocatable", "cpu"], "four"],
  ["nodes", ["status", "capacity"], []],
  ["nodes", ["status", "images", 0, "sizeBytes"], -1],
  ["nodes", ["status", "images", 0, "names"], "a"],
  ["services", ["spec", "selector"], "app=a"],
  ["services", ["spec", "selector", "app"], 1],
  ["deployments", ["spec", "replicas"], -1],
  ["deployments", ["spec", "replicas"], "3"],
  ["deployments", ["spec", "template"], []],
  ["deployments", ["spec", "template", "spec"], null],
  ["deployments", ["spec", "template", "spec", "containers", 0, "resources", "requests", "cpu"], "1 "],
  ["deployments", ["spec", "selector", "matchExpressions", 0], { key: "a", operator: "Is" }],
  [
    "statefulSets",
    ["spec", "volumeClaimTemplates", 0],
    { metadata: { name: "v" } },
    ["spec", "volumeClaimTemplates", 0, "spec"],
  ],
  ["replicationControllers", ["spec", "selector"], ["a"]],
  ["jobs", ["spec", "parallelism"], -1],
  ["jobs", ["spec", "completions"], 1.5],
  ["jobs", ["spec", "suspend"], "no"],
  ["jobs", ["spec", "completionMode"], "indexed"],
  ["jobs", ["spec", "template"], undefined],
  ["cronJobs", ["spec", "schedule"], undefined],
  ["cronJobs", ["spec", "jobTemplate"], undefined],
  ["priorityClasses", ["value"], undefined],
  ["priorityClasses", ["value"], "high"],
  ["priorityClasses", ["globalDefault"], "true"],
  ["podDisruptionBudgets", ["spec", "minAvailable"], "half"],
  ["podDisruptionBudgets", ["spec", "maxUnavailable"], -1],
  ["podDisruptionBudgets", ["spec"], { minAvailable: 1, maxUnavailable: 1 }, ["spec", "maxUnavailable"]],
  ["podDisruptionBudgets", ["status", "disruptionsAllowed"], "1"],
  ["persistentVolumes", ["spec", "capacity", "storage"], "big"],
  [
    "persistentVolumes",
    ["spec", "nodeAffinity", "required"],
    {},
    ["spec", "nodeAffinity", "required", "nodeSelectorTerms"],
  ],
  ["persistentVolumes", ["spec", "csi"], {}, ["spec", "csi", "driver"]],
  ["persistentVolumes", ["spec", "accessModes"], "ReadWriteOnce"],
  ["persistentVolumeClaims", ["spec"], undefined],
  ["persistentVolumeClaims", ["spec", "resources", "requests", "storage"], "x"],
  ["persistentVolumeClaims", ["spec", "volumeMode"], "File"],
  ["storageClasses", ["volumeBindingMode"], "Lazy"],
  [
    "storageClasses",
    ["allowedTopologies", 0, "matchLabelExpressions", 0],
    { key: "zone" },
    ["allowedTopologies", 0, "matchLabelExpressions", 0, "values"],
  ],
  [
    "csiNodes",
    ["spec", "drivers", 0],
    { name: "d", allocatable: { count: -1 } },
    ["spec", "drivers", 0, "allocatable", "count"],
  ],
  ["csiDrivers", ["spec", "storageCapacity"], 1],
  ["csiStorageCapacities", ["storageClassName"], undefined],
  ["csiStorageCapacities", ["capacity"], "lots"],
  ["csiStorageCapacities", ["nodeTopology", "matchLabels", "a"], 1],
  ["namespaces", ["metadata", "labels", "x"], null],
];

test("each field that is read is checked, and the problem points at it", () => {
  for (const [list, path, value, at = path] of WRONG) {
    const problems = check(list, put(RIGHT[list], path, value));
    const what = `${list} ${pathText(path)} = ${JSON.stringify(value)}`;
    assert.ok(problems.length > 0, `${what}: no problem`);
    assert.equal(
      problems.map((p) => pathText(p.path)),
      [pathText(at)],
      what,
    );
    assert.ok((problems[0]?.expected.length ?? 0) > 2, what);
  }
});

test("null stands for absent, as in the API", () => {
  const nulls = {
    nodeSelector: null,
    affinity: null,
    tolerations: null,
    topologySpreadConstraints: null,
    volumes: null,
    overhead: null,
    initContainers: null,
    priority: null,
  };
  assert.equal(
    check("pods", {
      metadata: { name: "p", labels: null, deletionTimestamp: null },
      spec: { containers: [{ name: "c", resources: null, ports: null }], ...nulls },
      status: null,
    }),
    [],
  );
});

test("special keys are no fields", () => {
  const evil = JSON.parse('{"metadata":{"name":"p"},"__proto__":{"spec":{"containers":[{"name":"c"}]}}}') as unknown;
  assert.ok(check("pods", evil).length > 0, "a spec in __proto__ is none");
});

test("texts of paths, values and names", () => {
  assert.is(pathText(["spec", "nodePools", 0, "labels", "a/b", "x-y"]), 'spec.nodePools[0].labels["a/b"].x-y');
  assert.is(pathText([]), "");
  assert.is(shown("x".repeat(100)).length, 62);
  assert.is(shown([]), "an empty list");
  assert.is(shown([1, 2]), "a list of 2");
  assert.is(shown({}), "an empty mapping");
  assert.is(shown({ a: 1, b: 2, c: 3, d: 4, e: 5 }), "a mapping with a, b, c, d, ...");
  assert.is(shown(undefined), "nothing");
  assert.is(shown(null), "null");
  assert.is(nearest("repicas", ["replicas", "selector"]), "replicas");
  assert.is(nearest("ndoePools", ["nodePools"]), "nodePools", "swapped neighbours count once");
  assert.is(nearest("NODEPOOLS", ["nodePools"]), "nodePools");
  assert.is(nearest("xyz", ["replicas"]), undefined);
  assert.is(nearest("", ["a"]), "a");
});

function filesUnder(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      return statSync(path).isDirectory() ? filesUnder(path) : [path];
    });
}

const manifests = fromShared("data/15-manifests");
(existsSync(manifests) ? test : test.skip)("takes the manifests of real applications", () => {
  const files = filesUnder(manifests).filter((name) => name.endsWith(".yaml"));
  const counts = { deployments: 0, services: 0, persistentVolumes: 0, persistentVolumeClaims: 0 };
  for (const name of files) {
    const loaded = parseManifests([{ name, text: readFileSync(name, "utf8") }]);
    assert.equal(loaded.problems, [], name);
    for (const list of Object.keys(counts) as (keyof typeof counts)[]) counts[list] += loaded.objects[list].length;
  }
  assert.equal(counts, { deployments: 39, services: 43, persistentVolumes: 6, persistentVolumeClaims: 6 });
  const boutique = join(manifests, "online-boutique/kubernetes-manifests.yaml");
  const { ignored, objects } = load(readFileSync(boutique, "utf8"));
  assert.equal(ignored, []);
  assert.is(objects.serviceAccounts.length, 11);
});

const dumps = fromShared("data/16-cluster-objects/troubleshoot");
(existsSync(dumps) ? test : test.skip)("takes dumps of real clusters", () => {
  const files = filesUnder(dumps).filter((name) => name.endsWith(".json"));
  const loaded = parseManifests(files.map((name) => ({ name, text: readFileSync(name, "utf8") })));
  assert.equal(loaded.problems, []);
  assert.is(loaded.objects.nodes.length, 7);
  assert.is(loaded.objects.pods.length, 5);
  assert.equal(loaded.ignored, []);
  assert.ok(loaded.objects.events.length > 0);
});

const cases = fromShared("reference/scheduler/cases");
(existsSync(cases) ? test : test.skip)(
  "finds nothing wrong with the objects of the reference cases, all of which an API server has taken",
  () => {
    let count = 0;
    for (const file of readdirSync(cases).filter((name) => name.endsWith(".jsonl.gz"))) {
      for (const line of gunzipSync(readFileSync(join(cases, file)))
        .toString()
        .trim()
        .split("\n")) {
        const { name, objects, pending } = JSON.parse(line) as {
          name: string;
          objects: Partial<ClusterObjects>;
          pending: unknown[];
        };
        for (const { list } of KNOWN_KINDS) {
          for (const object of [...(objects[list] ?? []), ...(list === "pods" ? pending : [])]) {
            count++;
            assert.equal(check(list, object), [], `${name} ${list}`);
          }
        }
      }
    }
    assert.ok(count > 50_000, `${count} objects`);
  },
);

test.run();
