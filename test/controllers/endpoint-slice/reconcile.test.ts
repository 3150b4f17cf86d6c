import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { endpointKey } from "../../../sim/controllers/endpoint-slice/endpoints.ts";
import { reconcileSlices } from "../../../sim/controllers/endpoint-slice/reconcile.ts";
import type { Endpoint, EndpointSlice } from "../../../sim/model/objects.ts";

const test = suite("controllers/endpoint-slice/reconcile");

const endpoint = (n: number, ready = true): Endpoint => ({
  addresses: [`10.0.0.${n}`],
  conditions: { ready, serving: ready, terminating: false },
  nodeName: "n",
  targetRef: { kind: "Pod", name: `p${n}`, uid: `u${n}` },
});
const slice = (name: string, endpoints: readonly Endpoint[]): EndpointSlice => ({
  metadata: { name, namespace: "default" },
  addressType: "IPv4",
  endpoints,
});
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => endpoint(from + i));

test("a new Service gets slices of 100, and one without pods an empty slice", () => {
  assert.equal(
    reconcileSlices(range(0, 250), []).create.map((endpoints) => endpoints.length),
    [100, 100, 50],
  );
  assert.equal(reconcileSlices([], []).create, [[]]);
});

test("nothing to do is nothing to write", () => {
  const { create, update, remove } = reconcileSlices(range(0, 3), [slice("a", range(0, 3))]);
  assert.equal([create, update, remove], [[], [], []]);
  assert.equal(reconcileSlices([], [slice("a", [])]), { create: [], update: [], remove: [] });
});

test("a change of readiness rewrites its slice alone, and the endpoint keeps its place", () => {
  const changes = reconcileSlices(
    [...range(0, 2), endpoint(2, false), ...range(3, 6)],
    [slice("a", range(0, 3)), slice("b", range(3, 6))],
  );
  assert.equal(
    changes.update.map((s) => s.metadata.name),
    ["a"],
  );
  assert.is(changes.update[0]?.endpoints[2]?.conditions?.ready, false);
  assert.equal([changes.create, changes.remove], [[], []]);
});

test("slices that change anyway are filled first", () => {
  const changes = reconcileSlices([...range(1, 4), endpoint(9)], [slice("a", range(0, 2)), slice("b", range(2, 4))]);
  assert.equal(
    changes.update.map((s) => [s.metadata.name, s.endpoints.map((e) => e.targetRef?.name)]),
    [["a", ["p1", "p9"]]],
  );
});

test("an untouched slice is taken only when all that is left fits into it", () => {
  const full = slice("full", range(0, 98));
  assert.equal(
    reconcileSlices(range(0, 100), [full]).update.map((s) => s.endpoints.length),
    [100],
  );
  assert.equal(
    reconcileSlices(range(0, 101), [full]).create.map((e) => e.length),
    [3],
  );
});

test("the last endpoint leaves an empty slice behind, others go", () => {
  const changes = reconcileSlices([], [slice("a", range(0, 2)), slice("b", range(2, 3))]);
  assert.equal(
    changes.update.map((s) => [s.metadata.name, s.endpoints.length]),
    [["a", 0]],
  );
  assert.equal(
    changes.remove.map((s) => s.metadata.name),
    ["b"],
  );
});

test("whatever there was: afterwards each endpoint stands in exactly one slice, none is over the limit", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 8 }), { maxLength: 5 }),
      fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 30 }),
      (before, after) => {
        const seen = new Set<number>();
        const existing = before.map((numbers, i) =>
          slice(
            `s${i}`,
            numbers.filter((n) => !seen.has(n) && seen.add(n)).map((n) => endpoint(n)),
          ),
        );
        const { create, update, remove } = reconcileSlices(
          after.map((n) => endpoint(n)),
          existing,
          8,
        );
        const updated = new Map(update.map((s) => [s.metadata.name, s]));
        const removed = new Set(remove.map((s) => s.metadata.name));
        const result = [
          ...existing.filter((s) => !removed.has(s.metadata.name)).map((s) => updated.get(s.metadata.name) ?? s),
        ].map((s) => s.endpoints);
        const all = [...result, ...create].flat().map(endpointKey).sort();
        assert.equal(all, after.map((n) => endpointKey(endpoint(n))).sort());
        assert.ok([...result, ...create].every((endpoints) => endpoints.length <= 8));
        assert.ok(result.length + create.length >= 1);
      },
    ),
    { seed: 1, numRuns: 300 },
  );
});

test.run();
