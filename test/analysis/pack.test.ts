// Packing without time, and the same pods in a run: equal tables, node by node and device by device.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { pack } from "../../sim/analysis/pack.ts";
import { simulate, stateAt } from "../../sim/cluster.ts";
import { createStream } from "../../sim/engine/random.ts";
import { numbersOf } from "../../sim/metrics/table.ts";
import { gpuIndexesOf, gpuRequestOf } from "../../sim/model/gpu/convention.ts";
import { problemText } from "../../sim/model/problem.ts";
import { GPU_POLICIES } from "../../sim/model/scheduler-plugin-args.ts";
import { loadScenarioText } from "../../sim/scenario/load.ts";
import type { Plan } from "../../sim/scenario/plan.ts";

const folder = mkdtempSync(join(tmpdir(), "kubedrill-pack-"));
const stream = createStream(3, "pack");
const nodes = Array.from({ length: 12 }, (_, i) => `n${i},64000,262144,${[1, 2, 4][i % 3]},${["T4", "P100"][i % 2]}`);
const pods = Array.from({ length: 60 }, (_, i) => {
  const [count, milli] = [
    [0, 0],
    [1, 500],
    [1, 300],
    [1, 1000],
    [2, 1000],
  ][stream.int(5)]!;
  return `p${i},${2000 + 2000 * stream.int(4)},4096,${count},${milli},${stream.int(4) === 0 ? "T4" : ""}`;
});
writeFileSync(join(folder, "nodes.csv"), ["sn,cpu_milli,memory_mib,gpu,model", ...nodes].join("\n"));
writeFileSync(join(folder, "pods.csv"), ["name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec", ...pods].join("\n"));

function plansOf(more = ""): readonly Plan[] {
  const { plans, problems } = loadScenarioText(
    `
apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: packing }
spec:
  duration: 1m
  cluster:
    controlPlane:
      controllerManager: false
      scheduler: { tieBreak: shuffled, percentageOfNodesToScore: 100 }
      schedulerConfiguration:
        apiVersion: kubescheduler.config.k8s.io/v1
        kind: KubeSchedulerConfiguration
        profiles:
          - plugins: { multiPoint: { enabled: [{ name: GpuShare }] }, score: { disabled: [{ name: "*" }], enabled: [{ name: GpuShare }] } }
            pluginConfig: [{ name: GpuShare, args: { policy: FGD } }]
  workload:
    - trace: { format: openb, gpus: shared, nodes: nodes.csv, pods: pods.csv, arrivals: { fixedRate: 10/s }, start: 1s, shuffle: true, tune: 1.3${more} }
  sweep:
    "cluster.controlPlane.schedulerConfiguration.profiles[0].pluginConfig[0].args.policy": [${GPU_POLICIES.join(", ")}]
`,
    "packing.yaml",
    folder,
  );
  assert.is(problems.map(problemText).join("\n"), "");
  return plans;
}

test("a run of pods that arrive one by one and stay packs as packing without time does", () => {
  for (const plan of plansOf())
    for (const seed of ["1", "2"]) {
      const { failed, gpu, pods: tried, table } = pack(plan, seed);
      const { summary, tables } = simulate(plan, seed);
      assert.is(summary["pods_created"], tried, plan.variant);
      assert.is(summary["pods_never_scheduled"], failed.cpuOnly + failed.share + failed.oneGpu + failed.multiGpu);
      assert.is(summary["gpu_milli_alloc_pct"], (gpu.usedMilli / gpu.totalMilli) * 100);
      assert.is(summary["gpu_frag_ratio_pct"], (gpu.fragmentMilli / gpu.idleMilli) * 100);
      for (const column of Object.keys(table.numbers))
        if (column !== "timeMicros")
          assert.equal(
            [...numbersOf(tables["gpus"], column)],
            [...numbersOf(table, column)],
            `${plan.variant} ${column}`,
          );
    }
});

test("the plain evaluation packs the same", () => {
  for (const plan of plansOf()) {
    const [fast, plain] = [pack(plan, "3"), pack(plan, "3", { plain: true })];
    assert.equal(fast.failed, plain.failed, plan.variant);
    assert.equal(fast.gpu, plain.gpu);
  }
});

test("seeds differ, and policies of one seed see the same pods", () => {
  const [fgd, bestFit] = plansOf() as [Plan, Plan];
  assert.not.equal(pack(fgd, "1").gpu, pack(fgd, "2").gpu);
  assert.is(pack(fgd, "1").arrivedMilli, pack(bestFit, "1").arrivedMilli);
});

test("pods carry their devices, no device is given away twice, and pods that end free theirs", () => {
  const [plan] = plansOf(", departures: never") as [Plan];
  const held = new Map<string, number>();
  let bound = 0;
  for (const pod of stateAt(plan, "1", null).pods) {
    const gpu = gpuRequestOf(pod);
    if (!pod.spec.nodeName || gpu === null) continue;
    bound++;
    const indexes = gpuIndexesOf(pod) ?? [];
    assert.is(indexes.length, gpu.count);
    for (const i of indexes) {
      const key = `${pod.spec.nodeName}/${i}`;
      held.set(key, (held.get(key) ?? 0) + gpu.milli);
    }
  }
  assert.ok(bound > 20);
  for (const [device, milli] of held) assert.ok(milli <= 1000, device);
});

test.run();
