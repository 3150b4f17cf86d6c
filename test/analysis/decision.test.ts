// Attempts written out in full: which fields stand when, in which order nodes are listed, and the order of retries.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decide } from "../../sim/analysis/decision.ts";
import { replay } from "../../sim/analysis/replay.ts";
import type { Node, Pod } from "../../sim/model/objects.ts";
import { type ReferenceCase, readReferenceCase } from "../../sim/scenario/reference-case.ts";
import { Cluster, node, pod, ZONE } from "../scheduler/cluster.ts";

function caseOf(
  nodes: readonly Node[],
  pods: readonly Pod[],
  pending: readonly Pod[],
  parts: Record<string, unknown> = {},
): ReferenceCase {
  const document = {
    name: "c",
    tieBreak: "lowestIndex",
    percentageOfNodesToScore: 100,
    objects: { nodes, pods },
    pending: pending.map((p) => ({ ...p, spec: { ...p.spec, schedulerName: "default-scheduler" } })),
    ...parts,
  };
  const { case: read, problems } = readReferenceCase(document);
  assert.equal(problems, []);
  return read;
}

test("nodes are listed in the order in which they were added, though they are searched zone by zone", () => {
  const nodes = ["1", "1", "2"].map((zone, i) => node(`n${i}`, { [ZONE]: zone }));
  const cluster = new Cluster({ nodes });
  const { decision } = decide(cluster.scheduler, cluster.snapshot.info(pod("p")), 1, "nodes");
  assert.equal(decision.feasible, ["n0", "n1", "n2"]);
  assert.equal(decision.winners, ["n0", "n1", "n2"]);
  assert.is(decision.chosen, "n0");
  // all tie: the heap's root is the first that was found
  assert.is(decision.heapChoice, "n0");
  assert.equal(Object.keys(decision.scores ?? {}), [
    "TaintToleration",
    "NodeResourcesFit",
    "DynamicResources",
    "ImageLocality",
  ]);
  assert.equal(decision.totals?.length, 3);
});

test("the lowest index and the heap may choose differently among equals", () => {
  // a taken node first: in [worse, best, best] the heap lifts the left child, in [worse, worse, best, best] the last
  const nodes = ["w0", "w1", "b2", "b3"].map((name) => node(name));
  const pods = ["w0", "w1"].map((name) => pod(`on-${name}`, { node: name, cpu: "1" }));
  const [decision] = replay(caseOf(nodes, pods, [pod("p", { cpu: "1" })])).decisions;
  assert.equal(decision?.winners, ["b2", "b3"]);
  assert.is(decision?.chosen, "b2");
  assert.is(decision?.heapChoice, "b3");
  const [heap] = replay(caseOf(nodes, pods, [pod("p", { cpu: "1" })], { tieBreak: "heap" })).decisions;
  assert.is(heap?.chosen, "b3");
  assert.is(heap?.heapChoice, undefined);
});

const preempting = [pod("first", { cpu: "3", priority: 9 }), pod("second", { cpu: "1", priority: 0 })];

test("after preemption the pod is tried again at once, on its nominated node alone, and taken unscored", () => {
  const { decisions, snapshot } = replay(caseOf([node("a")], [pod("old", { node: "a", cpu: "2" })], preempting));
  assert.equal(
    decisions.map((d) => `${d.pod} ${d.attempt} ${d.chosen}`),
    ["default/first 1 null", "default/first 2 a", "default/second 1 a"],
  );
  assert.equal(decisions[0]?.preemption?.victims, ["default/old"]);
  assert.is(decisions[0]?.preemption?.nominatedNode, "a");
  assert.is(decisions[1]?.nominatedNodeTried, "a");
  assert.is(decisions[1]?.scored, false);
  assert.equal(
    snapshot.node("a")?.pods.map((p) => p.key),
    ["default/first", "default/second"],
  );
});

test("or at the end of the queue, and the pods in between leave it its room", () => {
  const pending = [preempting[0]!, pod("second", { cpu: "2" })];
  const { decisions } = replay(
    caseOf([node("a")], [pod("old", { node: "a", cpu: "2" })], pending, { preemptionRetry: "end" }),
  );
  assert.equal(
    decisions.map((d) => `${d.pod} ${d.attempt} ${d.chosen}`),
    ["default/first 1 null", "default/second 1 null", "default/first 2 a"],
  );
  assert.equal(decisions[1]?.rejections.a?.reasons, ["Insufficient cpu"]);
});

test("the search form lists indexes in the order of discovery instead", () => {
  const nodes = ["1", "1", "2"].map((zone, i) => node(`n${i}`, { [ZONE]: zone }, i === 1 ? { pods: "0" } : {}));
  const [decision] = replay(caseOf(nodes, [], [pod("p")], { nodeOrder: [0, 2, 1], tieBreak: "heap" })).decisions;
  assert.equal(decision?.visited, [0, 2, 1]);
  assert.equal(decision?.feasibleIndexes, [0, 2]);
  assert.equal(decision?.rejectedIndexes, { "NodeResourcesFit|Too many pods": [1] });
  assert.equal(decision?.winnerIndexes, [0, 2]);
  assert.equal([decision?.startIndex, decision?.nextStartIndex], [0, 0]);
  assert.equal(decision?.feasible, []);
  assert.is(decision?.scores, undefined);
});

test("pods that are placed start one second apart", () => {
  const { snapshot } = replay(caseOf([node("a")], [], [pod("p"), pod("too-big", { cpu: "99" }), pod("q")]));
  assert.equal(
    snapshot.node("a")?.pods.map((p) => p.startTimeMicros),
    [0, 1_000_000],
  );
});

test.run();
