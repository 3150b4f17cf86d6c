// What failures a cluster survives: against all sets of failures with the plain fit on random clusters, and rule by rule.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Ground } from "../../../sim/analysis/capacity/ground.ts";
import { answerSurvive, choose, type FailureUnit, survive } from "../../../sim/analysis/capacity/survive.ts";
import { fit } from "../../../sim/analysis/fit.ts";
import { node, pod, ZONE } from "../../scheduler/cluster.ts";
import { tries } from "../../thorough.ts";
import { groundWith, RACK, randomCluster } from "./random-cluster.ts";

/** Largest k of which every set of failures leaves a place for every pod that had one. */
function surviving({ objects, configuration, tieBreak }: Ground, unit: FailureUnit, most: number): number {
  const domainOf = (of: { metadata: { name: string; labels?: Readonly<Record<string, string>> | null } }) =>
    unit === "node" ? of.metadata.name : (of.metadata.labels?.[unit === "zone" ? ZONE : RACK] ?? "");
  const domains = [...new Set(objects.nodes.map(domainOf))];
  const before = fit({ objects, configuration, tieBreak });
  const nodeOf = new Map(before.pods.map(({ pod: name, node: at }) => [name, at]));
  const pods = objects.pods.flatMap((one) => {
    const at = one.spec.nodeName ?? nodeOf.get(`default/${one.metadata.name}`);
    return at == null ? [] : [{ one, at }];
  });
  let k = 0;
  for (; k < Math.min(most, domains.length); k++) {
    for (let mask = 0; mask < 1 << domains.length; mask++) {
      const gone = new Set(domains.filter((_, i) => (mask >> i) & 1));
      if (gone.size !== k + 1) continue;
      const nodes = objects.nodes.filter((of) => !gone.has(domainOf(of)));
      const left = new Set(nodes.map(({ metadata }) => metadata.name));
      const all = pods.map(({ one, at }) => {
        const { nodeName: _, ...spec } = one.spec;
        return { ...one, spec: left.has(at) ? { ...spec, nodeName: at } : spec };
      });
      const { pods: asked } = fit({ objects: { ...objects, nodes, pods: all }, configuration, tieBreak });
      if (asked.some(({ outcome }) => outcome !== "fits")) return k;
    }
  }
  return k;
}

test("as many as all sets of failures say, on random clusters", () => {
  const seen = new Map<number, number>();
  for (let seed = 0; seed < tries(200, 1000); seed++) {
    const { ground } = randomCluster(seed, { nodes: [3, 5], bound: 3, pending: 3, hasRules: seed % 3 === 0 });
    const unit = (["node", "zone", "rack"] as const)[seed % 3] as FailureUnit;
    const found = survive(ground, { unit, most: 3, tries: 1000 });
    assert.is(found.survives, surviving(ground, unit, 3), `seed ${seed} ${unit}`);
    assert.ok(found.sizes.every(({ isExhaustive }) => isExhaustive));
    seen.set(found.survives, (seen.get(found.survives) ?? 0) + 1);
  }
  assert.ok(seen.size >= 3, [...seen].join(" "));
});

test("the failing set is named, and what would lift it", () => {
  const nodes = ["a", "b", "c"].map((zone) => node(`n-${zone}`, { [ZONE]: zone }));
  const pods = [
    pod("x", { node: "n-a", cpu: "3" }),
    pod("y", { node: "n-b", cpu: "3" }),
    pod("z", { node: "n-c", cpu: "1" }),
  ];
  const { answer, binding, values, met, table, reasoning } = answerSurvive(groundWith(nodes, pods), {
    unit: "zone",
    most: 2,
    tries: 100,
    require: 2,
  });
  assert.is(answer, "It survives any zone at once, but not a + b: 1 pod stays pending.");
  assert.is(values.survives_zones_k, 1);
  assert.is(met, false);
  assert.equal(table.rows[0]?.slice(0, 3), [2, "a b", 1]);
  assert.is(binding?.constraints[0]?.resource, "cpu");
  assert.ok(reasoning.some((line) => line.includes("have no controller")));
});

test("higher priorities push others out: those count as lost when nothing takes them", () => {
  const nodes = [node("n1"), node("n2")];
  const pods = [pod("high", { node: "n1", cpu: "3", priority: 10 }), pod("low", { node: "n2", cpu: "3" })];
  const { first } = survive(groundWith(nodes, pods), { unit: "node", most: 1, tries: 10 });
  assert.equal(first?.pods, ["default/low"]);
});

test("too many sets: the heaviest and a sample, and no proof is claimed", () => {
  const nodes = Array.from({ length: 12 }, (_, i) => node(`n${i}`));
  const pods = nodes.map(({ metadata }) => pod(`p-${metadata.name}`, { node: metadata.name, cpu: "1" }));
  const { values, reasoning } = answerSurvive(groundWith(nodes, pods), { unit: "node", most: 4, tries: 50 });
  assert.is(values.survives_nodes_k, 4);
  assert.is(values.is_proven, false);
  assert.ok(reasoning.some((line) => line.startsWith("k = 4: 50 of 495 sets were tried")));
  assert.ok(reasoning.some((line) => line.startsWith("k = 4 is not proven")));
});

test("pods that were pending before do not count; nodes in no rack fail with none", () => {
  const pods = [pod("huge", { cpu: "99" })];
  const found = survive(groundWith([node("n1"), node("n2")], pods), { unit: "node", most: 1, tries: 10 });
  assert.is(found.survives, 1);
  assert.is(found.pendingBefore, 1);
  const { answer } = answerSurvive(groundWith([node("n1")], []), { unit: "rack", most: 1, tries: 10 });
  assert.is(answer, "No node says in which rack it is.");
});

test("choose counts sets", () => {
  assert.is(choose(5, 2), 10);
  assert.is(choose(52, 5), 2598960);
  assert.is(choose(3, 3), 1);
});

test.run();
