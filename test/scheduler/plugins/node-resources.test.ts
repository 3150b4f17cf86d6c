// NodeResourcesFit and NodeResourcesBalancedAllocation: what fits, which code, and scores computed by hand.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Pod, ResourceList } from "../../../sim/model/objects.ts";
import { node, pod } from "../cluster.ts";
import { configurationOf, decisionOf, verdictsOf, withArgs } from "../decision-of.ts";

function asking(requests: ResourceList, nodeName?: string, name = "p"): Pod {
  return pod(name, { node: nodeName, spec: { containers: [{ name: "main", resources: { requests } }] } });
}

const GPU = "nvidia.com/gpu";

test("reasons in the order pods, cpu, memory, ephemeral storage, then named resources by name", () => {
  const small = node("a", {}, { cpu: "1", memory: "1Gi", "ephemeral-storage": "1Gi", pods: "0", [GPU]: "1" });
  const p = asking({ cpu: "2", memory: "2Gi", "ephemeral-storage": "2Gi", [GPU]: "2", "example.com/fpga": "1" });
  assert.equal(decisionOf({ nodes: [small] }, p).rejections.a, {
    plugin: "NodeResourcesFit",
    code: "UnschedulableAndUnresolvable",
    reasons: [
      "Too many pods",
      "Insufficient cpu",
      "Insufficient memory",
      "Insufficient ephemeral-storage",
      "Insufficient example.com/fpga",
      `Insufficient ${GPU}`,
    ],
  });
});

test("resolvable while every lacking resource is at most what the node has in all; the number of pods always is", () => {
  const objects = {
    nodes: [node("a", {}, { cpu: "4", [GPU]: "2" })],
    pods: [asking({ cpu: "3", [GPU]: "2" }, "a", "old")],
  };
  const code = (requests: ResourceList) => decisionOf(objects, asking(requests)).rejections.a?.code;
  assert.is(code({ cpu: "4" }), "Unschedulable");
  assert.is(code({ cpu: "4001m" }), "UnschedulableAndUnresolvable");
  assert.is(code({ [GPU]: "2" }), "Unschedulable");
  assert.is(code({ cpu: "2", [GPU]: "3" }), "UnschedulableAndUnresolvable");
  assert.is(decisionOf({ nodes: [node("a", {}, { pods: "0" })] }, pod("p")).rejections.a?.code, "Unschedulable");
});

test("a pod that asks for nothing needs room for one more pod only, also on an overcommitted node", () => {
  const objects = { nodes: [node("a", {}, { cpu: "1" })], pods: [asking({ cpu: "3" }, "a", "old")] };
  assert.equal(verdictsOf(objects, pod("p")), ["ok"]);
  assert.equal(verdictsOf(objects, asking({ memory: "1Mi" })), ["ok"]);
  assert.equal(verdictsOf(objects, asking({ cpu: "1m" })), ["NodeResourcesFit: Insufficient cpu"]);
});

test("more than 32 lacking resources are all named", () => {
  const requests = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [`example.com/r${String(i).padStart(2, "0")}`, 1]),
  );
  const reasons = decisionOf({ nodes: [node("a")] }, asking(requests)).rejections.a?.reasons;
  assert.equal(
    reasons,
    Object.keys(requests).map((name) => `Insufficient ${name}`),
  );
});

test("ignored resources and groups are not filtered by, but native ones cannot be ignored", () => {
  const configuration = withArgs("NodeResourcesFit", {
    ignoredResources: ["example.com/fpga", "cpu"],
    ignoredResourceGroups: ["amd.com"],
  });
  const verdict = (requests: ResourceList) => verdictsOf({ nodes: [node("a")] }, asking(requests), configuration)[0];
  assert.is(verdict({ "example.com/fpga": "1", "amd.com/gpu": "1" }), "ok");
  assert.is(verdict({ "example.com/other": "1" }), "NodeResourcesFit: Insufficient example.com/other");
  assert.is(verdict({ cpu: "5" }), "NodeResourcesFit: Insufficient cpu");
});

// two nodes, so that there is something to score; the second is only company
function score(
  requests: ResourceList,
  args: Record<string, unknown> | null,
  used: ResourceList = {},
  allocatable: ResourceList = {},
): number | undefined {
  const nodes = [node("a", {}, allocatable as Record<string, string>), node("b", {}, { [GPU]: "9" })];
  const pods = Object.keys(used).length === 0 ? [] : [asking(used, "a", "old")];
  const configuration = args === null ? configurationOf({}) : withArgs("NodeResourcesFit", { scoringStrategy: args });
  return decisionOf({ nodes, pods }, asking(requests), configuration).scores?.NodeResourcesFit?.[0];
}

test("LeastAllocated: free share of CPU and memory, each truncated, then their mean truncated", () => {
  // cpu (4000-1000)×100/4000 = 75; memory (8-3)×100/8 = 62
  assert.is(score({ cpu: "1", memory: "3Gi" }, null), 68);
  // what runs there counts too: cpu 50, memory 37
  assert.is(score({ cpu: "1", memory: "3Gi" }, null, { cpu: "1", memory: "2Gi" }), 43);
});

test("containers that name no CPU or memory count as 100m and 200Mi, both when placed and when running", () => {
  // cpu (4000-100)×100/4000 = 97; memory (8192-200)×100/8192 = 97
  assert.is(score({}, null), 97);
  // cpu 3900-1000 → 72; memory (8192-200-1024)×100/8192 = 85
  assert.is(score({ cpu: "1", memory: "1Gi" }, null, { "ephemeral-storage": "0" }), 78);
});

test("overcommitted counts as 0 for LeastAllocated and as full for MostAllocated", () => {
  // the running pod names neither: with the default amounts the node is over its 50m of CPU
  const tiny = { cpu: "150m" };
  assert.is(
    score({ memory: "4Gi" }, null, { "ephemeral-storage": "0" }, tiny),
    Math.floor((0 + Math.floor(((8192 - 200 - 4096) * 100) / 8192)) / 2),
  );
  const most = { type: "MostAllocated", resources: [{ name: "cpu", weight: 1 }] };
  assert.is(score({ memory: "4Gi" }, most, { "ephemeral-storage": "0" }, tiny), 100);
});

test("MostAllocated: taken share, by weight", () => {
  const most = {
    type: "MostAllocated",
    resources: [
      { name: "cpu", weight: 3 },
      { name: "memory", weight: 1 },
    ],
  };
  // cpu 25, memory 37: (75 + 37) / 4 = 28
  assert.is(score({ cpu: "1", memory: "3Gi" }, most), 28);
});

test("a resource that the node does not have, and an extended one that the pod does not ask for, leave the mean", () => {
  const least = {
    type: "LeastAllocated",
    resources: [
      { name: "cpu", weight: 1 },
      { name: GPU, weight: 9 },
      { name: "ephemeral-storage", weight: 9 },
    ],
  };
  assert.is(score({ cpu: "1" }, least, {}, { [GPU]: "4" }), 75);
  // (75 + 9×50) / 10
  assert.is(score({ cpu: "1", [GPU]: "2" }, least, {}, { [GPU]: "4" }), 52);
  assert.is(
    score({ cpu: "1" }, { type: "LeastAllocated", resources: [{ name: GPU, weight: 1 }] }, {}, { [GPU]: "4" }),
    0,
  );
});

test("RequestedToCapacityRatio: the line is interpolated in integers towards zero, scores of 0 leave the mean, which is rounded", () => {
  const ratio = (resources: unknown) => ({
    type: "RequestedToCapacityRatio",
    resources,
    requestedToCapacityRatio: {
      shape: [
        { utilization: 0, score: 10 },
        { utilization: 30, score: 0 },
        { utilization: 100, score: 7 },
      ],
    },
  });
  const cpu = [{ name: "cpu", weight: 1 }];
  // at 25 %: 100 + trunc(-100 × 25 / 30) = 100 - 83
  assert.is(score({ cpu: "1" }, ratio(cpu)), 17);
  // at 50 %: 0 + trunc(70 × 20 / 70)
  assert.is(score({ cpu: "2" }, ratio(cpu)), 20);
  const both = [
    { name: "cpu", weight: 1 },
    { name: "memory", weight: 2 },
  ];
  // cpu at 30 % scores 0 and is left out: memory at 50 % alone
  assert.is(score({ cpu: "1200m", memory: "4Gi" }, ratio(both)), 20);
  // cpu 17, memory at 37 %: 7 → (17 + 14) / 3 = 10.33
  assert.is(score({ cpu: "1", memory: "3Gi" }, ratio(both)), 10);
});

test("pod-level resources: filtered by and counted on the node, but the score reads the containers", () => {
  const p = pod("p", {
    spec: {
      containers: [{ name: "main", resources: { requests: { memory: "1Gi" } } }],
      resources: { requests: { cpu: "2", memory: "6Gi" } },
    },
  });
  const nodes = [node("a"), node("b"), node("c", {}, { cpu: "1" })];
  const decision = decisionOf({ nodes }, p);
  assert.equal(decision.rejections.c?.reasons, ["Insufficient cpu"]);
  // cpu 100m → 97, memory 1Gi → 87
  assert.is(decision.scores?.NodeResourcesFit?.[0], 92);
  assert.equal(verdictsOf({ nodes: [node("a", {}, { memory: "5Gi" })] }, p), ["NodeResourcesFit: Insufficient memory"]);
});

function balance(
  requests: ResourceList,
  used: ResourceList = {},
  args?: Record<string, unknown>,
  allocatable: ResourceList = {},
): number | undefined {
  const nodes = [node("a", {}, allocatable as Record<string, string>), node("b", {}, { [GPU]: "9" })];
  const pods = Object.keys(used).length === 0 ? [] : [asking(used, "a", "old")];
  const configuration = args === undefined ? configurationOf({}) : withArgs("NodeResourcesBalancedAllocation", args);
  return decisionOf({ nodes, pods }, asking(requests), configuration).scores?.NodeResourcesBalancedAllocation?.[0];
}

test("BalancedAllocation: 50 + (50 + S(with) - S(without)) / 2, S = int((1 - |f1 - f2| / 2) × 100)", () => {
  // equal fractions with and without
  assert.is(balance({ cpu: "1", memory: "2Gi" }), 75);
  // with: |0.5 - 0| / 2 → S 75; without: 100
  assert.is(balance({ cpu: "2" }), 50 + Math.trunc((50 + 75 - 100) / 2));
  // it evens the node out: with |0.5 - 0.5| → 100, without |0.5 - 0| → 75
  assert.is(balance({ memory: "4Gi" }, { cpu: "2" }), 50 + Math.trunc((50 + 100 - 75) / 2));
  // truncation: with |0.25 - 0.375| / 2 = 0.0625 → 93
  assert.is(balance({ cpu: "1", memory: "3Gi" }), 50 + Math.trunc((50 + 93 - 100) / 2));
});

test("BalancedAllocation over three resources: standard deviation; over one: always even", () => {
  const three = {
    resources: [
      { name: "cpu", weight: 1 },
      { name: "memory", weight: 1 },
      { name: GPU, weight: 1 },
    ],
  };
  // 0.25, 0.25, 1: mean 0.5, deviation sqrt((0.0625 + 0.0625 + 0.25) / 3) = 0.3535… → S 64
  assert.is(
    balance({ cpu: "1", memory: "2Gi", [GPU]: "4" }, {}, three, { [GPU]: "4" }),
    50 + Math.trunc((50 + 64 - 100) / 2),
  );
  assert.is(balance({ cpu: "3" }, {}, { resources: [{ name: "cpu", weight: 1 }] }), 75);
});

test("BalancedAllocation is skipped for pods that ask for none of its resources, whatever defaults scoring knows", () => {
  const skipped = decisionOf({ nodes: [node("a"), node("b")] }, asking({ "ephemeral-storage": "0" }));
  assert.ok(skipped.skippedScorePlugins?.includes("NodeResourcesBalancedAllocation"));
  assert.is(skipped.scores?.NodeResourcesBalancedAllocation, undefined);
});

test.run();
