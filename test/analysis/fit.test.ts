// Do pods fit: outcomes, the order in which they are tried, and what stays on the nodes in between.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type FitOptions, type FitReport, fit, pendingPods } from "../../sim/analysis/fit.ts";
import { createStream } from "../../sim/engine/random.ts";
import { type ClusterObjects, noObjects, type Pod } from "../../sim/model/objects.ts";
import { defaultSchedulerConfiguration } from "../../sim/model/read-scheduler-configuration.ts";
import type { PluginFactory } from "../../sim/scheduler/framework.ts";
import { node, pod } from "../scheduler/cluster.ts";
import { configurationOf } from "../scheduler/decision-of.ts";

function fitOf(objects: Partial<ClusterObjects>, options: Partial<FitOptions> = {}): FitReport {
  return fit({
    objects: { ...noObjects(), ...objects },
    configuration: defaultSchedulerConfiguration(),
    tieBreak: "first",
    ...options,
  });
}

const said = ({ pods }: FitReport) => pods.map((p) => `${p.pod} ${p.outcome} ${p.node ?? "-"}`);

test("pods stay where they are placed, so later ones see less room", () => {
  const pods = ["a", "b", "c"].map((name) => pod(name, { cpu: "3" }));
  const report = fitOf({ nodes: [node("n1"), node("n2")], pods });
  assert.equal(said(report), ["default/a fits n1", "default/b fits n2", "default/c unschedulable -"]);
  assert.is(report.nodes, 2);
  assert.is(report.boundBefore, 0);
  const [a, , c] = report.pods;
  assert.is(a?.feasibleNodes, 2);
  assert.is(a?.message, null);
  assert.equal(a?.rejections, []);
  assert.ok((a?.score ?? 0) > 0);
  assert.is(c?.score, -1);
  assert.match(c?.message ?? "", /^0\/2 nodes are available: 2 Insufficient cpu\./);
  assert.equal(
    c?.rejections.map((r) => [r.node, r.plugin, r.code, r.reasons]),
    ["n1", "n2"].map((name) => [name, "NodeResourcesFit", "Unschedulable", ["Insufficient cpu"]]),
  );
});

test("highest priority first, then as they stand; bound, finished and vanishing pods are no question", () => {
  const pods = [
    pod("low"),
    pod("high", { priority: 9 }),
    pod("second", { priority: 9 }),
    pod("bound", { node: "n" }),
    pod("done", { status: { phase: "Succeeded" } }),
    pod("failed", { status: { phase: "Failed" } }),
    pod("going", { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } }),
  ];
  assert.equal(
    pendingPods({ ...noObjects(), pods }).map((p) => p.metadata.name),
    ["high", "second", "low"],
  );
  assert.is(fitOf({ nodes: [node("n")], pods }).boundBefore, 1);
});

test("pending pods may be given, in their order", () => {
  const pending = [
    pod("low", { cpu: "4" }),
    pod("high", { cpu: "4", priority: 9, spec: { preemptionPolicy: "Never" } }),
  ];
  assert.equal(said(fitOf({ nodes: [node("n")] }, { pending })), [
    "default/low fits n",
    "default/high unschedulable -",
  ]);
});

test("victims are named, and the pod that they make room for fits", () => {
  const pods = [pod("old", { node: "n", cpu: "3" }), pod("new", { cpu: "3", priority: 5 })];
  const report = fitOf({ nodes: [node("n")], pods });
  assert.equal(said(report), ["default/new fits n"]);
  assert.equal(report.pods[0]?.victims, ["default/old"]);
});

test("a pod that was placed and had to go again does not fit", () => {
  const pending = [pod("low", { cpu: "3" }), pod("high", { cpu: "3", priority: 5 })];
  const report = fitOf({ nodes: [node("n")] }, { pending });
  assert.equal(said(report), ["default/low evicted -", "default/high fits n"]);
  assert.is(report.pods[0]?.message, "had to go for default/high");
  assert.equal(report.pods[1]?.victims, ["default/low"]);
});

test("gates, schedulers that are not there, and errors of plugins", () => {
  const gated = pod("gated", { spec: { schedulingGates: [{ name: "g" }] } });
  const other = pod("other", { spec: { schedulerName: "mine" } });
  const report = fitOf({ nodes: [node("n")], pods: [gated, other] });
  assert.equal(said(report), ["default/gated gated -", "default/other unknown scheduler -"]);
  assert.equal(
    report.pods.map((p) => p.message),
    ["waiting for scheduling gates: [g]", 'no profile has the scheduler name "mine"'],
  );
  const broken: PluginFactory = () => ({
    name: "Broken",
    filter: () => ({ code: "Error", plugin: "Broken", reasons: ["no idea"] }),
  });
  const failing = fitOf(
    { nodes: [node("n")], pods: [pod("p")] },
    {
      configuration: configurationOf({ plugins: { multiPoint: { enabled: [{ name: "./broken.mjs" }] } } }),
      customPlugins: new Map([["./broken.mjs", broken]]),
    },
  );
  assert.is(failing.pods[0]?.outcome, "error");
  assert.match(failing.pods[0]?.message ?? "", /no idea/);
});

test("no nodes, no pods", () => {
  assert.equal(fitOf({}).pods, []);
  const report = fitOf({ pods: [pod("p")] });
  assert.equal(said(report), ["default/p unschedulable -"]);
  assert.is(report.pods[0]?.message, "no nodes available to schedule pods");
});

test("many replicas that fit nowhere share one list of rejections, as long as nothing changes", () => {
  const nodes = [node("n1"), node("n2")];
  const replica = pod("replica", { cpu: "3" });
  const replicaOf = (i: number): Pod => ({
    ...replica,
    metadata: { ...replica.metadata, name: `r${i}`, uid: `u${i}` },
  });
  const pending = [0, 1, 2, 3].map(replicaOf);
  const { pods } = fitOf({ nodes }, { pending });
  assert.is(pods[2]?.rejections, pods[3]?.rejections);
  // a small pod in between changes n1, so they are looked up again
  const between = fitOf({ nodes }, { pending: [...pending.slice(0, 3), pod("small", { cpu: "1" }), replicaOf(3)] });
  assert.is.not(between.pods[2]?.rejections, between.pods[4]?.rejections);
  assert.equal(between.pods[2]?.rejections, between.pods[4]?.rejections);
});

test("the seeded tie-break follows the stream", () => {
  const nodes = Array.from({ length: 8 }, (_, i) => node(`n${i}`));
  const choice = (seed: number) =>
    said(fitOf({ nodes, pods: [pod("p")] }, { tieBreak: "seeded", stream: createStream(seed, "ties") }))[0];
  assert.is(choice(1), choice(1));
  assert.ok(new Set(Array.from({ length: 20 }, (_, seed) => choice(seed))).size > 3);
});

test("the objects are left as they were", () => {
  const objects = { ...noObjects(), nodes: [node("n")], pods: [pod("a", { cpu: "3" }), pod("b", { cpu: "3" })] };
  const before = structuredClone(objects);
  fitOf(objects);
  assert.equal(objects, before);
});

test.run();
