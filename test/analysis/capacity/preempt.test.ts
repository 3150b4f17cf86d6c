// What a priority evicts: against the rules with pencil and paper on random clusters, and case by case.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { answerPreempt, preempt } from "../../../sim/analysis/capacity/preempt.ts";
import { budget, node, pod } from "../../scheduler/cluster.ts";
import { tries } from "../../thorough.ts";
import { groundWith, Model, randomCluster, randomPod } from "./random-cluster.ts";

const URGENT = { priority: 5, className: "urgent", policy: "PreemptLowerPriority" } as const;

test("it evicts when nothing is free and lower priorities hold enough, and no pod too many, on random clusters", () => {
  let evicting = 0;
  for (let seed = 0; seed < tries(500, 2000); seed++) {
    const { ground: drawn, stream } = randomCluster(seed, { nodes: [1, 4], bound: 8, pending: 0 });
    const pods = drawn.objects.pods.map((one) => ({ ...one, spec: { ...one.spec, priority: stream.int(10) } }));
    const ground = groundWith(drawn.objects.nodes, pods);
    const asked = randomPod(stream, "new", false);
    const { evicted, placed } = preempt(ground, [asked], URGENT);
    const model = new Model(ground.objects.nodes, pods);
    const at = model.places.map((_, i) => i);
    const isFree = at.some((i) => model.fits(asked, i));
    const without = new Model(
      ground.objects.nodes,
      pods.filter(({ spec }) => spec.priority >= URGENT.priority),
    );
    const couldMakeRoom = at.some((i) => without.fits(asked, i));
    assert.is(evicted.length > 0, !isFree && couldMakeRoom, `seed ${seed}`);
    assert.is(placed, isFree || couldMakeRoom ? 1 : 0, `seed ${seed}`);
    if (evicted.length === 0) continue;
    evicting++;
    const gone = evicted.filter(({ by }) => by === "default/new");
    assert.ok(gone.every(({ priority }) => priority < URGENT.priority));
    const index = ground.objects.nodes.findIndex(({ metadata }) => metadata.name === gone[0]?.from);
    const left = (names: readonly string[]) =>
      new Model(
        ground.objects.nodes,
        pods.filter(({ metadata }) => !names.includes(`default/${metadata.name}`)),
      );
    const names = gone.map((one) => one.pod);
    assert.ok(left(names).fits(asked, index), `seed ${seed}: that made room`);
    for (const spared of names)
      assert.is(
        left(names.filter((name) => name !== spared)).fits(asked, index),
        false,
        `seed ${seed}: ${spared} had to go`,
      );
  }
  assert.ok(evicting > 50, `${evicting} evictions`);
});

test("who gives way goes elsewhere where there is room, and budgets over it are named", () => {
  const ground = groundWith(
    [node("n1"), node("n2")],
    [pod("low", { node: "n1", cpu: "2", labels: { app: "web" } }), pod("other", { node: "n2", cpu: "1" })],
  );
  const objects = { ...ground.objects, podDisruptionBudgets: [budget("web", { app: "web" }, 0)] };
  const pods = [pod("x", { cpu: "4" })];
  const { answer, table, values, met, reasoning } = answerPreempt({ ...ground, objects }, pods, {
    ...URGENT,
    require: true,
  });
  assert.is(answer, "1 pod of urgent (5) would evict 1 pod; all of these find another place.");
  // the pod under a budget is spared where another can go
  assert.equal(table.rows, [["default/other", 0, "n2", "default/x", "n1", ""]]);
  assert.is(values.placed_without_eviction, 0);
  assert.is(met, false);
  assert.ok(reasoning.some((line) => line.startsWith("With preemptionPolicy: Never, 0 of 1")));
});

test("pods of the cluster that get the class leave their own place first; with Never nothing is evicted", () => {
  const pods = [pod("a", { node: "n", cpu: "2" }), pod("b", { node: "n", cpu: "2" })];
  const ground = groundWith([node("n")], pods);
  const own = preempt(ground, [pods[0]!], URGENT);
  assert.is(own.evicted.length, 0);
  assert.is(own.placed, 1);
  const never = answerPreempt(ground, [pod("c", { cpu: "1" })], { ...URGENT, policy: "Never" });
  assert.is(never.answer, "1 pod of urgent (5) evicts nothing; 0 of 1 find a place.");
  assert.is(never.binding?.constraints[0]?.resource, "cpu");
});

test.run();
