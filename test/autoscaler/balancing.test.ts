import { test } from "uvu";
import * as assert from "uvu/assert";
import { areSimilar, balance } from "../../sim/autoscaler/balancing.ts";
import type { NodeGroup } from "../../sim/autoscaler/cloud-provider.ts";
import { NodeInfo } from "../../sim/scheduler/node-info.ts";
import { makeNode } from "../scheduler/builders.ts";

const group = (id: string, target: number, max: number) => ({ target, plan: { id, max } }) as NodeGroup;
const sizes = (groups: readonly NodeGroup[], nodes: number) =>
  balance(groups, nodes).map(({ from, group: { plan }, to }) => `${plan.id} ${from}->${to}`);

test("each new node goes to the smallest group that is not full", () => {
  assert.equal(sizes([group("a", 1, 10), group("b", 3, 10)], 4), ["a 1->4", "b 3->4"]);
  assert.equal(sizes([group("a", 1, 2), group("b", 1, 10)], 5), ["a 1->2", "b 1->5"]);
  assert.equal(sizes([group("a", 1, 2)], 5), ["a 1->2"]);
});

test("groups are alike when only their zone, pool and hostname differ", () => {
  const node = (labels: Record<string, string>, cpu = "4") =>
    new NodeInfo(makeNode("n", { cpu, memory: "8Gi", pods: 110 }, labels), 0);
  const zone = (z: string) => ({ "topology.kubernetes.io/zone": z, "kubedrill.dev/pool": `pool-${z}` });
  assert.ok(areSimilar(node(zone("a")), node(zone("b"))));
  assert.not(areSimilar(node(zone("a")), node({ ...zone("b"), disk: "ssd" })));
  assert.not(areSimilar(node(zone("a")), node(zone("b"), "8")));
});

test.run();
