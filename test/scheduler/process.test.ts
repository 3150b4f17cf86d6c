// The scheduler in virtual time: when pods are tried, what brings them back, what happens when things change in between.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MILLISECOND } from "../../sim/engine/tick.ts";
import type { Node, PodSpec } from "../../sim/model/objects.ts";
import { readSchedulerConfiguration } from "../../sim/model/read-scheduler-configuration.ts";
import { makeNode, makePod, requesting } from "./builders.ts";
import { World } from "./world.ts";

const cpu = (amount: string, spec: Partial<PodSpec> = {}): Partial<PodSpec> => ({
  ...requesting({ cpu: amount }),
  ...spec,
});

test("creation to running: request, watch, cycle, binding and start each take their time", () => {
  const world = new World();
  world.store.create("nodes", makeNode("n"));
  world.until(1);
  world.client.create("pods", makePod("p", cpu("1")));
  world.until(10);
  const { numbers } = world.recorder.pods;
  const at = (column: "createdMicros" | "scheduledMicros" | "runningMicros") => numbers[column].get(0) - 1_000_000;
  // creation is stored after 1 ms, seen 1 ms later, tried for 1 ms, bound 4 ms later by a request that is 1 ms on its way
  assert.is(at("createdMicros"), MILLISECOND);
  assert.is(at("scheduledMicros"), 8 * MILLISECOND);
  assert.is(at("runningMicros"), 1_000_000 + 10 * MILLISECOND);
  assert.equal(world.events("Scheduled"), ["default/p: Successfully assigned default/p to n"]);
  assert.is(world.pod("p")?.status?.phase, "Running");
});

test("bindings run beside further cycles", () => {
  const world = new World();
  world.store.create("nodes", makeNode("n"));
  world.until(1);
  for (let i = 0; i < 8; i++) world.client.create("pods", makePod(`p${i}`, cpu("100m")));
  world.until(2);
  const times = Array.from({ length: 8 }, (_, i) => world.recorder.pods.numbers.scheduledMicros.get(i));
  assert.equal(
    times.map((t) => (t - times[0]!) / MILLISECOND),
    [0, 1, 2, 3, 4, 5, 6, 7],
  );
});

test("a pod that fits nowhere says why, waits, and is placed when a fitting node joins", () => {
  const world = new World();
  world.store.create("nodes", makeNode("small", { cpu: "1" }));
  world.client.create("pods", makePod("big", cpu("3")));
  world.until(20);
  assert.equal([world.place("big"), world.attempts("big")], ["unschedulable", 1]);
  const condition = world.pod("big")?.status?.conditions?.find((c) => c.type === "PodScheduled");
  assert.equal([condition?.status, condition?.reason], ["False", "Unschedulable"]);
  assert.match(condition?.message ?? "", /^0\/1 nodes are available: 1 Insufficient cpu\./);
  world.client.create("nodes", makeNode("still-small", { cpu: "2" }));
  world.until(30);
  assert.is(world.attempts("big"), 1, "that node cannot help");
  world.client.create("nodes", makeNode("large", { cpu: "4" }));
  world.until(31);
  assert.equal([world.nodeOf("big"), world.attempts("big")], ["large", 2]);
  assert.is(world.events("FailedScheduling").length, 1);
});

test("room that a leaving pod gives back goes to the one that waits", () => {
  const world = new World();
  world.store.create("nodes", makeNode("n", { cpu: "2" }));
  world.client.create("pods", makePod("first", cpu("2", { terminationGracePeriodSeconds: 5 })));
  world.until(3);
  world.client.create("pods", makePod("second", cpu("2")));
  world.until(10);
  assert.is(world.place("second"), "unschedulable");
  world.client.delete("pods", "default/first", {});
  world.until(10.5);
  assert.is(world.nodeOf("second"), "", "the first still stops");
  world.until(15);
  assert.equal([world.nodeOf("first"), world.nodeOf("second")], [undefined, "n"]);
});

test("an uncordoned node, a removed taint and a new label each bring back whom they help", () => {
  const world = new World();
  const cordoned: Node = { ...makeNode("a"), spec: { unschedulable: true } };
  const tainted: Node = { ...makeNode("b"), spec: { taints: [{ key: "k", effect: "NoSchedule" }] } };
  world.store.create("nodes", cordoned);
  world.store.create("nodes", tainted);
  world.client.create("pods", makePod("any"));
  world.client.create("pods", makePod("ssd", { nodeSelector: { disk: "ssd" } }));
  world.until(5);
  assert.equal([world.place("any"), world.place("ssd")], ["unschedulable", "unschedulable"]);
  world.client.update("nodes", makeNode("a"));
  world.until(10);
  // one node was cordoned, so the news is worth a try
  assert.equal([world.nodeOf("any"), world.nodeOf("ssd"), world.attempts("ssd")], ["a", "", 2]);
  world.client.update("nodes", { ...tainted, metadata: { name: "b", labels: { disk: "ssd" } } });
  world.until(15);
  assert.equal([world.nodeOf("ssd"), world.attempts("ssd")], ["", 3], "labelled, but still tainted");
  world.client.update("nodes", makeNode("b", {}, { disk: "ssd" }));
  world.until(30);
  assert.is(world.nodeOf("ssd"), "b");
});

test("a gated pod is held until its gates are gone", () => {
  const world = new World();
  world.store.create("nodes", makeNode("n"));
  world.client.create("pods", makePod("p", { schedulingGates: [{ name: "example.com/quota" }] }));
  world.until(30);
  assert.equal([world.place("p"), world.attempts("p"), world.recorder.counts.gated], ["gated", 0, 1]);
  world.client.update("pods", makePod("p"));
  world.until(31);
  assert.equal([world.nodeOf("p"), world.recorder.counts.gated], ["n", 0]);
  const gatedMicros = world.recorder.pods.numbers.gatedMicros.get(0);
  assert.ok(gatedMicros > 29_990_000 && gatedMicros < 30_010_000);
});

test("without nodes a pod is tried again and again, at growing distance", () => {
  const world = new World();
  world.client.create("pods", makePod("p"));
  world.until(60);
  assert.is(world.place("p"), "errorBackoff");
  // about 2, 3, 5, 9, 11 … seconds apart
  assert.ok(world.attempts("p") >= 6 && world.attempts("p") <= 9, `${world.attempts("p")} attempts`);
  assert.match(world.events("FailedScheduling")[0] ?? "", /no nodes available to schedule pods/);
  world.client.create("nodes", makeNode("n"));
  world.until(75);
  assert.is(world.nodeOf("p"), "n");
});

test("a pod that is deleted while it is tried or bound leaves nothing behind", () => {
  for (const deleteAt of [3.5, 4.5, 6, 7.5, 8.5]) {
    const world = new World();
    world.store.create("nodes", makeNode("n", { cpu: "2" }));
    world.until(1);
    world.client.create("pods", makePod("gone", cpu("2")));
    world.until(1 + deleteAt / 1000 - 0.001);
    world.client.delete("pods", "default/gone", { gracePeriodSeconds: 0 });
    world.until(2);
    world.client.create("pods", makePod("next", cpu("2")));
    world.until(3);
    assert.is(world.nodeOf("gone"), undefined, `deleted at ${deleteAt} ms`);
    assert.is(world.nodeOf("next"), "n", `deleted at ${deleteAt} ms`);
    assert.is(world.scheduler.snapshot.node("n")?.requestedCpuMilli, 2000);
  }
});

test("a binding that the API refuses is undone and tried again", () => {
  const world = new World();
  world.store.create("nodes", makeNode("a", { cpu: "2" }));
  world.store.create("nodes", makeNode("b", { cpu: "2" }));
  world.until(1);
  world.client.create("pods", makePod("p", cpu("2")));
  world.until(1.0035);
  // somebody else is faster
  world.store.bind({ namespace: "default", name: "p", uid: "uid-p", nodeName: "b" });
  world.until(2);
  assert.is(world.nodeOf("p"), "b");
  assert.is(world.recorder.scheduling.profile("default-scheduler").bindFailures, 1);
  assert.equal(
    ["a", "b"].map((n) => world.scheduler.snapshot.node(n)?.requestedCpuMilli),
    [0, 2000],
  );
});

test("a node that goes takes its pods out of the picture, and brings them back when it returns", () => {
  const world = new World();
  world.store.create("nodes", makeNode("n", { cpu: "2" }));
  world.client.create("pods", makePod("p", cpu("2")));
  world.until(3);
  world.client.delete("nodes", "n", {});
  world.until(4);
  assert.is(world.scheduler.snapshot.nodeCount, 0);
  world.client.create("nodes", makeNode("n", { cpu: "3" }));
  world.until(5);
  assert.is(world.scheduler.snapshot.node("n")?.requestedCpuMilli, 2000);
  world.client.create("pods", makePod("q", cpu("2")));
  world.until(6);
  assert.is(world.place("q"), "unschedulable");
});

test("a node that goes while a pod is being bound to it", () => {
  const world = new World();
  world.store.create("nodes", makeNode("n"));
  world.until(1);
  world.client.create("pods", makePod("p"));
  world.until(1.004);
  world.store.delete("nodes", "n", {});
  world.store.delete("pods", "default/p", {});
  world.until(5);
  assert.equal(
    [world.nodeOf("p"), world.scheduler.snapshot.nodeCount, world.process.queue.activeCount],
    [undefined, 0, 0],
  );
});

test("preemption: the victim is deleted with its grace, the preemptor takes the room that it was promised", () => {
  const world = new World();
  world.store.create("nodes", makeNode("n", { cpu: "2" }));
  world.client.create("pods", makePod("low", cpu("2", { priority: 1, terminationGracePeriodSeconds: 30 })));
  world.until(3);
  world.client.create("pods", makePod("high", cpu("2", { priority: 10 })));
  world.until(3.1);
  assert.is(world.pod("high")?.status?.nominatedNodeName, "n");
  assert.ok(world.pod("low")?.metadata.deletionTimestamp);
  const target = world.pod("low")?.status?.conditions?.find((c) => c.type === "DisruptionTarget");
  assert.equal([target?.status, target?.reason], ["True", "PreemptionByScheduler"]);
  assert.is(world.pod("low")?.status?.phase, "Running", "its status was not lost");
  // room would do for a small pod of lower priority, but it is taken
  world.client.create("pods", makePod("thief", cpu("1", { priority: 5 })));
  world.until(20);
  assert.equal([world.nodeOf("low"), world.nodeOf("high"), world.nodeOf("thief")], [undefined, "n", ""]);
  assert.equal(world.events("Preempted"), ["default/low: Preempted by pod uid-high on node n"]);
  const counters = world.recorder.scheduling.profile("default-scheduler");
  assert.equal([counters.preemptions, counters.victims], [1, 1]);
});

test("several victims: the preemptor is held until the last one is on its way", () => {
  const world = new World();
  world.store.create("nodes", makeNode("n", { cpu: "4" }));
  for (let i = 0; i < 4; i++) world.client.create("pods", makePod(`low${i}`, cpu("1", { priority: 1 })));
  world.until(3);
  world.client.create("pods", makePod("high", cpu("4", { priority: 10 })));
  world.until(3.5);
  assert.is(world.attempts("high"), 1);
  world.until(10);
  assert.is(world.nodeOf("high"), "n");
  assert.is(world.events("Preempted").length, 4);
  assert.is(world.recorder.counts.deleted, 4);
});

test("profiles by scheduler name; pods of others are counted and left alone", () => {
  const { configuration } = readSchedulerConfiguration({
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    profiles: [
      { schedulerName: "default-scheduler" },
      {
        schedulerName: "packer",
        pluginConfig: [
          {
            name: "NodeResourcesFit",
            args: { scoringStrategy: { type: "MostAllocated", resources: [{ name: "cpu", weight: 1 }] } },
          },
        ],
        plugins: { score: { disabled: [{ name: "NodeResourcesBalancedAllocation" }] } },
      },
    ],
  });
  const world = new World(configuration);
  world.store.create("nodes", makeNode("a"));
  world.store.create("nodes", makeNode("b"));
  world.store.create("pods", makePod("there", { ...cpu("1"), nodeName: "a" }));
  world.until(1);
  world.client.create("pods", makePod("spread", cpu("1")));
  world.client.create("pods", makePod("packed", cpu("1", { schedulerName: "packer" })));
  world.client.create("pods", makePod("foreign", cpu("1", { schedulerName: "somebody-else" })));
  world.until(5);
  assert.equal(
    ["spread", "packed", "foreign"].map((n) => world.nodeOf(n)),
    ["b", "a", ""],
  );
  assert.equal([...world.process.unknownSchedulers], [["somebody-else", 1]]);
});

test("a pod without an event that could help is tried again after five minutes", () => {
  const world = new World();
  world.store.create("nodes", makeNode("n", { cpu: "1" }));
  world.client.create("pods", makePod("big", cpu("3")));
  world.until(329);
  assert.is(world.attempts("big"), 1);
  world.until(331);
  assert.is(world.attempts("big"), 2);
});

test.run();
