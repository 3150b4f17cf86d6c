import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Pod, PodCondition } from "../../sim/model/objects.ts";
import { pod, World } from "./world.ts";

const test = suite("node/status-manager");

const ready = (world: World) => conditionOf(world, "Ready")?.status;

function conditionOf(world: World, type: string, name = "a"): PodCondition | undefined {
  return world.pod(name)?.status?.conditions?.find((c) => c.type === type);
}

/** As others write statuses. */
function say(world: World, change: (status: NonNullable<Pod["status"]>) => Pod["status"]): void {
  world.client.patchStatus("pods", "default/a", (before) => ({ ...before, status: change(before.status ?? {}) }));
}

const unready = (status: NonNullable<Pod["status"]>): Pod["status"] => ({
  ...status,
  conditions: (status.conditions ?? []).map((c) => (c.type === "Ready" ? { ...c, status: "False" as const } : c)),
});

test("what others say of a pod's readiness is corrected within 10 s", () => {
  const world = new World();
  world.create(pod("a"));
  world.at(20, () => say(world, unready));
  world.run(20.5);
  assert.is(ready(world), "False");
  world.run(31);
  assert.is(ready(world), "True");
});

test("a kubelet that was frozen while its node was given up corrects it when it thaws", () => {
  const world = new World();
  world.create(pod("a"));
  let thaw = (): void => undefined;
  world.at(20, () => {
    thaw = world.faults.freeze("n1");
  });
  world.at(80, () => say(world, unready));
  world.at(200, () => thaw());
  world.run(199);
  assert.is(ready(world), "False");
  world.run(215);
  assert.is(ready(world), "True");
  const writes = world.history.length;
  world.run(600);
  assert.is(world.history.length, writes, "once");
});

test("statuses of containers and the phase are the kubelet's too", () => {
  const world = new World();
  world.create(pod("a"));
  world.at(20, () => say(world, (status) => ({ ...status, phase: "Pending", containerStatuses: [] })));
  world.run(31);
  assert.is(world.pod("a")?.status?.phase, "Running");
  assert.is(world.pod("a")?.status?.containerStatuses?.[0]?.ready, true);
});

test("conditions of others stay, whenever they come", () => {
  const world = new World();
  world.create(pod("a"));
  const mine: PodCondition = { type: "example.com/Checked", status: "True" };
  world.at(20, () => say(world, (status) => ({ ...status, conditions: [...(status.conditions ?? []), mine] })));
  world.run(40);
  assert.is(conditionOf(world, "example.com/Checked")?.status, "True");
  world.at(41, () => world.faults.killPod("default/a"));
  world.run(60);
  assert.is(world.pod("a")?.status?.containerStatuses?.[0]?.restartCount, 1);
  assert.is(conditionOf(world, "example.com/Checked")?.status, "True");
});

test("what the API has lost for a while is told again: a status that could not be sent is sent with a later batch", () => {
  const world = new World();
  world.create(pod("a"));
  world.run(20);
  const undo = world.faults.disconnect("n1");
  world.at(21, () => world.faults.killPod("default/a"));
  world.run(50);
  assert.is(world.pod("a")?.status?.containerStatuses?.[0]?.restartCount, 0);
  undo();
  world.run(150);
  assert.is(world.pod("a")?.status?.containerStatuses?.[0]?.restartCount, 1);
});

test("a status that says the same is not written", () => {
  const world = new World();
  world.create(pod("a"));
  world.run(30);
  const { length } = world.history;
  // its object changes, its status does not
  world.client.patch("pods", "default/a", (before) => ({
    ...before,
    metadata: { ...before.metadata, labels: { tier: "web" } },
  }));
  world.run(100);
  assert.is(world.history.length, length + 1);
});

test("an object of the same name and another uid is not touched", () => {
  const world = new World();
  world.create(pod("a"));
  world.run(20);
  const undo = world.faults.disconnect("n1");
  world.at(21, () => world.delete("a", 0));
  world.at(22, () => world.create(pod("a")));
  world.at(23, () => world.faults.killPod("default/a"));
  world.run(24);
  const { uid } = world.pod("a")!.metadata;
  undo();
  world.run(200);
  assert.is(world.pod("a")?.metadata.uid, uid);
  assert.is(world.pod("a")?.status?.containerStatuses?.[0]?.restartCount, 0, "that of the new one");
  assert.is(world.kubelets.byName.get("n1")?.workers.size, 1, "nothing is left of the old one");
});

test.run();
