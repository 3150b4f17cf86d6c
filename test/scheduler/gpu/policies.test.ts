// The six policies' rules, each as the protocol of the published experiments states it (../shared/reference/FGD.md, "Score").
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createStream } from "../../../sim/engine/random.ts";
import type { GpuRequest } from "../../../sim/model/gpu/convention.ts";
import { GpuDevices } from "../../../sim/model/gpu/devices.ts";
import { Fragments } from "../../../sim/model/gpu/fragments.ts";
import type { TypicalPod } from "../../../sim/model/gpu/typical-pods.ts";
import type { GpuPolicyName } from "../../../sim/model/scheduler-plugin-args.ts";
import { type GpuNode, gpuPolicy } from "../../../sim/scheduler/gpu/policies.ts";

const share = (milli: number): GpuRequest => ({ milli, count: 1, models: [] });
const whole = (count: number): GpuRequest => ({ milli: 1000, count, models: [] });

/** A node with so much taken of each device, by pods that ask for as much. */
function nodeOf(cpuLeftMilli: number, taken: readonly number[]): GpuNode {
  const devices = new GpuDevices({ count: taken.length, model: "T4" });
  for (const [i, milli] of taken.entries()) if (milli > 0) devices.place(`taken-${i}`, share(milli), [i]);
  return { devices, cpuLeftMilli };
}

function score(
  policy: GpuPolicyName,
  node: GpuNode,
  gpu: GpuRequest | null,
  cpuMilli = 1000,
  typical: readonly TypicalPod[] = [],
) {
  return gpuPolicy(policy, new Fragments(typical)).score(node, { cpuMilli, gpu });
}

test("BestFit: int(100 (1 - [0.5 (cpuLeft-cpu)/128000 + 0.5 (G-g)/8000])), normalized afterwards", () => {
  const node = nodeOf(64_000, [0, 0, 0, 500]);
  // 100 (1 - [0.5 · 60000/128000 + 0.5 · 3000/8000]) = 57.8
  assert.is(score("BestFit", node, share(500), 4000), 57);
  assert.is(score("BestFit", node, null, 4000), 54);
  assert.ok(gpuPolicy("BestFit", new Fragments([])).normalizes);
});

test("DotProd: int(100 (1 - ½[cpuLeft/128000 · cpu/128000 + G/8000 · g/8000]))", () => {
  const node = nodeOf(64_000, [0, 0, 0, 0, 0, 0, 0, 0]);
  // ½ [0.5 · 0.25 + 1 · 0.5] = 0.3125
  assert.is(score("DotProd", node, whole(4), 32_000), 68);
  assert.is(score("DotProd", node, null, 0), 100);
});

test("GpuPacking: no-GPU pod -> 0; all GPUs of the node free (f of them): max(33-f, f)", () => {
  assert.is(score("GpuPacking", nodeOf(1, [0, 0]), null), 0);
  assert.is(score("GpuPacking", nodeOf(1, [0, 0]), share(100)), 31);
  assert.is(score("GpuPacking", nodeOf(1, Array<number>(20).fill(0)), whole(2)), 20);
});

test("GpuPacking: if k fully free ones are needed: max(50-k, 33)", () => {
  const node = nodeOf(1, [10, 0, 0, 0]);
  assert.is(score("GpuPacking", node, whole(1)), 49);
  assert.is(score("GpuPacking", node, whole(3)), 47);
  assert.is(score("GpuPacking", node, share(995)), 49, "a share that only a free device has room for");
  assert.is(score("GpuPacking", nodeOf(1, [10, ...Array<number>(20).fill(0)]), whole(20)), 33);
});

test("GpuPacking: else max(100 - (Σ left*100/1000)/10, 50), over the tightest devices", () => {
  assert.is(score("GpuPacking", nodeOf(1, [700, 400, 0]), share(200)), 97, "30 left of 100");
  assert.is(score("GpuPacking", nodeOf(1, [900, 400, 0]), share(200)), 94, "the tightest that fits has 60 left");
  assert.is(score("GpuPacking", nodeOf(1, [1, 0]), share(999)), 91, "99 left: 100 - 9");
});

test("GpuClustering: b = 25 (8000-G)/8000, and 75, 50, 25 or 0 on top by the classes of the pods that are there", () => {
  const empty = { devices: new GpuDevices({ count: 4, model: "" }), cpuLeftMilli: 1 };
  assert.is(score("GpuClustering", empty, null), 0);
  // b = 25 · 4000/8000
  assert.is(score("GpuClustering", empty, share(100)), 37, "node has no GPU pod: b+25");
  empty.devices.place("s", share(400), null);
  assert.is(score("GpuClustering", empty, share(100)), 88, "node has the class and only it: b+75, b = 13.75");
  assert.is(score("GpuClustering", empty, whole(1)), 13, "only other classes: b");
  empty.devices.place("w", whole(1), null);
  assert.is(score("GpuClustering", empty, whole(1)), 66, "has it among others: b+50, b = 16.875");
  assert.is(score("GpuClustering", empty, whole(2)), 16, "2-gpu is another class than 1-gpu");
});

const typical: readonly TypicalPod[] = [
  { cpuMilli: 1000, gpuMilli: 500, gpuCount: 1, models: [], count: 3 },
  { cpuMilli: 1000, gpuMilli: 1000, gpuCount: 1, models: [], count: 1 },
];

test("FGD: int(100 · sigmoid((F(node) - F(node after placing))/1000)), the best device of those that fit", () => {
  const node = nodeOf(64_000, [500, 0]);
  // before: ¾·0 + ¼·500 = 125. On the shared device: nothing is left there, ¾·0 + ¼·0 = 0. On the free one: ¼·1000 = 250
  const fgd = gpuPolicy("FGD", new Fragments(typical));
  const pod = { cpuMilli: 1000, gpu: share(500) };
  assert.is(fgd.score(node, pod), 53, "sigmoid(0.125) = 0.5312");
  assert.equal(fgd.choose?.(node, pod, null), [0]);
});

test("FGD: first maximum kept, by whole scores", () => {
  const node = nodeOf(64_000, [0, 0, 0]);
  assert.equal(gpuPolicy("FGD", new Fragments(typical)).choose?.(node, { cpuMilli: 0, gpu: share(500) }, null), [0]);
});

test("FGD: pods without GPU count by the CPU that they take", () => {
  // the last CPU: all of the idle 1000 become a fragment, sigmoid(-1) = 0.2689
  assert.is(score("FGD", nodeOf(1000, [0]), null, 1000, typical), 26);
  assert.is(score("FGD", nodeOf(9000, [0]), null, 1000, typical), 50);
});

test("FGD: whole devices are placed on the free ones of the lowest index", () => {
  // before: two free devices fit all; after: one is left that fits all
  assert.is(score("FGD", nodeOf(9000, [0, 0]), whole(1), 1000, typical), 50);
  // before ¼·500 = 125; after it is the shared device that a whole pod cannot use, ¼·500 again
  assert.is(score("FGD", nodeOf(9000, [500, 0]), whole(1), 1000, typical), 50);
});

test("Random: a sharing pod's device is uniform among those that fit", () => {
  const random = gpuPolicy("Random", new Fragments([]));
  const stream = createStream(1, "device");
  const seen = new Map<number, number>();
  for (let i = 0; i < 3000; i++) {
    const [device = -1] = random.choose?.(nodeOf(1, [900, 0, 300, 0]), { cpuMilli: 0, gpu: share(500) }, stream) ?? [];
    seen.set(device, (seen.get(device) ?? 0) + 1);
  }
  assert.equal([...seen.keys()].sort(), [1, 2, 3]);
  for (const times of seen.values()) assert.ok(times > 900 && times < 1100, String(times));
  assert.is(
    random.choose?.(nodeOf(1, [0, 0]), { cpuMilli: 0, gpu: whole(1) }, stream),
    null,
    "whole devices: the lowest index",
  );
});

test("nodes without GPUs can be scored for pods that ask for none", () => {
  for (const policy of ["BestFit", "DotProd", "GpuPacking", "GpuClustering", "FGD"] as const) {
    const value = score(policy, { devices: null, cpuLeftMilli: 200_000 }, null, 1000, typical);
    assert.ok(value >= 0 && value <= 100, policy);
  }
});

test.run();
