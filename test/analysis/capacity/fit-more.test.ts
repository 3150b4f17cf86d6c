// How many more fit: against a search through all placements on small clusters, and rule by rule.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { answerFitMore, fitMore } from "../../../sim/analysis/capacity/fit-more.ts";
import { node, pod, ZONE } from "../../scheduler/cluster.ts";
import { tries } from "../../thorough.ts";
import { groundWith, Model, randomCluster, randomPod } from "./random-cluster.ts";

test("one kind of pod: as many as any placement could have, on random clusters", () => {
  let some = 0;
  for (let seed = 0; seed < tries(500, 2000); seed++) {
    const { ground, stream } = randomCluster(seed, { nodes: [1, 4], bound: 4, pending: 0, hasRules: true });
    const asked = randomPod(stream, "more", true);
    const found = fitMore(ground, [{ name: "more", pod: asked, share: 1 }], 1000);
    // alike pods: the first place is as good as any for one that avoids none of its kind, for others each is tried
    const model = new Model(ground.objects.nodes, ground.objects.pods);
    const avoids = asked.spec.affinity != null;
    let most = 0;
    if (avoids) most = model.most(Array.from({ length: 4 }, () => asked));
    else
      for (let at = 0; at < model.places.length; at++)
        while (model.fits(asked, at)) {
          model.add(asked, at);
          most++;
        }
    assert.is(found.sets, most, `seed ${seed}`);
    assert.ok(found.bound >= most, `seed ${seed}: the bound ${found.bound} holds`);
    assert.is(found.binding?.pod, `default/more-copy-${most}`);
    if (most > 0) some++;
  }
  assert.ok(some > 100, `${some} clusters had room`);
});

test("several in proportions: no more than any placement could have, and mostly as many", () => {
  let best = 0;
  const many = tries(80, 500);
  for (let seed = 0; seed < many; seed++) {
    const { ground, stream } = randomCluster(seed, { nodes: [1, 3], bound: 3, pending: 0 });
    const asked = [randomPod(stream, "x", false), randomPod(stream, "y", false)];
    const found = fitMore(
      ground,
      asked.map((of, i) => ({ name: of.metadata.name, pod: of, share: 1 + i })),
      1000,
    );
    const [x, y] = asked as [(typeof asked)[0], (typeof asked)[0]];
    const model = () => new Model(ground.objects.nodes, ground.objects.pods);
    const fits = (sets: number) => {
      const all = Array.from({ length: sets }, () => [x, y, y]).flat();
      return model().most(all) === all.length;
    };
    assert.ok(fits(found.sets), `seed ${seed}: what it says can be placed`);
    assert.ok(found.bound >= found.sets);
    if (found.bound > found.sets) {
      assert.is(fits(found.bound + 1), false, `seed ${seed}: nothing passes the bound`);
    }
    if (!fits(found.sets + 1)) best++;
  }
  assert.ok(best > 0.8 * many, `${best} of ${many} are the most that any placement has`);
});

test("nothing is evicted for copies, and pods that wait themselves come first", () => {
  const pods = [pod("low", { node: "n", cpu: "3" }), pod("waits", { cpu: "500m" })];
  const { sets, pendingBefore } = fitMore(
    groundWith([node("n")], pods),
    [{ name: "p", pod: pod("p", { cpu: "500m", priority: 1000 }), share: 1 }],
    100,
  );
  assert.is(sets, 1);
  assert.is(pendingBefore, 0);
});

test("the answer names filter, resource and the smallest change", () => {
  const ground = groundWith(
    [node("n1", { [ZONE]: "a" }), node("n2", { [ZONE]: "b" })],
    [pod("p", { node: "n1", cpu: "500m" })],
  );
  const asked = [{ name: "web", pod: pod("web", { cpu: "1500m" }), share: 1 }];
  const { answer, values, table, binding, met, reasoning } = answerFitMore(ground, asked, { most: 100, require: 5 });
  assert.is(answer, "4 more of web fit.");
  assert.is(values.fits, 4);
  assert.is(values.bound, 4);
  assert.is(values.is_most_possible, true);
  assert.equal(table.rows, [
    ["n1", 2],
    ["n2", 2],
    ["all", 4],
  ]);
  assert.is(met, false);
  assert.equal(binding?.constraints, [
    { plugin: "NodeResourcesFit", reason: "Insufficient cpu", resource: "cpu", nodes: 2, example: "n1" },
  ]);
  assert.equal(binding?.changes[0], { changes: ["ask for 500m of 1500m cpu less"], node: "n2" });
  assert.ok(reasoning.some((line) => line.includes("no scheduler could place more")));
});

test("no end: it stops at the limit and says so", () => {
  const free = pod("free", {});
  const { answer, binding, values } = answerFitMore(
    groundWith([node("n", {}, { pods: "1000" })], []),
    [{ name: "free", pod: free, share: 1 }],
    { most: 7 },
  );
  assert.is(answer, "At least 7 more of free fit.");
  assert.is(binding, null);
  assert.is(values.stopped_at_limit, true);
});

test.run();
