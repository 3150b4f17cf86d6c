// Queueing hints, plugin by plugin: each event that can help is taken, each that cannot is passed over.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Node, PodSpec } from "../../sim/model/objects.ts";
import { defaultSchedulerConfiguration } from "../../sim/model/read-scheduler-configuration.ts";
import {
  ADD,
  type ClusterEvent,
  DELETE,
  type EventResource,
  interested,
  UPDATE_NODE_ALLOCATABLE,
  UPDATE_NODE_LABEL,
  UPDATE_NODE_TAINT,
  UPDATE_POD_GATES_ELIMINATED,
  UPDATE_POD_LABEL,
  UPDATE_POD_SCALE_DOWN,
  UPDATE_POD_TOLERATION,
} from "../../sim/scheduler/cluster-event.ts";
import { hintTable } from "../../sim/scheduler/hints.ts";
import { nodeEvents, podEvents } from "../../sim/scheduler/object-changes.ts";
import { Scheduler } from "../../sim/scheduler/scheduler.ts";
import type { PodInfo } from "../../sim/scheduler/shape.ts";
import { Snapshot } from "../../sim/scheduler/snapshot.ts";
import { infoOf, makeNode, requesting } from "./builders.ts";

const snapshot = new Snapshot();
snapshot.setNamespace({ metadata: { name: "default", labels: { team: "a" } } });
const configuration = defaultSchedulerConfiguration();
const [profile] = configuration.profiles;
const scheduler = new Scheduler({ configuration, snapshot, tieBreak: "first" });
const plugins = [...(scheduler.profiles.get("default-scheduler")?.plugins.keys() ?? [])];
const table = hintTable(plugins, new Map(Object.entries(profile!.args)) as never);

const info = (name: string, spec: Partial<PodSpec> = {}, labels: Record<string, string> = {}) =>
  infoOf(snapshot.shapes, name, spec, { labels });

/** Does the plugin want the pod back for this? */
function queues(
  plugin: string,
  pod: PodInfo,
  resource: EventResource,
  action: number,
  before: unknown,
  after: unknown,
): boolean {
  const event: ClusterEvent = { resource, action };
  const registrations = table.get(plugin);
  assert.ok(registrations, `${plugin} has hints`);
  return registrations!.some(
    (r) => interested(r, event) && (r.hint === undefined || r.hint(pod, before, after, snapshot)),
  );
}

const added = (plugin: string, pod: PodInfo, node: Node) => queues(plugin, pod, "Node", ADD, undefined, node);
const tainted = (name: string, key: string, effect = "NoSchedule"): Node => ({
  ...makeNode(name),
  spec: { taints: [{ key, effect }] },
});

test("every default plugin that can reject has hints", () => {
  const silent = new Set(["PrioritySort", "NodeResourcesBalancedAllocation", "ImageLocality", "DefaultBinder"]);
  for (const name of plugins) if (!silent.has(name)) assert.ok(table.has(name), name);
});

test("NodeResourcesFit: a node that is large enough, one that grew in what is wanted, any pod that left", () => {
  const pod = info("fit", requesting({ cpu: "2", "example.com/gpu": 1 }));
  assert.not(added("NodeResourcesFit", pod, makeNode("plain")));
  assert.ok(added("NodeResourcesFit", pod, makeNode("gpu", { "example.com/gpu": 2 })));
  assert.not(added("NodeResourcesFit", pod, makeNode("small", { cpu: "1", "example.com/gpu": 2 })));
  const grown = (before: Node, after: Node) =>
    queues("NodeResourcesFit", pod, "Node", UPDATE_NODE_ALLOCATABLE, before, after);
  assert.ok(grown(makeNode("n", { "example.com/gpu": 1 }), makeNode("n", { "example.com/gpu": 2 })));
  assert.not(
    grown(makeNode("n", { "example.com/gpu": 1 }), makeNode("n", { "example.com/gpu": 1, memory: "64Gi" })),
    "memory was not asked for",
  );
  assert.not(grown(makeNode("n", { cpu: "1" }), makeNode("n", { cpu: "8" })), "there is no GPU");
  assert.ok(queues("NodeResourcesFit", pod, "AssignedPod", DELETE, info("other"), undefined));
  const scaled = (before: PodInfo, after: PodInfo) =>
    queues("NodeResourcesFit", pod, "AssignedPod", UPDATE_POD_SCALE_DOWN, before, after);
  assert.ok(scaled(info("s", requesting({ cpu: "2" })), info("s", requesting({ cpu: "1" }))));
  assert.not(scaled(info("s", requesting({ memory: "2Gi" })), info("s", requesting({ memory: "1Gi" }))));
  assert.not(queues("NodeResourcesFit", pod, "AssignedPod", ADD, undefined, info("other")));
});

test("TaintToleration: nodes whose taints are tolerated now and were not before", () => {
  const pod = info("tolerant", { tolerations: [{ key: "gpu", operator: "Exists" }] });
  assert.ok(added("TaintToleration", pod, tainted("n", "gpu")));
  assert.not(added("TaintToleration", pod, tainted("n", "other")));
  const changed = (before: Node, after: Node) =>
    queues("TaintToleration", pod, "Node", UPDATE_NODE_TAINT, before, after);
  assert.ok(changed(tainted("n", "other"), tainted("n", "gpu")));
  assert.ok(changed(tainted("n", "other"), tainted("n", "other", "PreferNoSchedule")));
  assert.not(changed(tainted("n", "gpu"), makeNode("n")), "it was tolerable before");
  const own = info("tolerant", { tolerations: [] });
  assert.ok(queues("TaintToleration", pod, "UnscheduledPod", UPDATE_POD_TOLERATION, pod, own));
  assert.not(queues("TaintToleration", pod, "UnscheduledPod", UPDATE_POD_TOLERATION, info("x"), info("x")));
});

test("NodeUnschedulable: an uncordoned node, or a cordoned one for those who tolerate it", () => {
  const cordoned: Node = { ...makeNode("n"), spec: { unschedulable: true } };
  const key = "node.kubernetes.io/unschedulable";
  assert.ok(queues("NodeUnschedulable", info("p"), "Node", UPDATE_NODE_TAINT, cordoned, makeNode("n")));
  assert.not(queues("NodeUnschedulable", info("p"), "Node", UPDATE_NODE_TAINT, makeNode("n"), makeNode("n")));
  assert.not(added("NodeUnschedulable", info("p"), cordoned));
  assert.ok(added("NodeUnschedulable", info("t", { tolerations: [{ key, operator: "Exists" }] }), cordoned));
});

test("NodeAffinity and NodeName: a node that matches and did not before", () => {
  const pod = info("ssd", { nodeSelector: { disk: "ssd" } });
  assert.ok(added("NodeAffinity", pod, makeNode("n", {}, { disk: "ssd" })));
  assert.not(added("NodeAffinity", pod, makeNode("n", {}, { disk: "hdd" })));
  const relabelled = (before: string, after: string) =>
    queues(
      "NodeAffinity",
      pod,
      "Node",
      UPDATE_NODE_LABEL,
      makeNode("n", {}, { disk: before }),
      makeNode("n", {}, { disk: after }),
    );
  assert.equal([relabelled("hdd", "ssd"), relabelled("ssd", "hdd"), relabelled("hdd", "tape")], [true, false, false]);
  assert.ok(added("NodeName", info("named", { nodeName: "n" }), makeNode("n")));
  assert.not(added("NodeName", info("named", { nodeName: "n" }), makeNode("m")));
});

test("NodePorts: a pod left that held one of the ports", () => {
  const port = (hostPort: number, hostIP?: string): Partial<PodSpec> => ({
    containers: [{ name: "c", ports: [{ containerPort: 1, hostPort, hostIP }] }],
  });
  const left = (other: PodInfo) => queues("NodePorts", info("p", port(80)), "AssignedPod", DELETE, other, undefined);
  assert.equal(
    [left(info("a", port(80))), left(info("b", port(80, "10.0.0.1"))), left(info("c", port(81))), left(info("d"))],
    [true, true, false, false],
  );
  assert.ok(added("NodePorts", info("p", port(80)), makeNode("n")));
});

test("PodTopologySpread: pods that count, nodes that have the keys", () => {
  const spread: Partial<PodSpec> = {
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "zone",
        whenUnsatisfiable: "DoNotSchedule",
        labelSelector: { matchLabels: { app: "web" } },
      },
    ],
  };
  const pod = info("p", spread, { app: "web" });
  const web = info("w", {}, { app: "web" });
  const db = info("d", {}, { app: "db" });
  const foreign = infoOf(snapshot.shapes, "f", {}, { namespace: "elsewhere", labels: { app: "web" } });
  const event = (action: number, before: unknown, after: unknown) =>
    queues("PodTopologySpread", pod, "AssignedPod", action, before, after);
  assert.equal(
    [event(ADD, undefined, web), event(ADD, undefined, db), event(ADD, undefined, foreign)],
    [true, false, false],
  );
  assert.equal([event(DELETE, web, undefined), event(DELETE, db, undefined)], [true, false]);
  assert.equal([event(UPDATE_POD_LABEL, web, db), event(UPDATE_POD_LABEL, db, db)], [true, false]);
  const node = (
    action: number,
    before: Record<string, string> | undefined,
    after: Record<string, string> | undefined,
  ) =>
    queues(
      "PodTopologySpread",
      pod,
      "Node",
      action,
      before && makeNode("n", {}, before),
      after && makeNode("n", {}, after),
    );
  assert.equal([node(ADD, undefined, { zone: "a" }), node(ADD, undefined, {})], [true, false]);
  assert.equal([node(DELETE, { zone: "a" }, undefined), node(DELETE, {}, undefined)], [true, false]);
  assert.equal(
    [
      node(UPDATE_NODE_LABEL, { zone: "a" }, { zone: "b" }),
      node(UPDATE_NODE_LABEL, { zone: "a" }, { zone: "a", x: "y" }),
    ],
    [true, false],
  );
});

test("InterPodAffinity: pods that attract came, pods that repel left, nodes with the keys", () => {
  const term = (app: string) => ({ labelSelector: { matchLabels: { app } }, topologyKey: "zone" });
  const affine = info("affine", {
    affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term("db")] } },
  });
  const averse = info(
    "averse",
    { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term("db")] } } },
    { app: "averse" },
  );
  const db = info("db", {}, { app: "db" });
  const web = info("web", {}, { app: "web" });
  const hostile = info("hostile", {
    affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term("averse")] } },
  });
  const event = (pod: PodInfo, action: number, before: unknown, after: unknown) =>
    queues("InterPodAffinity", pod, "AssignedPod", action, before, after);
  assert.equal(
    [event(affine, ADD, undefined, db), event(affine, ADD, undefined, web), event(affine, DELETE, db, undefined)],
    [true, false, false],
  );
  assert.equal([event(affine, UPDATE_POD_LABEL, web, db), event(affine, UPDATE_POD_LABEL, db, web)], [true, false]);
  assert.equal(
    [event(averse, DELETE, db, undefined), event(averse, DELETE, web, undefined), event(averse, ADD, undefined, db)],
    [true, false, false],
  );
  assert.ok(event(averse, DELETE, hostile, undefined), "it repelled us");
  assert.ok(event(averse, UPDATE_POD_LABEL, db, web));
  const node = (pod: PodInfo, before: Record<string, string> | undefined, after: Record<string, string>) =>
    queues(
      "InterPodAffinity",
      pod,
      "Node",
      before === undefined ? ADD : UPDATE_NODE_LABEL,
      before && makeNode("n", {}, before),
      makeNode("n", {}, after),
    );
  assert.equal(
    [node(affine, undefined, { zone: "a" }), node(affine, undefined, {}), node(affine, {}, { zone: "a" })],
    [true, false, true],
  );
  assert.equal(
    [
      node(averse, undefined, {}),
      node(averse, { zone: "a" }, { zone: "b" }),
      node(averse, { zone: "a" }, { zone: "a", x: "y" }),
    ],
    [true, true, false],
  );
});

test("what a change of an object means", () => {
  const names = (events: readonly ClusterEvent[]) => events.map((e) => e.action);
  const heartbeat: Node = { ...makeNode("n"), status: { ...makeNode("n").status, conditions: [] } };
  assert.equal(names(nodeEvents(makeNode("n"), heartbeat)), []);
  assert.equal(names(nodeEvents(makeNode("n"), makeNode("n", { cpu: "8" }, { a: "b" }))), [
    UPDATE_NODE_ALLOCATABLE,
    UPDATE_NODE_LABEL,
  ]);
  assert.equal(names(nodeEvents(makeNode("n"), tainted("n", "x"))), [UPDATE_NODE_TAINT]);
  const gated = info("p", { schedulingGates: [{ name: "g" }] });
  assert.equal(names(podEvents(gated, info("p"), false)), [UPDATE_POD_GATES_ELIMINATED]);
  assert.equal(names(podEvents(info("p"), info("p"), false)), []);
  assert.equal(names(podEvents(info("p"), info("p", {}, { a: "b" }), true)), [UPDATE_POD_LABEL]);
  assert.equal(names(podEvents(info("p", requesting({ cpu: 2 })), info("p", requesting({ cpu: 1 })), true)), [
    UPDATE_POD_SCALE_DOWN,
  ]);
});

test.run();
