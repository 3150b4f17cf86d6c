// Explanations: what is said of pods that wait and of pods that run, and that asking changes nothing.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { explain } from "../../sim/analysis/explain.ts";
import type { ClusterObjects, Pod } from "../../sim/model/objects.ts";
import { defaultSchedulerConfiguration } from "../../sim/model/read-scheduler-configuration.ts";
import type { SchedulerConfiguration } from "../../sim/model/scheduler-configuration.ts";
import { Scheduler } from "../../sim/scheduler/scheduler.ts";
import { Snapshot } from "../../sim/scheduler/snapshot.ts";
import { node, pod, ZONE } from "../scheduler/cluster.ts";
import { configurationOf } from "../scheduler/decision-of.ts";

function schedulerOn(
  objects: Partial<ClusterObjects>,
  configuration: SchedulerConfiguration = defaultSchedulerConfiguration(),
): Scheduler {
  return new Scheduler({ configuration, snapshot: Snapshot.of(objects), tieBreak: "heap" });
}

/** Everything about the cluster that a decision rests on. */
function stateOf({ snapshot, startIndex, attempts }: Scheduler): unknown {
  const nodes = snapshot.nodes.map((n) => ({
    name: n.name,
    pods: n.pods.map((p) => `${p.key} ${p.nodeName}`).sort(),
    requested: [n.requestedCpuMilli, n.requestedMemoryBytes, n.nonZeroCpuMilli, ...n.requestedScalar],
    ports: n.usedPorts.length,
    affinity: [n.podsWithAffinity.length, n.podsWithRequiredAntiAffinity.length],
  }));
  return { nodes, nominated: [...snapshot.nominated.keys()], startIndex, attempts };
}

const nodes = [node("n1", { [ZONE]: "a" }), node("n2", { [ZONE]: "b" }), node("n3", { [ZONE]: "b" }, { cpu: "2" })];
const affinity = {
  podAntiAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [
      { topologyKey: ZONE, labelSelector: { matchLabels: { app: "x" } } },
    ],
  },
};
const web = pod("web", { node: "n1", cpu: "1", labels: { app: "x" }, spec: { affinity } });

test("a pod that waits: the message, the rejections by kind, and no ranking", () => {
  const big = pod("big", { cpu: "3500m" });
  const scheduler = schedulerOn({ nodes, pods: [web, pod("busy", { node: "n2", cpu: "2" })] });
  const e = explain(scheduler, big, 5);
  assert.equal([e.pod, e.node, e.phase, e.choice, e.gate], ["default/big", null, "Pending", null, null]);
  assert.equal([e.nodes, e.feasibleNodes], [3, 0]);
  assert.is(e.message, "0/3 nodes are available: 3 Insufficient cpu.");
  assert.equal(e.ranking, []);
  assert.equal(
    e.rejections.map((r) => [r.plugin, r.code, r.nodes, r.examples]),
    [
      ["NodeResourcesFit", "Unschedulable", 2, ["n1", "n2"]],
      ["NodeResourcesFit", "UnschedulableAndUnresolvable", 1, ["n3"]],
    ],
  );
  assert.ok(e.remedies.length > 0);
});

test("a pod that runs is judged as if it were not there", () => {
  const scheduler = schedulerOn({ nodes, pods: [web] });
  const e = explain(scheduler, web, 5);
  // its own label and its own CPU do not stand in its way
  assert.equal([e.node, e.feasibleNodes, e.message], ["n1", 3, null]);
  assert.is(e.choice, e.ranking[0]?.node, "the chosen node leads the ranking");
  assert.equal(e.remedies, []);
  assert.is(e.ranking.length, 3);
  for (const { total, scores } of e.ranking)
    assert.is(
      Object.values(scores).reduce((a, b) => a + b, 0),
      total,
    );
  for (let i = 1; i < e.ranking.length; i++) assert.ok(e.ranking[i - 1]!.total >= e.ranking[i]!.total);
});

test("the ranking is cut at the length asked for", () => {
  assert.is(explain(schedulerOn({ nodes }), pod("p"), 2).ranking.length, 2);
});

test("a pod that waits but would fit", () => {
  const e = explain(schedulerOn({ nodes }), pod("p", { cpu: "3" }), 5);
  assert.equal([e.node, e.message, e.feasibleNodes], [null, null, 2]);
  assert.ok(e.choice === "n1" || e.choice === "n2");
});

test("its nomination does not decide, nor does its room count as taken", () => {
  const waiting = pod("p", { cpu: "3", status: { nominatedNodeName: "n2" } });
  const scheduler = schedulerOn({ nodes: [nodes[1]!] });
  const info = scheduler.snapshot.info(waiting);
  info.nominatedNodeName = "";
  scheduler.snapshot.nominate(info, "n2");
  assert.is(explain(scheduler, waiting, 5).choice, "n2");
  assert.is(explain(scheduler, pod("other", { cpu: "3" }), 5).choice, null);
});

test("a gate is said first, and there is nothing to mend", () => {
  const e = explain(schedulerOn({ nodes }), pod("p", { spec: { schedulingGates: [{ name: "quota" }] } }), 5);
  assert.is(e.gate, "waiting for scheduling gates: [quota]");
  assert.equal(e.remedies, []);
});

test("a scheduler that is not there: which ones would find a node", () => {
  const e = explain(schedulerOn({ nodes }), pod("p", { spec: { schedulerName: "mine" } }), 5);
  assert.equal([e.choice, e.feasibleNodes, e.nodes], [null, 0, 3]);
  assert.is(e.message, 'no profile has the scheduler name "mine"');
  assert.equal(
    e.remedies.map((r) => r.changes),
    [["set schedulerName to default-scheduler"]],
  );
  const full = pod("p", { cpu: "9", spec: { schedulerName: "mine" } });
  assert.equal(explain(schedulerOn({ nodes }), full, 5).remedies, []);
});

test("no nodes", () => {
  const e = explain(schedulerOn({}), pod("p"), 5);
  assert.equal([e.choice, e.nodes, e.message], [null, 0, "no nodes available to schedule pods"]);
});

test("a PreFilter that rejects is quoted for all nodes", () => {
  const conflict = {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          {
            matchFields: [
              { key: "metadata.name", operator: "In", values: ["n1"] },
              { key: "metadata.name", operator: "In", values: ["n2"] },
            ],
          },
        ],
      },
    },
  };
  const e = explain(schedulerOn({ nodes }), pod("p", { spec: { affinity: conflict } }), 5);
  assert.is(e.message, "0/3 nodes are available: pod affinity terms conflict.");
  assert.equal(e.remedies, []);
});

test("asking leaves the cluster as it was, also for pods that run and where plugins fail", () => {
  const pods = [web, pod("web-2", { node: "n2", cpu: "2", labels: { app: "x" } }), pod("third", { node: "n2" })];
  const scheduler = schedulerOn({ nodes, pods });
  const before = JSON.stringify(stateOf(scheduler));
  const asked: Pod[] = [...pods, pod("big", { cpu: "9" }), pod("spread", { spec: { nodeSelector: { x: "y" } } })];
  for (const p of asked) {
    const first = explain(scheduler, p, 5);
    assert.is(JSON.stringify(stateOf(scheduler)), before, p.metadata.name);
    assert.equal(explain(scheduler, p, 5), first, "and the same answer comes again");
  }
  const failing = new Scheduler({
    configuration: configurationOf({ plugins: { multiPoint: { enabled: [{ name: "./broken.mjs" }] } } }),
    snapshot: scheduler.snapshot,
    tieBreak: "heap",
    plain: true,
    customPlugins: new Map([
      [
        "./broken.mjs",
        () => ({
          name: "Broken",
          filter: () => {
            throw new Error("out of order");
          },
        }),
      ],
    ]),
  });
  assert.throws(() => explain(failing, web, 5), /out of order/);
  assert.is(JSON.stringify(stateOf(scheduler)), before);
});

test.run();
