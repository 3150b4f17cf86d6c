// The fewest nodes: against counting up from none with the plain fit on random clusters, and rule by rule.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { answerFewestNodes, fewestNodes } from "../../../sim/analysis/capacity/fewest-nodes.ts";
import { type Ground, withNodes } from "../../../sim/analysis/capacity/ground.ts";
import { Need } from "../../../sim/analysis/capacity/need.ts";
import { type NodeType, typeAfter, typeOfPool } from "../../../sim/analysis/capacity/node-type.ts";
import { fit } from "../../../sim/analysis/fit.ts";
import { node, pod } from "../../scheduler/cluster.ts";
import { tries } from "../../thorough.ts";
import { groundWith, Model, randomCluster } from "./random-cluster.ts";

const machine = (cpu: string, memory: string) => ({ cpu, memory, pods: 110 });

function fitsWith(ground: Ground, type: NodeType, count: number, mostPending = 0): boolean {
  const { objects, configuration, tieBreak } = withNodes(ground, type.nodes(count));
  return fit({ objects, configuration, tieBreak }).pods.filter((p) => p.outcome !== "fits").length <= mostPending;
}

test("the smallest number that the scheduler copes with, on random clusters", () => {
  const seen = new Map<number | null, number>();
  for (let seed = 0; seed < tries(80, 1000); seed++) {
    const { ground, stream } = randomCluster(seed, { nodes: [1, 2], bound: 2, pending: 7, hasRules: seed % 2 === 0 });
    const zones = stream.int(2) === 0 ? ["a", "b"] : [];
    const type = typeOfPool({ name: "new", machine: machine(String(1 + stream.int(4)), "6Gi"), zones }, { most: 12 });
    const mostPending = stream.int(3);
    const found = fewestNodes(new Need(ground, { mostPending }), type);
    let expected: number | null = null;
    for (let count = 0; count <= type.most && expected === null; count++)
      if (fitsWith(ground, type, count, mostPending)) expected = count;
    assert.is(found.count, expected, `seed ${seed}`);
    assert.is(found.isProven, true);
    if (expected !== null) assert.ok(found.bound <= expected, `seed ${seed}: bound ${found.bound}`);
    else if (mostPending === 0) assert.ok(found.verdict?.binding != null, `seed ${seed}: says why`);
    seen.set(expected, (seen.get(expected) ?? 0) + 1);
  }
  assert.ok(seen.size > 4, [...seen].join(" "));
});

test("never less than the best of all packings", () => {
  for (let seed = 0; seed < tries(60, 500); seed++) {
    const { ground } = randomCluster(seed, { nodes: [1, 1], bound: 1, pending: 5 });
    const type = typeOfPool({ name: "new", machine: machine("4", "12Gi") }, { most: 6 });
    const { count } = fewestNodes(new Need(ground), type);
    if (count === null || count === 0) continue;
    const pods = ground.objects.pods.filter(({ spec }) => !spec.nodeName);
    const model = (n: number) => new Model([...ground.objects.nodes, ...type.nodes(n)], ground.objects.pods);
    assert.is(model(count).most(pods), pods.length);
    const { bound } = fewestNodes(new Need(ground), type);
    if (bound > 0) assert.ok(model(bound - 1).most(pods) < pods.length, `seed ${seed}: below the bound nothing fits`);
  }
});

test("a pod that is too large for the type is found at once", () => {
  const need = new Need(groundWith([], [pod("big", { cpu: "9" }), pod("small", { cpu: "1" })]));
  const { answer, binding, values, met } = answerFewestNodes(
    need,
    typeOfPool({ name: "m", machine: machine("8", "8Gi") }),
    {
      waiting: 2,
      present: 0,
      require: 3,
    },
  );
  assert.is(answer, "No number of m nodes up to 5000 is enough.");
  assert.is(values.tried, 1);
  assert.is(met, false);
  assert.is(binding?.pod, "default/big");
  assert.is(binding?.constraints[0]?.resource, "cpu");
  assert.equal(binding?.changes[0]?.changes, ["ask for 1000m of 9000m cpu less"]);
});

test("far from the bound it doubles and halves, and does not call that proven", () => {
  const labels = { app: "x" };
  const affinity = {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { labelSelector: { matchLabels: labels }, topologyKey: "kubernetes.io/hostname" },
      ],
    },
  };
  const pods = Array.from({ length: 150 }, (_, i) => pod(`p${i}`, { cpu: "10m", labels, spec: { affinity } }));
  const found = fewestNodes(new Need(groundWith([], pods)), typeOfPool({ name: "m", machine: machine("4", "8Gi") }));
  assert.is(found.count, 150);
  assert.is(found.isProven, false);
  assert.is(found.verdict?.binding?.constraints[0]?.plugin, "InterPodAffinity");
});

test("more of a node that is there: without its cordon and its troubles, with its taints", () => {
  const model = node("old", {}, { cpu: "2" });
  const sick = {
    ...model,
    spec: {
      unschedulable: true,
      taints: [
        { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" },
        { key: "team", value: "x", effect: "NoSchedule" },
      ],
    },
  };
  const [made] = typeAfter("old", [sick]).nodes(1);
  assert.equal(made?.spec, { taints: [{ key: "team", value: "x", effect: "NoSchedule" }] });
  assert.is(made?.metadata.labels?.["kubernetes.io/hostname"], "old-new-0");
});

test("a further test of candidates counts", () => {
  const need = new Need(groundWith([], [pod("a", { cpu: "1" })]), {
    accepts: (nodes) => (nodes.length < 3 ? "too slow" : null),
  });
  const found = fewestNodes(need, typeOfPool({ name: "m", machine: machine("4", "8Gi") }));
  assert.is(found.count, 3);
  assert.equal(
    found.steps.map(({ because }) => because),
    ["too slow", "too slow", ""],
  );
});

test.run();
