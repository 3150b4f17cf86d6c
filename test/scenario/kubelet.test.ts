import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DEFAULT_KUBELET_CONFIGURATION, HOLLOW_KUBELET_CONFIGURATION } from "../../sim/model/kubelet-configuration.ts";
import { imagePlans, kubeletPlan } from "../../sim/scenario/kubelet.ts";
import { imagesSchema, kubeletSchema } from "../../sim/scenario/kubelet-schema.ts";

const test = suite("scenario/kubelet");

test("nothing said: the defaults of 1.36, or those of the recorded hollow nodes", () => {
  assert.equal(kubeletPlan(), DEFAULT_KUBELET_CONFIGURATION);
  assert.equal(kubeletPlan({ profile: "hollow" }), HOLLOW_KUBELET_CONFIGURATION);
});

test("fields of KubeletConfiguration by their own names", () => {
  const plan = kubeletPlan({
    serializeImagePulls: false,
    maxParallelImagePulls: 5,
    evictionHard: { "memory.available": "1Gi", "nodefs.available": "5%" },
    evictionSoftGracePeriod: { "memory.available": "90s" },
    shutdownGracePeriod: "30s",
    shutdownGracePeriodCriticalPods: "10s",
    runtime: { imageSize: "1G", sandbox: "1s" },
  });
  assert.is(plan.maxParallelImagePulls, 5);
  // who sets one threshold has set them all
  assert.equal(plan.evictionHard, { "memory.available": { bytes: 1024 ** 3 }, "nodefs.available": { share: 0.05 } });
  assert.equal(plan.evictionSoftGracePeriodMicros, { "memory.available": 90_000_000 });
  assert.equal(plan.shutdownGracePeriodByPodPriority, [
    { priority: 0, gracePeriodMicros: 20_000_000 },
    { priority: 2_000_000_000, gracePeriodMicros: 10_000_000 },
  ]);
  assert.is(plan.runtime.imageBytes, 1e9);
  assert.is(plan.runtime.sandboxMicros, 1_000_000);
  assert.is(kubeletPlan({ serializeImagePulls: false }).maxParallelImagePulls, null);
});

test("the schema refuses what a kubelet would refuse", () => {
  const isValid = (value: unknown) => kubeletSchema.safeParse(value).success;
  assert.ok(isValid({ evictionHard: { "memory.available": "100Mi" } }));
  assert.not(isValid({ evictionHard: { "memory.avaliable": "100Mi" } }));
  assert.not(isValid({ evictionHard: { "memory.available": "much" } }));
  assert.not(isValid({ profile: "toy" }));
  assert.not(isValid({ podsPerCore: 10 }));
});

test("images have a size, or layers; layers of one id are one layer", () => {
  const isValid = (value: unknown) => imagesSchema.safeParse(value).success;
  assert.ok(isValid([{ name: "a", size: "1Gi" }]));
  assert.not(isValid([{ name: "a" }]));
  assert.not(isValid([{ name: "a", size: "1Gi", layers: [{ id: "x", size: 5 }] }]));
  assert.not(isValid([{ name: "a", layers: [] }]));
  const os = { id: "os", size: "100M" };
  assert.equal(imagePlans([{ name: "a", layers: [os, { id: "a", size: "20M" }] }]), [
    {
      name: "a",
      bytes: 120e6,
      layers: [
        { id: "os", bytes: 100e6 },
        { id: "a", bytes: 20e6 },
      ],
    },
  ]);
  const problems: string[] = [];
  const spec = [
    { name: "a", layers: [os] },
    { name: "b", layers: [{ id: "os", size: 5 }] },
    { name: "a", size: 1 },
  ];
  imagePlans(spec, ({ expected, path }) => problems.push(`${path.join(".")}: ${expected}`));
  assert.equal(problems, ["1.layers.0.size: the size that layer os has in other images", "2.name: each image once"]);
});

test.run();
