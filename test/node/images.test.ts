import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../sim/engine/engine.ts";
import { Lifetime } from "../../sim/engine/lifetime.ts";
import { createStream } from "../../sim/engine/random.ts";
import type { Tick } from "../../sim/engine/tick.ts";
import {
  DEFAULT_KUBELET_CONFIGURATION,
  type ImagePlan,
  KUBELET_RUNTIME,
  type KubeletConfiguration,
} from "../../sim/model/kubelet-configuration.ts";
import { Images } from "../../sim/node/images.ts";
import { Registry } from "../../sim/node/registry.ts";

const test = suite("node/images");

const image = (name: string, layers: Readonly<Record<string, number>>): ImagePlan => ({
  name,
  bytes: Object.values(layers).reduce((sum, bytes) => sum + bytes, 0),
  layers: Object.entries(layers).map(([id, bytes]) => ({ id, bytes })),
});

/** A node that pulls 100 bytes per second, without latency. */
function machine(parts: Partial<KubeletConfiguration> = {}) {
  const engine = new Engine({ seed: 1 });
  const registry = new Registry({ engine, bytesPerSecond: null });
  let life = new Lifetime(engine);
  const runtime = { ...KUBELET_RUNTIME, pullBytesPerSecond: 100, pullLatencyMicros: 0 };
  const configuration = { ...DEFAULT_KUBELET_CONFIGURATION, imageMinimumGcAgeMicros: 0, runtime, ...parts };
  let changes = 0;
  const images = new Images({
    configuration,
    registry,
    life: () => life,
    changed: () => changes++,
    slowness: () => 1,
    latency: createStream(1, "latency"),
  });
  const ends: [string, number, string | null][] = [];
  const pull = (name: string, bytes = 0, fixedMicros: number | null = null) =>
    images.pull(name, bytes, fixedMicros, ({ error }) =>
      ends.push([name, Math.round(engine.now / 1e5) / 10, error === null ? null : "error"]),
    );
  const off = () => {
    life.end();
    images.reset();
    life = new Lifetime(engine);
  };
  const at = (seconds: number, then: () => void) => engine.at((seconds * 1e6) as Tick, then);
  return { at, ends, engine, images, off, pull, registry, changes: () => changes };
}

test("one pull after the other, in the order in which they were asked for", () => {
  const { ends, engine, pull } = machine();
  pull("a", 300);
  pull("b", 100);
  engine.run();
  assert.equal(ends, [
    ["a", 3, null],
    ["b", 4, null],
  ]);
});

test("several at once where that is allowed, up to the limit", () => {
  const { ends, engine, pull } = machine({ maxParallelImagePulls: 2 });
  pull("a", 300);
  pull("b", 100);
  pull("c", 100);
  engine.run();
  assert.equal(ends, [
    ["b", 1, null],
    ["c", 2, null],
    ["a", 3, null],
  ]);
});

test("who asks for an image that is on its way, or waits, gets it with the first", () => {
  const { ends, engine, images, pull } = machine();
  pull("a", 100);
  pull("b", 100);
  pull("a", 100);
  pull("b", 100);
  engine.run();
  assert.equal(
    ends.map(([name, at]) => `${name} ${at}`),
    ["a 1", "a 1", "b 2", "b 2"],
  );
  assert.is(images.totalBytes, 200);
});

test("pulls per second: a burst of 10, then one every 200 ms; 0 is no limit", () => {
  const { images } = machine();
  const taken = Array.from({ length: 12 }, () => images.mayPull(0)).filter(Boolean).length;
  assert.is(taken, 10);
  assert.not(images.mayPull(199_000));
  assert.ok(images.mayPull(400_000));
  assert.ok(Array.from({ length: 100 }, () => machine({ registryPullQps: 0 }).images.mayPull(0)).every(Boolean));
});

const base = { images: [image("a", { os: 200, a: 100 }), image("b", { os: 200, b: 50 })] };

test("a layer that is there is not pulled again, and counts once on the disk", () => {
  const { ends, engine, images, pull } = machine(base);
  pull("a", 300);
  pull("b", 250);
  engine.run();
  assert.equal(ends, [
    ["a", 3, null],
    ["b", 3.5, null],
  ]);
  assert.is(images.totalBytes, 350);
  assert.is(images.sizeOf("b"), 250, "the image is as large as all its layers");
});

test("a layer that another pull is bringing is waited for", () => {
  const { ends, engine, images, pull } = machine({ ...base, maxParallelImagePulls: null });
  pull("a", 300);
  pull("b", 250);
  engine.run();
  // b has its own layer after half a second, and the shared one comes with a's
  assert.equal(ends, [
    ["a", 3, null],
    ["b", 3, null],
  ]);
  assert.is(images.totalBytes, 350);
});

test("if that pull fails, whoever waits for the layer pulls it himself", () => {
  const [a, b] = ["bad.example/a", "good.example/b"];
  const images = [image(a, { os: 200, a: 100 }), image(b, { os: 200, b: 50 })];
  const node = machine({ images, maxParallelImagePulls: null });
  node.pull(a, 300);
  node.pull(b, 250);
  node.at(1, () => node.registry.outage("bad.example"));
  node.engine.run();
  assert.equal(node.ends, [
    [a, 1, "error"],
    [b, 3, null],
  ]);
  assert.is(node.images.totalBytes, 250);
});

test("garbage collection frees layers that no other image has, longest unused first", () => {
  const { images } = machine(base);
  images.put("a", 300, 0);
  images.put("b", 250, 1);
  assert.is(images.totalBytes, 350);
  assert.is(
    images.collect(1, 10, () => false),
    100,
  );
  assert.not(images.has("a"));
  assert.is(images.totalBytes, 250);
  assert.is(
    images.collect(1000, 10, () => false),
    250,
  );
  assert.is(images.totalBytes, 0);
});

test("what is used, or too young, is not collected", () => {
  const { images } = machine({ imageMinimumGcAgeMicros: 100 });
  images.put("used", 10, 0);
  images.put("young", 10, 50);
  images.put("old", 10, 0);
  assert.is(
    images.collect(1000, 120, (name) => name === "used"),
    10,
  );
  assert.ok(images.has("used") && images.has("young") && !images.has("old"));
});

test("what was used last goes last", () => {
  const { images } = machine();
  images.put("a", 10, 0);
  images.put("b", 10, 0);
  images.used("a", 5);
  images.collect(1, 10, () => false);
  assert.ok(images.has("a") && !images.has("b"));
});

test("power off: pulls under way are lost with what they have brought, images stay", () => {
  const { at, ends, engine, images, off, pull } = machine(base);
  images.put("b", 250, 0);
  pull("a", 300);
  at(0.5, off);
  engine.run();
  assert.equal(ends, []);
  assert.is(images.totalBytes, 250);
  pull("a", 300);
  engine.run();
  assert.is(ends[0]?.[2], null);
});

test("an image whose name says that it is broken fails after half a second", () => {
  const { ends, engine, pull } = machine();
  pull("registry.example/broken:v1", 100);
  engine.run();
  assert.equal(ends, [["registry.example/broken:v1", 0.5, "error"]]);
});

test("a time that is given holds whatever the size", () => {
  const { ends, engine, pull } = machine(base);
  pull("a", 300, 7_000_000);
  engine.run();
  assert.equal(ends, [["a", 7, null]]);
});

test("the node reports what was pulled during the run, largest first", () => {
  const { changes, engine, images, pull } = machine();
  images.put("old", 500, 0);
  const before = images.version;
  pull("a", 100);
  pull("b", 200);
  engine.run();
  assert.equal(
    images.report().map(({ names }) => names?.[0]),
    ["b", "a"],
  );
  assert.is(images.version, before + 2);
  assert.is(changes(), 2);
});

test.run();
