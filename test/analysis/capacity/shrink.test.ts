// How far a cluster can shrink: against taking it apart with the plain fit on random clusters, and rule by rule.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { emptied, pinnedTo } from "../../../sim/analysis/capacity/ground.ts";
import { answerShrink, shrink } from "../../../sim/analysis/capacity/shrink.ts";
import { fit } from "../../../sim/analysis/fit.ts";
import { node, pod } from "../../scheduler/cluster.ts";
import { tries } from "../../thorough.ts";
import { groundWith, randomCluster } from "./random-cluster.ts";

const BORG = { orders: 11, mostPending: 0.002, inPlace: false };

test("each order as far as taking it apart says, on random clusters", () => {
  const seen = new Set<number | null>();
  for (let seed = 0; seed < tries(150, 500); seed++) {
    const { ground } = randomCluster(seed, { nodes: [2, 6], bound: 5, pending: 2, hasRules: seed % 2 === 0 });
    const mostPending = seed % 3 === 0 ? 0.2 : 0.002;
    const found = shrink(ground, { orders: 3, mostPending, inPlace: false });
    const { objects, configuration, tieBreak } = emptied(ground);
    const allowed = Math.floor(mostPending * objects.pods.length);
    for (const { nodes, left } of found.orders) {
      const holds = (count: number) => {
        const kept = new Set(nodes.slice(0, count));
        const some = { ...objects, nodes: objects.nodes.filter(({ metadata }) => kept.has(metadata.name)) };
        return (
          fit({ objects: some, configuration, tieBreak }).pods.filter((p) => p.outcome !== "fits").length <= allowed
        );
      };
      let expected: number | null = null;
      for (let count = nodes.length; count >= 0 && holds(count); count--) expected = count;
      assert.is(left, expected, `seed ${seed}`);
      seen.add(left);
    }
  }
  assert.ok(seen.size >= 5, [...seen].join(" "));
});

test("eleven orders, the 90th percentile, and what stands in the way", () => {
  const nodes = Array.from({ length: 8 }, (_, i) => node(`n${i}`));
  const pods = Array.from({ length: 8 }, (_, i) => pod(`p${i}`, { node: `n${i}`, cpu: "1500m" }));
  const { answer, values, table, binding, met } = answerShrink(groundWith(nodes, pods), { ...BORG, require: 5 });
  assert.is(answer, "4 of 8 nodes can go: 4 are enough in nine of ten orders.");
  assert.is(values.compaction_ratio, 0.5);
  assert.is(values.orders, 11);
  assert.is(table.rows.length, 11);
  assert.is(binding?.constraints[0]?.resource, "cpu");
  assert.is(met, false);
});

test("orders depend on the seed alone; every node is in each", () => {
  const nodes = Array.from({ length: 9 }, (_, i) => node(`n${i}`));
  const orders = (seed: string) =>
    shrink(groundWith(nodes, [], seed), BORG).orders.map(({ nodes: names }) => names.join(" "));
  assert.equal(orders("1"), orders("1"));
  assert.not.equal(orders("1"), orders("2"));
  for (const order of orders("1")) assert.is(new Set(order.split(" ")).size, 9);
  assert.is(new Set(orders("1")).size, 11);
});

test("large clusters are halved, with the same answer where fewer nodes are never better", () => {
  const nodes = Array.from({ length: 80 }, (_, i) => node(`n${i}`));
  const pods = Array.from({ length: 40 }, (_, i) => pod(`p${i}`, { cpu: "4" }));
  const found = shrink(groundWith(nodes, pods), { ...BORG, orders: 2 });
  assert.is(found.isStepwise, false);
  assert.is(found.p90, 40);
});

test("in place, pods of nodes that stay are not moved; DaemonSet pods go with their nodes", () => {
  const nodes = [node("a"), node("b"), node("c")];
  const daemon = pod("agent", {
    node: "c",
    cpu: "4",
    metadata: {
      ownerReferences: [{ apiVersion: "apps/v1", kind: "DaemonSet", name: "agent", uid: "u", controller: true }],
    },
  });
  assert.is(pinnedTo(daemon), "c");
  const pods = [pod("x", { node: "a", cpu: "3" }), pod("y", { node: "b", cpu: "3" }), daemon];
  const found = shrink(groundWith(nodes, pods), { orders: 20, mostPending: 0, inPlace: true });
  // two nodes are left when c went first; none can go before
  assert.equal([...new Set(found.orders.map(({ left }) => left))].sort(), [2, 3]);
});

test("a cluster that is too small says so", () => {
  const { answer, values } = answerShrink(groundWith([node("n")], [pod("p", { cpu: "9" })]), BORG);
  assert.is(answer, "The pods do not fit on the 1 node that is there when they are placed anew.");
  assert.is(values.nodes_needed_p90, null);
});

test.run();
