import { test } from "uvu";
import * as assert from "uvu/assert";
import { nodeLifecycle } from "../../sim/controllers/node-lifecycle.ts";
import { taintEviction } from "../../sim/controllers/taint-eviction.ts";
import type { Node } from "../../sim/model/objects.ts";
import { makePod } from "../scheduler/builders.ts";
import { Heartbeats } from "./heartbeats.ts";
import { type Change, World, type WorldOptions } from "./world.ts";

interface Cluster {
  readonly world: World;
  readonly beats: Heartbeats;
}

/** A cluster with this many nodes in each zone, named a0, a1 … b0 …, that has been quiet for a while. */
function cluster(zones: Record<string, number>, options: Partial<WorldOptions> = {}): Cluster {
  const world = new World({ controllers: [nodeLifecycle, taintEviction], nodes: 0, hasKubelets: false, ...options });
  const beats = new Heartbeats(world);
  for (const [zone, count] of Object.entries(zones)) {
    for (let i = 0; i < count; i++) beats.register(`${zone}${i}`, zone, (i * 7) % 10);
  }
  world.run(20);
  return { world, beats };
}

function addPod(world: World, name: string, node: string, tolerationSeconds: number | null): void {
  const tolerations = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"].map((key) => ({
    key,
    operator: "Exists",
    effect: "NoExecute",
    ...(tolerationSeconds === null ? {} : { tolerationSeconds }),
  }));
  const pod = makePod(name, { nodeName: node, tolerations, terminationGracePeriodSeconds: 30 });
  const conditions = [{ type: "Ready", status: "True" }];
  world.create("pods", pod);
  world.run(0.1);
  world.patchStatus("pods", `default/${name}`, (p) => ({ ...p, status: { phase: "Running", conditions } }));
}

const readyOf = (node: Node) => node.status?.conditions?.find(({ type }) => type === "Ready");
const taintsOf = (node: Node) => (node.spec?.taints ?? []).map(({ key, effect }) => `${key.split("/")[1]}:${effect}`);
const has = (node: Node, effect: string) => taintsOf(node).includes(`unreachable:${effect}`);

/** When each node first satisfied something, in seconds since `from`. */
function firsts(world: World, from: number, holds: (node: Node) => boolean): Map<string, number> {
  const times = new Map<string, number>();
  for (const { atSeconds, kind, object } of world.changes as Change[]) {
    const { name } = object.metadata;
    if (kind === "nodes" && atSeconds > from && !times.has(name) && holds(object as Node)) {
      times.set(name, atSeconds - from);
    }
  }
  return times;
}

test("a silent node is marked Unknown 50 s after the tick that last saw a renewal, at a tick of the monitor", () => {
  const { world, beats } = cluster({ a: 5 });
  // a1 beats at 7, 17, 27 … after its registration at 0.2
  const killed = world.engine.now / 1e6;
  beats.stop("a1");
  world.run(80);
  const unknown = firsts(world, 0, (node) => readyOf(node)?.status === "Unknown").get("a1")!;
  assert.ok(unknown - killed > 40 && unknown - killed <= 55.1, `${unknown - killed}`);
  // the monitor began with the controllers, at 0.1 s, and looks every 5 s
  assert.ok((unknown - 0.1) % 5 < 0.05, `${unknown}`);
  // last renewal at 17.2, seen at 20.1, silent for 50 s at 70.1
  assert.is(Math.floor(unknown * 10) / 10, 70.1);
  const node = world.get("nodes", "a1");
  assert.equal(
    node.status!.conditions!.map(({ type, status, reason }) => [type, status, reason]),
    ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"].map((type) => [type, "Unknown", "NodeStatusUnknown"]),
  );
  assert.equal(world.messages("Node", "NodeNotReady"), ["Node a1 status is now: NodeNotReady"]);
});

test("taints: NoSchedule at once, NoExecute right after; its pods are marked and told about", () => {
  const { world, beats } = cluster({ a: 5 });
  addPod(world, "p", "a1", 300);
  addPod(world, "q", "a0", 300);
  world.run(1);
  beats.stop("a1");
  world.run(80);
  const unknown = firsts(world, 0, (node) => readyOf(node)?.status === "Unknown").get("a1")!;
  assert.ok(firsts(world, 0, (node) => has(node, "NoSchedule")).get("a1")! - unknown < 0.1);
  assert.ok(firsts(world, 0, (node) => has(node, "NoExecute")).get("a1")! - unknown < 0.3);
  const ready = (name: string) => world.get("pods", `default/${name}`).status!.conditions![0]!.status;
  assert.equal([ready("p"), ready("q")], ["False", "True"]);
  assert.equal(world.messages("Pod", "NodeNotReady"), ["Node is not ready"]);
  assert.equal(taintsOf(world.get("nodes", "a0")), []);
});

test("a node that comes back loses NoSchedule at once and NoExecute at the next tick", () => {
  const { world, beats } = cluster({ a: 5 });
  beats.stop("a1");
  world.run(80);
  world.run(2);
  const back = world.engine.now / 1e6;
  beats.resume("a1");
  world.run(20);
  const free = firsts(world, back, (node) => readyOf(node)?.status === "True" && !has(node, "NoSchedule")).get("a1")!;
  assert.ok(free < 0.1, `${free}`);
  const released = firsts(world, back, (node) => readyOf(node)?.status === "True" && taintsOf(node).length === 0);
  const at = back + released.get("a1")!;
  assert.ok((at - 0.1) % 5 < 0.1 && released.get("a1")! < 5.1, `${at}`);
});

test("a silence shorter than the grace period has no consequence", () => {
  const { world, beats } = cluster({ a: 5 });
  beats.stop("a1");
  world.run(35);
  beats.resume("a1");
  world.run(100);
  assert.equal(world.messages("Node", "NodeNotReady"), []);
});

test("a whole zone is given up at the normal rate: one node at once, then one every ten seconds", () => {
  const { world, beats } = cluster({ a: 6, b: 6, c: 6 });
  beats.stop("a0", "a1", "a2", "a3", "a4", "a5");
  world.run(130);
  const times = [...firsts(world, 0, (node) => has(node, "NoExecute")).values()].sort((x, y) => x - y);
  assert.is(times.length, 6);
  const gaps = times.slice(1).map((time, i) => time - times[i]!);
  for (const gap of gaps) assert.ok(gap > 9.9 && gap < 10.3, `${gaps}`);
});

test("a part of a small zone: nobody is given up once the zone is seen to be partly disrupted", () => {
  const { world, beats } = cluster({ a: 10, b: 5 });
  // all of one phase, so that they fall at the same tick
  beats.stop("a0", "a1", "a2", "a3", "a4", "a5");
  world.run(200);
  const unknown = firsts(world, 0, (node) => readyOf(node)?.status === "Unknown");
  const tainted = firsts(world, 0, (node) => has(node, "NoExecute"));
  assert.is(unknown.size, 6);
  assert.ok(tainted.size <= 2, `${tainted.size}`);
});

test("a part of a large zone: at the secondary rate", () => {
  const { world, beats } = cluster({ a: 10 }, { flags: { largeClusterSizeThreshold: 9 } });
  beats.stop("a0", "a1", "a2", "a3", "a4", "a5");
  world.run(290);
  const times = [...firsts(world, 0, (node) => has(node, "NoExecute")).values()].sort((x, y) => x - y);
  const slow = times.slice(1).map((time, i) => time - times[i]!);
  assert.ok(times.length >= 3 && slow.at(-1)! > 99, `${times}`);
});

test("all nodes silent: nobody is given up, and taints are taken back", () => {
  const { world, beats } = cluster({ a: 3, b: 3 });
  beats.stop("a0", "a1", "a2", "b0", "b1", "b2");
  world.run(150);
  const left = world.list("nodes").filter((node) => has(node, "NoExecute"));
  assert.ok(left.length <= 1, `${left.map(({ metadata }) => metadata.name)}`);
  assert.ok(world.list("nodes").every((node) => has(node, "NoSchedule")));
  // one comes back: clocks begin anew, and the others are given up again one by one
  const from = world.engine.now / 1e6;
  beats.resume("a0");
  world.run(60);
  const tainted = firsts(world, from, (node) => has(node, "NoExecute") && readyOf(node)?.status === "Unknown");
  assert.ok(tainted.has("b0") && tainted.has("a1"));
});

test("a kubelet that says that its node is not ready: tainted not-ready, without waiting for any grace period", () => {
  const { world, beats } = cluster({ a: 5 });
  const from = world.engine.now / 1e6;
  beats.post("a1", "False");
  world.run(15);
  const tainted = firsts(world, from, (node) => taintsOf(node).includes("not-ready:NoExecute"));
  assert.ok(tainted.get("a1")! < 5.3, `${tainted.get("a1")}`);
  // then it is cut off: the taint becomes the other one without a gap
  beats.stop("a1");
  world.run(80);
  const course = world.courseOf("nodes", "a1", taintsOf);
  assert.ok(course.some((taints) => taints.filter((taint) => taint.endsWith("NoExecute")).length === 2));
  assert.equal(taintsOf(world.get("nodes", "a1")).sort(), ["unreachable:NoExecute", "unreachable:NoSchedule"]);
});

test("cordon and pressure are NoSchedule taints at once", () => {
  const { world } = cluster({ a: 2 });
  world.patch("nodes", "a0", (node) => ({ ...node, spec: { ...node.spec, unschedulable: true } }));
  world.patchStatus("nodes", "a1", (node) => ({
    ...node,
    status: {
      ...node.status,
      conditions: node.status!.conditions!.map((c) => (c.type === "DiskPressure" ? { ...c, status: "True" } : c)),
    },
  }));
  world.run(0.1);
  assert.equal(taintsOf(world.get("nodes", "a0")), ["unschedulable:NoSchedule"]);
  assert.equal(taintsOf(world.get("nodes", "a1")), ["disk-pressure:NoSchedule"]);
});

test("after a restart of the controller manager clocks are fresh, and all nodes are registered again", () => {
  const { world, beats } = cluster({ a: 5 });
  beats.stop("a1");
  world.run(40);
  const before = world.messages("Node", "RegisteredNode").length;
  world.restartControllers();
  world.run(45);
  assert.equal(world.messages("Node", "NodeNotReady"), []);
  assert.is(world.messages("Node", "RegisteredNode").length, before + 5);
  world.run(15);
  assert.is(world.messages("Node", "NodeNotReady").length, 1);
});

test("a node that never posted a status: 60 s from its creation", () => {
  const { world } = cluster({ a: 2 });
  const from = world.engine.now / 1e6;
  world.create("nodes", { metadata: { name: "mute" }, status: {} });
  world.run(80);
  const at = firsts(world, from, (node) => readyOf(node)?.reason === "NodeStatusNeverUpdated").get("mute")!;
  assert.ok(at >= 59 && at < 65.2, `${at}`);
});

test("promised heartbeats: nothing is looked at while they stand, and the last one counts when they end", () => {
  const listeners: ((name: string, last: number) => void)[] = [];
  let isPromised = true;
  const heartbeats = {
    lastRenewalMicros: (_name: string, now: number) => (isPromised ? now : null),
    listen: (ended: (name: string, last: number) => void) => listeners.push(ended),
  };
  const promised = {
    ...nodeLifecycle,
    start: (context: never) => nodeLifecycle.start({ ...(context as object), heartbeats } as never),
  };
  const world = new World({ controllers: [promised], nodes: 3, hasKubelets: false });
  world.run(120);
  const quiet = world.engine.eventsProcessed;
  world.run(3600);
  assert.ok(
    world.engine.eventsProcessed - quiet < 20,
    `${world.engine.eventsProcessed - quiet} events in a quiet hour`,
  );
  assert.equal(world.messages("Node", "NodeNotReady"), []);
  isPromised = false;
  const ended = world.engine.now;
  for (const listener of listeners) listener("node-1", ended - 4e6);
  world.run(80);
  assert.is(world.messages("Node", "NodeNotReady").length, 1);
  const at = firsts(world, 0, (node) => readyOf(node)?.status === "Unknown").get("node-1")! - ended / 1e6;
  assert.ok(at >= 46 && at <= 51.1, `${at}`);
});

test.run();
