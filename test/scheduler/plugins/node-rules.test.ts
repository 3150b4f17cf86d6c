// Rules that look at one node's own fields: name, cordon, taints, gates, priority.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Node, Taint, Toleration } from "../../../sim/model/objects.ts";
import { Cluster, node, pod } from "../cluster.ts";
import { decisionOf, verdictsOf } from "../decision-of.ts";

function tainted(name: string, ...taints: readonly Taint[]): Node {
  return { ...node(name), spec: { taints } };
}

test("NodeName: a pod that names its node fits there only", () => {
  const named = pod("p", { spec: { nodeName: "b" } });
  assert.equal(verdictsOf({ nodes: [node("a"), node("b")] }, named), [
    "NodeName: node(s) didn't match the requested node name",
    "ok",
  ]);
});

test("NodeUnschedulable: cordoned nodes take only pods that tolerate the taint of cordoning", () => {
  const nodes = [{ ...node("a"), spec: { unschedulable: true } }, node("b")];
  const rejected = "NodeUnschedulable: node(s) were unschedulable";
  const cases: readonly (readonly [readonly Toleration[], string])[] = [
    [[], rejected],
    [[{ operator: "Exists" }], "ok"],
    [[{ key: "node.kubernetes.io/unschedulable", operator: "Exists" }], "ok"],
    [[{ key: "node.kubernetes.io/unschedulable", operator: "Exists", effect: "NoSchedule" }], "ok"],
    [[{ key: "node.kubernetes.io/unschedulable", operator: "Exists", effect: "NoExecute" }], rejected],
    [[{ key: "node.kubernetes.io/unschedulable", operator: "Equal", value: "true" }], rejected],
  ];
  for (const [tolerations, expected] of cases) {
    assert.is(verdictsOf({ nodes }, pod("p", { spec: { tolerations } }))[0], expected, JSON.stringify(tolerations));
  }
});

test("TaintToleration: an empty key or effect stands for any, Lt and Gt tolerate nothing, PreferNoSchedule never filters", () => {
  const taint = { key: "gpu", value: "a", effect: "NoSchedule" };
  const rejected = "TaintToleration: node(s) had untolerated taint(s)";
  const cases: readonly (readonly [Taint, readonly Toleration[], string])[] = [
    [taint, [], rejected],
    [taint, [{ key: "gpu", operator: "Equal", value: "a", effect: "NoSchedule" }], "ok"],
    [taint, [{ key: "gpu", value: "a" }], "ok"],
    [taint, [{ key: "gpu", value: "b" }], rejected],
    [taint, [{ key: "gpu", operator: "Exists", effect: "NoExecute" }], rejected],
    [taint, [{ operator: "Exists" }], "ok"],
    [taint, [{ key: "other", operator: "Exists" }], rejected],
    [taint, [{ key: "gpu", operator: "Lt", value: "z" }], rejected],
    [{ key: "gpu", effect: "NoSchedule" }, [{ key: "gpu" }], "ok"],
    [{ ...taint, effect: "NoExecute" }, [], rejected],
    [{ ...taint, effect: "PreferNoSchedule" }, [], "ok"],
  ];
  for (const [t, tolerations, expected] of cases) {
    const verdict = verdictsOf({ nodes: [tainted("a", t)] }, pod("p", { spec: { tolerations } }))[0];
    assert.is(verdict, expected, JSON.stringify([t, tolerations]));
  }
});

test("TaintToleration: score = 100 minus 100 × untolerated PreferNoSchedule taints / the most of them, in integers, × 3", () => {
  const prefer = (key: string): Taint => ({ key, effect: "PreferNoSchedule" });
  const nodes = [tainted("a"), tainted("b", prefer("x")), tainted("c", prefer("x"), prefer("y"), prefer("z"))];
  const { scores } = decisionOf({ nodes }, pod("p"));
  // 100, 100 - 33, 0
  assert.equal(scores?.TaintToleration, [300, 201, 0]);
  // a toleration for another effect does not help
  const tolerating = (effect: string) => pod("q", { spec: { tolerations: [{ operator: "Exists", effect }] } });
  assert.equal(decisionOf({ nodes }, tolerating("PreferNoSchedule")).scores?.TaintToleration, [300, 300, 300]);
  assert.equal(decisionOf({ nodes }, tolerating("NoSchedule")).scores?.TaintToleration, [300, 201, 0]);
});

test("SchedulingGates: holds the pod back and names its gates in order", () => {
  const gated = pod("p", { spec: { schedulingGates: [{ name: "b/two" }, { name: "a/one" }] } });
  const decision = decisionOf({ nodes: [node("a")] }, gated);
  assert.equal(decision.gated, {
    plugin: "SchedulingGates",
    code: "UnschedulableAndUnresolvable",
    reasons: ["waiting for scheduling gates: [b/two a/one]"],
  });
  assert.is(decision.chosen, null);
  assert.is(decision.message, null);
});

test("PrioritySort: higher priority first, equal priorities in neither order", () => {
  const { snapshot, scheduler } = new Cluster({ nodes: [node("a")] });
  const [profile] = scheduler.profiles.values();
  const low = snapshot.info(pod("low", { priority: -5 }));
  const high = snapshot.info(pod("high", { priority: 7 }));
  assert.is(profile?.less(high, low), true);
  assert.is(profile?.less(low, high), false);
  assert.is(profile?.less(low, snapshot.info(pod("same", { priority: -5 }))), false);
});

test("DynamicResources and NodeDeclaredFeatures: skipped; the former scores 0 with weight 2", () => {
  const decision = decisionOf({ nodes: [node("a"), node("b")] }, pod("p"));
  assert.ok(decision.skippedFilterPlugins?.includes("DynamicResources"));
  assert.ok(decision.skippedFilterPlugins?.includes("NodeDeclaredFeatures"));
  assert.equal(decision.scores?.DynamicResources, [0, 0]);
});

test.run();
