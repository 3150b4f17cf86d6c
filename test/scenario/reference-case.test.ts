// Reference case documents: what is read, what is refused, with the place of each mistake.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { pathText } from "../../sim/model/problem.ts";
import { isReferenceCase, readReferenceCase } from "../../sim/scenario/reference-case.ts";

const minimal = {
  name: "case-0",
  family: "own",
  tieBreak: "lowestIndex",
  objects: { nodes: [{ metadata: { name: "a" } }] },
  pending: [{ metadata: { name: "p" }, spec: { containers: [{ name: "c" }] } }],
  expected: [],
};

const problemsOf = (document: unknown) =>
  readReferenceCase(document).problems.map((p) => `${pathText(p.path)}: ${p.expected}`);

test("defaults: immediate retries, no batching, the default configuration", () => {
  const { case: read, problems } = readReferenceCase(minimal);
  assert.equal(problems, []);
  assert.is(read.tieBreak, "first");
  assert.is(read.preemptionRetry, "immediate");
  assert.is(read.opportunisticBatching, false);
  assert.is(read.configuration.percentageOfNodesToScore, 0);
  assert.is(read.configuration.profiles[0]?.schedulerName, "default-scheduler");
  assert.equal(read.objects.nodes, minimal.objects.nodes);
  assert.equal(read.objects.services, []);
  assert.is(read.nodeOrder, null);
  assert.is(read.expectedTrace, null);
});

test("the percentage in force wins over the configuration's", () => {
  const schedulerConfiguration = {
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    percentageOfNodesToScore: 30,
  };
  assert.is(readReferenceCase({ ...minimal, schedulerConfiguration }).case.configuration.percentageOfNodesToScore, 30);
  assert.is(
    readReferenceCase({ ...minimal, schedulerConfiguration, percentageOfNodesToScore: 70 }).case.configuration
      .percentageOfNodesToScore,
    70,
  );
});

test("two nodes or two pods of one name are refused", () => {
  const [p] = minimal.pending;
  const [a] = minimal.objects.nodes;
  assert.match(problemsOf({ ...minimal, pending: [p, p] })[0]!, /^pending\[1\]\.metadata\.name: a name that no other/);
  assert.equal(problemsOf({ ...minimal, pending: [p, { ...p, metadata: { name: "p", namespace: "other" } }] }), []);
  assert.equal(problemsOf({ ...minimal, objects: { nodes: [a], pods: [p] } }).length, 1);
  assert.match(problemsOf({ ...minimal, objects: { nodes: [a, a] } })[0]!, /^objects\.nodes\[1\]\.metadata\.name: /);
});

test("unknown fields, kinds and words are mistakes, each with its place", () => {
  assert.match(problemsOf({ ...minimal, weather: "rain" })[0]!, /^weather: one of name, family/);
  assert.match(problemsOf({ ...minimal, objects: { ...minimal.objects, gateways: [] } })[0]!, /^objects\.gateways: /);
  assert.match(problemsOf({ ...minimal, tieBreak: "random" })[0]!, /^tieBreak: one of lowestIndex, heap/);
  assert.match(problemsOf({ ...minimal, tieBreak: null })[0]!, /^tieBreak: /);
  assert.match(problemsOf({ ...minimal, preemptionRetry: "never" })[0]!, /^preemptionRetry: /);
  const { spec } = minimal.pending[0]!;
  assert.match(problemsOf({ ...minimal, pending: [{ metadata: {}, spec }] })[0]!, /^pending\[0\]\.metadata\.name: /);
  assert.match(problemsOf({ ...minimal, pending: [{ metadata: { name: "p" } }] })[0]!, /^pending\[0\]\.spec: /);
  assert.match(
    problemsOf({
      ...minimal,
      objects: { nodes: [{ metadata: { name: "a" }, status: { allocatable: { cpu: "x" } } }] },
    })[0]!,
    /^objects\.nodes\[0\]\.status\.allocatable\.cpu: /,
  );
  assert.match(problemsOf({ ...minimal, percentageOfNodesToScore: 101 })[0]!, /^percentageOfNodesToScore: /);
  assert.match(problemsOf({ ...minimal, nodeOrder: ["a"] })[0]!, /^nodeOrder\[0\]: /);
  const schedulerConfiguration = {
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    profils: [],
  };
  assert.match(problemsOf({ ...minimal, schedulerConfiguration })[0]!, /^schedulerConfiguration\.profils: /);
  for (const document of [null, 3, "case", []]) assert.ok(problemsOf(document).length > 0);
});

test("told from manifests and scenarios", () => {
  assert.is(isReferenceCase(minimal), true);
  for (const other of [
    null,
    3,
    [],
    {},
    { apiVersion: "v1", kind: "Pod" },
    { apiVersion: "kubedrill/v1alpha1", kind: "Scenario", spec: {} },
  ]) {
    assert.is(isReferenceCase(other), false);
  }
});

test.run();
