// Picking of targets: by name, role and zone, and fairly by count and share.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createStream } from "../../sim/engine/random.ts";
import { draw, isMatch, pickTargets, type Target } from "../../sim/faults/targets.ts";

const nobody = { names: [], role: null, zone: null, count: null, share: null } as const;
const targets: readonly Target[] = Array.from({ length: 5 }, (_, i) => ({
  name: `etcd-${i}`,
  zone: "abc"[i % 3]!,
  role: i === 2 ? "leader" : i === 4 ? "learner" : "follower",
}));
const names = (list: readonly Target[]) => list.map((target) => target.name).join(" ");

test("names, roles and zones restrict, together", () => {
  const matching = (selection: object) => names(targets.filter((t) => isMatch(t, { ...nobody, ...selection })));
  assert.is(matching({}), "etcd-0 etcd-1 etcd-2 etcd-3 etcd-4");
  assert.is(matching({ names: ["etcd-3", "etcd-1"] }), "etcd-1 etcd-3");
  assert.is(matching({ role: "leader" }), "etcd-2");
  assert.is(matching({ role: "learner" }), "etcd-4");
  assert.is(matching({ role: "any" }), "etcd-0 etcd-1 etcd-2 etcd-3 etcd-4");
  assert.is(matching({ zone: "a" }), "etcd-0 etcd-3");
  assert.is(matching({ zone: "b", role: "follower" }), "etcd-1");
});

test("counts and shares", () => {
  const stream = createStream(1, "test");
  const size = (selection: object) => pickTargets(targets, { ...nobody, ...selection }, stream).length;
  assert.equal([size({}), size({ count: 2 }), size({ count: 9 })], [5, 2, 5]);
  assert.equal(
    [0.01, 0.3, 0.5, 1].map((share) => size({ share })),
    [1, 2, 3, 5],
  );
});

test("every set is equally likely, in the order of the candidates, and drawn alike by equal streams", () => {
  const counts = new Map<string, number>();
  const stream = createStream(3, "fair");
  for (let i = 0; i < 10_000; i++) {
    const drawn = draw(targets, 2, stream);
    counts.set(names(drawn), (counts.get(names(drawn)) ?? 0) + 1);
  }
  assert.is(counts.size, 10);
  for (const [set, count] of counts) {
    assert.ok(Math.abs(count - 1000) < 130, `${set}: ${count}`);
    const [a, b] = set.split(" ");
    assert.ok(a! < b!);
  }
  fc.assert(
    fc.property(fc.nat(8), fc.string(), (wanted, path) => {
      const [one, two] = [draw(targets, wanted, createStream(1, path)), draw(targets, wanted, createStream(1, path))];
      assert.equal(one, two);
      assert.is(one.length, Math.min(wanted, targets.length));
    }),
    { seed: 4, numRuns: 200 },
  );
});

test("all of them need no draw: others' luck does not depend on it", () => {
  const stream = createStream(1, "x");
  draw(targets, 5, stream);
  pickTargets(targets, nobody, stream);
  assert.is(stream.next(), createStream(1, "x").next());
});

test.run();
