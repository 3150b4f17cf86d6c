// The ReplicaSet controller (and ReplicationController's) in a small world: numbers, slow start, refusals, expectations, adoption.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ApiError } from "../../sim/apiserver/client.ts";
import { replicaSetController, replicationControllerController } from "../../sim/controllers/replica-set.ts";
import { SECOND } from "../../sim/engine/tick.ts";
import type { Pod, ReplicaSet } from "../../sim/model/objects.ts";
import { World, type WorldOptions } from "./world.ts";

const test = suite("controllers/replica-set");

const KEY = "default/web";
const labels = { app: "web" };

function makeWorld(options: Partial<WorldOptions> = {}): World {
  return new World({ controllers: [replicaSetController], ...options });
}

function web(replicas: number, parts: Partial<NonNullable<ReplicaSet["spec"]>> = {}): ReplicaSet {
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { name: "web", namespace: "default" },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "v1" }] } },
      ...parts,
    },
  };
}

function scale(world: World, replicas: number): void {
  world.patch("replicaSets", KEY, (set) => ({ ...set, spec: { ...set.spec, replicas } }));
}

const status = (world: World) => world.get("replicaSets", KEY).status!;

test("as many pods as are wanted, in growing batches; fewer again when fewer are wanted", () => {
  const world = makeWorld();
  world.create("replicaSets", web(11));
  world.run(5);
  const at = world.changes.filter(({ kind, type }) => kind === "pods" && type === "ADDED").map((c) => c.atSeconds);
  const batches = [...new Set(at)].map((time) => at.filter((other) => other === time).length);
  assert.equal(batches, [1, 2, 4, 4]);
  assert.is(status(world).availableReplicas, 11);
  scale(world, 4);
  world.run(0.1);
  assert.is(world.activePods().length, 4);
  assert.equal([status(world).replicas, status(world).terminatingReplicas], [4, 7]);
  world.run(5);
  assert.equal([status(world).replicas, status(world).terminatingReplicas], [4, 0]);
  assert.is(world.messages("ReplicaSet", "SuccessfulDelete").length, 7);
  assert.ok(world.messages("ReplicaSet", "SuccessfulDelete").every((text) => /^Deleted pod: web-\w{5}$/.test(text)));
});

test("no more than 500 at a time", () => {
  const world = makeWorld({ hasKubelets: false });
  world.create("replicaSets", web(1200));
  world.run(10);
  assert.is(world.list("pods").length, 1200);
  const numbers = world.courseOf("replicaSets", KEY, (set) => set.status?.replicas ?? 0);
  assert.ok(numbers.includes(500) && numbers.includes(1000), `${numbers}`);
});

test("pods that end, are deleted or lose their labels are replaced", () => {
  const world = makeWorld();
  world.create("replicaSets", web(3));
  world.run(5);
  const [a, b, c] = world.list("pods").map((pod) => `default/${pod.metadata.name}`);
  world.patchStatus("pods", a!, (pod) => ({ ...pod, status: { ...pod.status, phase: "Failed" } }));
  world.delete("pods", b!);
  world.patch("pods", c!, (pod) => ({ ...pod, metadata: { ...pod.metadata, labels: { app: "other" } } }));
  world.run(10);
  const own = world.activePods().filter((pod) => pod.metadata.ownerReferences?.[0]?.name === "web");
  assert.is(own.length, 3);
  assert.equal(world.get("pods", c!).metadata.ownerReferences, [], "released");
  assert.is(world.get("pods", a!).status?.phase, "Failed", "left to the pod garbage collector");
});

test("a pod that matches and has no owner is adopted, and counts", () => {
  const world = makeWorld();
  world.create("pods", {
    metadata: { name: "stray", namespace: "default", labels },
    spec: { containers: [{ name: "c", image: "by-hand" }] },
  });
  world.run(1);
  world.create("replicaSets", web(3));
  world.run(5);
  assert.is(world.activePods().length, 3);
  assert.is(world.get("pods", "default/stray").metadata.ownerReferences?.[0]?.kind, "ReplicaSet");
});

test("a refused pod stops the batch, is told once, and is tried again later and later until it works", () => {
  let isRefused = true;
  let tries = 0;
  const refuses = (kind: string) => {
    if (kind !== "pods" || !isRefused) return null;
    tries++;
    return new ApiError("Forbidden", 'pods "web-x" is forbidden: exceeded quota: q');
  };
  const world = makeWorld({ refuses });
  world.create("replicaSets", web(20));
  world.run(2);
  // after 5, 10, 20 … ms: and not 20 at each try
  assert.ok(tries >= 8 && tries <= 12, `${tries} tries`);
  const [condition] = status(world).conditions ?? [];
  assert.equal([condition?.type, condition?.status, condition?.reason], ["ReplicaFailure", "True", "FailedCreate"]);
  const [event] = world.messages("ReplicaSet", "FailedCreate");
  assert.is(event, 'Error creating: pods "web-x" is forbidden: exceeded quota: q');
  isRefused = false;
  world.run(10);
  assert.is(status(world).replicas, 20);
  assert.equal(status(world).conditions ?? [], []);
});

test("what it has asked for and not seen yet is not asked for again", () => {
  // watches are late by a second, requests are not
  const world = makeWorld({ hasKubelets: false, watchMicros: SECOND });
  world.create("replicaSets", web(5));
  world.run(1.5);
  scale(world, 6);
  world.run(20);
  assert.is(world.list("pods").length, 6);
});

test("a deletion that it has asked for and not seen yet is not made up for by another", () => {
  const world = makeWorld({ hasKubelets: false, watchMicros: SECOND });
  world.create("replicaSets", web(6));
  world.run(20);
  scale(world, 5);
  world.run(0.5);
  // another pod is made the first to go; this comes to the informer when the deletion has been asked for and not seen
  const last = world
    .list("pods")
    .map((pod) => pod.metadata.name)
    .sort()
    .at(-1);
  const annotations = { "controller.kubernetes.io/pod-deletion-cost": "-9" };
  world.patch("pods", `default/${last}`, (pod) => ({ ...pod, metadata: { ...pod.metadata, annotations } }));
  world.run(20);
  assert.is(world.messages("ReplicaSet", "SuccessfulDelete").length, 1);
});

test("a restarted controller that finds its pods makes no others", () => {
  const world = makeWorld();
  world.create("replicaSets", web(5));
  world.run(5);
  world.restartControllers();
  world.run(5);
  assert.is(world.changes.filter(({ kind, type }) => kind === "pods" && type === "ADDED").length, 5);
});

test("a set that is being deleted neither makes nor removes pods", () => {
  const world = makeWorld();
  const set = web(3);
  world.create("replicaSets", { ...set, metadata: { ...set.metadata, finalizers: ["foregroundDeletion"] } });
  world.run(5);
  world.delete("replicaSets", KEY);
  world.run(1);
  for (const pod of world.list("pods")) world.delete("pods", `default/${pod.metadata.name}`);
  world.run(5);
  assert.is(world.list("pods").length, 0);
  assert.is(status(world).replicas, 0);
});

test("minReadySeconds: available only when ready for so long, and it is looked at in time", () => {
  const world = makeWorld();
  world.create("replicaSets", web(2, { minReadySeconds: 10 }));
  world.run(8);
  assert.equal([status(world).readyReplicas, status(world).availableReplicas], [2, 0]);
  world.runUntil(() => status(world).availableReplicas === 2, 10);
  const ready = world.changes.find(
    ({ kind, object }) =>
      kind === "pods" && (object as Pod).status?.conditions?.some((c) => c.type === "Ready" && c.status === "True"),
  )!;
  const seconds = world.engine.now / SECOND - Math.floor(ready.atSeconds);
  assert.ok(seconds >= 10 && seconds < 11.2, `${seconds} s`);
});

test("fully labelled are those that carry all labels of the template", () => {
  const world = makeWorld();
  const set = web(2);
  world.create("replicaSets", set);
  world.run(5);
  world.patch("replicaSets", KEY, (before) => ({
    ...before,
    spec: {
      ...before.spec,
      replicas: 3,
      template: { ...before.spec!.template!, metadata: { labels: { ...labels, extra: "yes" } } },
    },
  }));
  world.run(5);
  assert.equal(
    [status(world).replicas, status(world).fullyLabeledReplicas, status(world).observedGeneration],
    [3, 1, 2],
  );
});

test("ReplicationControllers do the same, with a selector that defaults to the template's labels", () => {
  const world = makeWorld({ controllers: [replicationControllerController] });
  const { template } = web(3).spec!;
  world.create("replicationControllers", {
    apiVersion: "v1",
    kind: "ReplicationController",
    metadata: { name: "old", namespace: "default" },
    spec: { replicas: 3, template: template! },
  });
  world.run(5);
  assert.is(world.activePods().length, 3);
  assert.equal(world.list("pods")[0]?.metadata.ownerReferences?.[0]?.kind, "ReplicationController");
  const { availableReplicas, terminatingReplicas } = world.get("replicationControllers", "default/old").status!;
  assert.equal([availableReplicas, terminatingReplicas], [3, undefined]);
  const [event] = world.list("events");
  assert.is((event as { source?: { component?: string } }).source?.component, "replication-controller");
});

test("a status that meets a conflict is written on the newest version", () => {
  const world = makeWorld();
  world.create("replicaSets", web(2));
  world.runUntil(() => world.list("pods").length === 2, 5);
  // the informers have not seen this yet when the status is written
  world.client.patch("replicaSets", KEY, (set) => ({
    ...set,
    metadata: { ...set.metadata, annotations: { note: "changed" } },
  }));
  world.run(5);
  assert.is(status(world).replicas, 2);
  assert.is(world.get("replicaSets", KEY).metadata.annotations?.note, "changed");
});

test("nothing to do costs nothing: a settled set writes and asks no more", () => {
  const world = makeWorld();
  world.create("replicaSets", web(5));
  world.run(20);
  const { length } = world.changes;
  const { eventsProcessed } = world.engine;
  world.run(600);
  assert.is(world.changes.length, length);
  assert.ok(world.engine.eventsProcessed - eventsProcessed < 50, "but for the API server's own clockwork");
});

test.run();
