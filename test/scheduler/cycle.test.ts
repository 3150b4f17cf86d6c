// The search: how many nodes, from where, in which order, and where the next one begins.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Node } from "../../sim/model/objects.ts";
import { nodesToFind } from "../../sim/scheduler/arithmetic.ts";
import { Cluster, node, pod, ZONE } from "./cluster.ts";
import { configurationOf } from "./decision-of.ts";

const tainted = (name: string): Node => ({ ...node(name), spec: { taints: [{ key: "x", effect: "NoSchedule" }] } });
const cluster = (nodes: readonly Node[], percentageOfNodesToScore = 0) =>
  new Cluster({ nodes }, configurationOf({}, { percentageOfNodesToScore }));

test("below 100 nodes all are searched and the next search begins where this one did", () => {
  const c = cluster(Array.from({ length: 99 }, (_, i) => node(`n${i}`)));
  const { trace } = c.try(pod("p"));
  assert.is(trace.cycle?.feasible.length, 99);
  assert.is(trace.cycle?.nextStartIndex, 0);
});

test("the search stops at the first feasible node beyond the wanted number, which is filtered but not taken", () => {
  // 200 nodes: 200 × (50 - 1) / 100 = 98 → 100
  const c = cluster(Array.from({ length: 200 }, (_, i) => (i % 10 === 9 ? tainted(`n${i}`) : node(`n${i}`))));
  const first = c.try(pod("p")).trace;
  assert.is(first.cycle?.feasible.length, 100);
  // 100 feasible among the first 111, one more feasible at index 111
  assert.is(first.detail.visited.length, 112);
  assert.is(first.cycle?.statuses.byNode.size, 11);
  assert.is(first.cycle?.nextStartIndex, 111);
  const second = c.try(pod("q")).trace;
  assert.is(second.detail.visited[0]?.name, "n111");
  // 10 × 9 feasible in the rest, then from the beginning again
  assert.ok(second.detail.visited.some((n) => n.name === "n0"));
  assert.is(second.cycle?.nextStartIndex, (111 + 100 + (second.cycle?.statuses.byNode.size ?? 0)) % 200);
});

test("feasible + rejected nodes move the start, whatever the cluster", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 260 }),
      fc.integer({ min: 1, max: 7 }),
      fc.constantFrom(0, 30, 70, 100),
      (count, every, percentage) => {
        const c = cluster(
          Array.from({ length: count }, (_, i) => (i % every === every - 1 ? tainted(`n${i}`) : node(`n${i}`))),
          percentage,
        );
        let start = 0;
        for (let i = 0; i < 4; i++) {
          const { cycle, detail } = c.try(pod(`p${i}`)).trace;
          assert.ok(cycle !== null);
          const rejected = cycle.statuses.byNode.size;
          const wanted = nodesToFind(count, percentage);
          const available = count - Math.floor(count / every);
          assert.is(cycle.feasible.length, Math.min(wanted, available));
          assert.is(detail.visited.length, cycle.feasible.length + rejected + (available > wanted ? 1 : 0));
          assert.equal(
            detail.visited.map((n) => n.slot),
            detail.visited.map((_, k) => (start + k) % count),
          );
          start = (start + cycle.feasible.length + rejected) % count;
          assert.is(cycle.nextStartIndex, start);
        }
      },
    ),
    { seed: 41, numRuns: 40 },
  );
});

test("a profile's own percentage wins over the scheduler's", () => {
  const configuration = configurationOf({ percentageOfNodesToScore: 100 }, { percentageOfNodesToScore: 10 });
  const c = new Cluster({ nodes: Array.from({ length: 150 }, (_, i) => node(`n${i}`)) }, configuration);
  assert.is(c.try(pod("p")).trace.cycle?.feasible.length, 150);
});

test("nodes are searched zone by zone in turn, zones in the order of their first node", () => {
  const zones = ["2", "1", "2", "", "1", "2"];
  const nodes = zones.map((zone, i) => node(`n${i}`, zone === "" ? {} : { [ZONE]: zone }));
  const c = cluster(nodes);
  assert.equal(
    c.try(pod("p")).trace.detail.visited.map((n) => n.name),
    ["n0", "n1", "n3", "n2", "n4", "n5"],
  );
});

test("narrowed nodes keep the order of the list", () => {
  const c = cluster(["a", "b", "c", "d"].map((name) => node(name)));
  const byName = pod("p", {
    spec: {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: ["d", "b"].map((name) => ({
              matchFields: [{ key: "metadata.name", operator: "In", values: [name] }],
            })),
          },
        },
      },
    },
  });
  const { trace } = c.try(byName);
  assert.equal(
    trace.detail.visited.map((n) => n.name),
    ["b", "d"],
  );
  assert.is(trace.cycle?.nextStartIndex, 2);
});

test.run();
