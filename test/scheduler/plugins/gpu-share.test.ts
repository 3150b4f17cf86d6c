// GpuShare: what it rejects and why, what it reserves, and that whoever leaves frees what it held.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { remedies } from "../../../sim/analysis/remedies.ts";
import type { Node, Pod } from "../../../sim/model/objects.ts";
import { readSchedulerConfiguration } from "../../../sim/model/read-scheduler-configuration.ts";
import type { SchedulerConfiguration } from "../../../sim/model/scheduler-configuration.ts";
import { makeNode, makePod, requesting } from "../builders.ts";
import { Cluster } from "../cluster.ts";

export function gpuConfiguration(args: Record<string, unknown>, alone = true): SchedulerConfiguration {
  const { configuration, problems } = readSchedulerConfiguration({
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    profiles: [
      {
        plugins: {
          multiPoint: { enabled: [{ name: "GpuShare", weight: 2 }] },
          ...(alone ? { score: { disabled: [{ name: "*" }], enabled: [{ name: "GpuShare", weight: 2 }] } } : {}),
        },
        pluginConfig: [{ name: "GpuShare", args }],
      },
    ],
  });
  assert.equal(problems, []);
  return configuration;
}

function gpuNode(name: string, gpus: number, model = ""): Node {
  const labels: Record<string, string> = model === "" ? {} : { "alibabacloud.com/gpu-card-model": model };
  return makeNode(name, { "alibabacloud.com/gpu-count": gpus, cpu: "64" }, labels);
}

function gpuPod(name: string, milli: number, count = 1, model = ""): Pod {
  return makePod(name, requesting({ cpu: "1" }), {
    annotations: {
      "alibabacloud.com/gpu-milli": String(milli),
      "alibabacloud.com/gpu-count": String(count),
      ...(model === "" ? {} : { "alibabacloud.com/gpu-card-model": model }),
    },
  });
}

const BEST_FIT = gpuConfiguration({ policy: "BestFit" });

test("node model must be among those that the pod names, and there must be so many devices with so much left", () => {
  const nodes = [gpuNode("none", 0), gpuNode("one", 1, "T4"), gpuNode("two", 2, "P100"), gpuNode("other", 4, "G2")];
  const cluster = new Cluster({ nodes }, BEST_FIT);
  assert.is(cluster.place(gpuPod("first", 600, 1, "T4")), "one");
  assert.equal(cluster.verdicts(gpuPod("share", 500, 1, "T4|P100")), {
    none: "GpuShare UnschedulableAndUnresolvable: Insufficient alibabacloud.com/gpu-count",
    one: "GpuShare Unschedulable: Insufficient alibabacloud.com/gpu-milli",
    two: "ok",
    other: "GpuShare UnschedulableAndUnresolvable: node(s) didn't match Pod's GPU card model",
  });
  assert.match(
    cluster.try(gpuPod("eight", 1000, 8)).attempt.message ?? "",
    /^0\/4 nodes are available: 4 Insufficient alibabacloud.com\/gpu-count\./,
  );
});

test("pods without GPU pass any node", () => {
  const cluster = new Cluster({ nodes: [gpuNode("none", 0), gpuNode("one", 1)] }, BEST_FIT);
  assert.equal(cluster.verdicts(makePod("p", requesting({ cpu: "1" }))), { none: "ok", one: "ok" });
});

test("pods of plain Kubernetes take whole devices of the same nodes", () => {
  const cluster = new Cluster({ nodes: [makeNode("a", { "nvidia.com/gpu": 2 })] }, BEST_FIT);
  assert.is(cluster.place(gpuPod("share", 300)), "a");
  assert.is(cluster.place(makePod("whole", requesting({ "nvidia.com/gpu": 1 }))), "a");
  const { attempt } = cluster.try(makePod("second", requesting({ "nvidia.com/gpu": 1 })));
  assert.match(attempt.message ?? "", /Insufficient alibabacloud.com\/gpu-milli/);
});

test("the device is reserved with the node, written by the binding, and free when the pod has gone", () => {
  const cluster = new Cluster({ nodes: [gpuNode("a", 2)] }, BEST_FIT);
  const { info } = cluster.try(gpuPod("p", 700));
  cluster.try(gpuPod("q", 700));
  assert.equal(cluster.scheduler.bindingAnnotations(info), { "alibabacloud.com/gpu-index": "0" });
  assert.is(cluster.place(gpuPod("r", 700)), null);
  cluster.scheduler.forget(info);
  assert.equal(info.gpuIndexes, null);
  const { info: next } = cluster.try(gpuPod("s", 700));
  assert.equal(cluster.scheduler.bindingAnnotations(next), { "alibabacloud.com/gpu-index": "0" });
});

test("bound pods hold the devices in their annotation, or the tightest without one", () => {
  const bound = gpuPod("bound", 400);
  const pods = [
    {
      ...bound,
      metadata: {
        ...bound.metadata,
        annotations: { ...bound.metadata.annotations, "alibabacloud.com/gpu-index": "1" },
      },
      spec: { ...bound.spec, nodeName: "a" },
    },
    { ...gpuPod("silent", 100), spec: { ...bound.spec, nodeName: "a" } },
  ];
  const cluster = new Cluster({ nodes: [gpuNode("a", 2)], pods }, BEST_FIT);
  assert.equal([...(cluster.snapshot.node("a")?.gpu?.left ?? [])], [1000, 500]);
});

test("pods that ask for other shares are other shapes, though their specs are one object", () => {
  const cluster = new Cluster({ nodes: [gpuNode("a", 1)] }, BEST_FIT);
  const template = gpuPod("p", 600);
  const labels = {};
  const of = (name: string, milli: number): Pod => ({
    ...template,
    metadata: {
      name,
      namespace: "default",
      uid: name,
      labels,
      annotations: { "alibabacloud.com/gpu-milli": String(milli) },
    },
  });
  assert.is(cluster.place(of("x", 600)), "a");
  assert.is(cluster.place(of("y", 600)), null);
  assert.is(cluster.place(of("z", 400)), "a");
});

test("a node that gets another number of devices keeps its pods on those that are there", () => {
  const cluster = new Cluster({ nodes: [gpuNode("a", 1)] }, BEST_FIT);
  cluster.place(gpuPod("p", 700));
  cluster.snapshot.updateNode(gpuNode("a", 2));
  assert.equal([...(cluster.snapshot.node("a")?.gpu?.left ?? [])], [300, 1000]);
  cluster.snapshot.updateNode(gpuNode("a", 2, "T4"));
  assert.equal([...(cluster.snapshot.node("a")?.gpu?.left ?? [])], [300, 1000]);
});

test("a pod of higher priority takes the device of one that has to go for it", () => {
  const cluster = new Cluster({ nodes: [gpuNode("a", 1)] }, BEST_FIT);
  const low = gpuPod("low", 700);
  cluster.place({ ...low, spec: { ...low.spec, priority: 0 } });
  const high = gpuPod("high", 700);
  const { attempt } = cluster.try({ ...high, spec: { ...high.spec, priority: 100 } });
  assert.is(attempt.nominatedNodeName, "a");
  assert.equal(
    attempt.victims.map(({ key }) => key),
    ["default/low"],
  );
});

test("arguments: policy and typical pods, everything else is a mistake", () => {
  const read = (args: unknown) =>
    readSchedulerConfiguration({
      apiVersion: "kubescheduler.config.k8s.io/v1",
      kind: "KubeSchedulerConfiguration",
      profiles: [
        { plugins: { multiPoint: { enabled: [{ name: "GpuShare" }] } }, pluginConfig: [{ name: "GpuShare", args }] },
      ],
    });
  const typicalPods = [{ cpuMilli: 1000, gpuMilli: 500, count: 3 }];
  const { configuration, problems } = read({ policy: "FGD", typicalPods });
  assert.equal(problems, []);
  assert.equal(configuration.profiles[0]?.args["GpuShare"], {
    policy: "FGD",
    typicalPods: [{ cpuMilli: 1000, gpuMilli: 500, gpuCount: 1, models: [], count: 3 }],
  });
  for (const wrong of [
    { policy: "Best" },
    { polcy: "FGD" },
    { typicalPods: [{ cpuMilli: 1 }] },
    { typicalPods: [{ count: 0 }] },
  ])
    assert.is(read(wrong).problems.length, 1, JSON.stringify(wrong));
});

test("configurations without it have no arguments of it: their hash stays what it was", () => {
  const { configuration } = readSchedulerConfiguration({
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
  });
  assert.not.ok("GpuShare" in (configuration.profiles[0]?.args ?? {}));
});

test("the smallest change that would help: a smaller share, fewer devices, another card model", () => {
  const cluster = new Cluster({ nodes: [gpuNode("a", 2, "T4")] }, BEST_FIT);
  cluster.place(gpuPod("p", 700));
  cluster.place(gpuPod("q", 600));
  const changesFor = (pod: Pod) =>
    remedies(cluster.scheduler, cluster.snapshot.info(pod), 1).map(({ changes }) => changes.join(" and "))[0];
  assert.is(changesFor(gpuPod("share", 500)), "ask for 100 of 500 alibabacloud.com/gpu-milli less");
  assert.is(changesFor(gpuPod("model", 200, 1, "P100")), "allow the card model T4");
  assert.is(changesFor(gpuPod("many", 300, 3)), "ask for 1 of 3 alibabacloud.com/gpu-count less");
});

test.run();
