import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../sim/engine/engine.ts";
import type { Tick } from "../../sim/engine/tick.ts";
import { Registry, registryOf } from "../../sim/node/registry.ts";

const test = suite("node/registry");

function pulls(bytesPerSecond: number | null) {
  const engine = new Engine({ seed: 1 });
  const registry = new Registry({ engine, bytesPerSecond });
  const ends: [string, number, string | null][] = [];
  const pull = (image: string, bytes: number, rate = 100) => {
    const done = ({ error }: { error: string | null }) => ends.push([image, engine.now / 1e6, error]);
    const given = { image, leftBytes: bytes, nodeBytesPerSecond: rate, done };
    registry.pull(given);
    return given;
  };
  const at = (seconds: number, then: () => void) => engine.at((seconds * 1e6) as Tick, then);
  return { engine, registry, ends, pull, at };
}

test("a pull takes its size over the node's rate", () => {
  const { engine, ends, pull } = pulls(null);
  pull("a", 500);
  pull("b", 100);
  engine.run();
  assert.equal(ends, [
    ["b", 1, null],
    ["a", 5, null],
  ]);
});

test("pulls share what the registry serves, and take more when others are through", () => {
  const { engine, ends, pull } = pulls(100);
  pull("a", 100);
  pull("b", 300);
  engine.run();
  // 50 each until a is through at 2 s; then b has 200 left at 100 per second
  assert.equal(ends, [
    ["a", 2, null],
    ["b", 4, null],
  ]);
});

test("a slow registry slows what is under way, for as long as it is slow", () => {
  const { at, engine, ends, pull, registry } = pulls(null);
  pull("a", 1000);
  let undo: () => void = () => undefined;
  at(2, () => {
    undo = registry.slow(4, "");
  });
  at(6, () => undo());
  engine.run();
  // 200 in 2 s, 100 in 4 s, 700 in 7 s
  assert.equal(ends, [["a", 13, null]]);
});

test("an outage ends pulls under way and refuses new ones; another registry is not concerned", () => {
  const { at, engine, ends, pull, registry } = pulls(null);
  pull("quay.io/a", 1000);
  pull("b", 1000);
  let undo: () => void = () => undefined;
  at(1, () => {
    undo = registry.outage("quay.io");
  });
  at(2, () => pull("quay.io/c", 100));
  at(3, () => {
    undo();
    pull("quay.io/d", 100);
  });
  engine.run();
  assert.equal(
    ends.map(([image, time, error]) => [image, Math.round(time), error !== null]),
    [
      ["quay.io/a", 1, true],
      ["quay.io/c", 2, true],
      ["quay.io/d", 4, false],
      ["b", 10, false],
    ],
  );
  assert.match(ends[0]![2] ?? "", /^failed to pull and unpack image "quay.io\/a": .* connection refused$/);
});

test("a pull that nobody wants any more leaves its share to the others", () => {
  const { at, engine, ends, pull, registry } = pulls(100);
  const a = pull("a", 1000);
  pull("b", 200);
  at(2, () => registry.cancel(a));
  engine.run();
  assert.equal(ends, [["b", 3, null]]);
});

test("registries by name", () => {
  assert.equal(["nginx", "library/nginx", "quay.io/x/y:1", "localhost:5000/z", "localhost/z"].map(registryOf), [
    "docker.io",
    "docker.io",
    "quay.io",
    "localhost:5000",
    "localhost",
  ]);
});

test.run();
