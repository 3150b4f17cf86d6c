// Truncation of Endpoints, and when two are the same.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { sameSubsets, truncated } from "../../../sim/controllers/endpoints/subsets.ts";
import type { EndpointSubset } from "../../../sim/model/objects.ts";

const addresses = (count: number, from = 0) => Array.from({ length: count }, (_, i) => ({ ip: `10.0.0.${from + i}` }));
const subset = (ready: number, notReady: number): EndpointSubset => ({
  addresses: addresses(ready),
  notReadyAddresses: addresses(notReady, ready),
  ports: [{ port: 80 }],
});
const counts = (subsets: readonly EndpointSubset[] | null) =>
  subsets?.map((each) => [each.addresses?.length ?? 0, each.notReadyAddresses?.length ?? 0]);

test("a thousand addresses are not cut", () => {
  assert.is(truncated([subset(600, 400)]), null);
});

test("ready addresses come first: those that are not are cut", () => {
  assert.equal(counts(truncated([subset(990, 20)])), [[990, 10]]);
});

test("more ready ones than there is room for: none that is not ready, and each subset gets its share, rounded up", () => {
  assert.equal(counts(truncated([subset(900, 5), subset(300, 5)])), [
    [750, 0],
    [250, 0],
  ]);
  assert.equal(counts(truncated([subset(1, 0), subset(2, 0), subset(4, 0)], 3)), [
    [1, 0],
    [1, 0],
    [1, 0],
  ]);
});

test("the same addresses, ports and pods are the same; another pod behind an address is not", () => {
  const ours = subset(2, 1);
  assert.ok(sameSubsets([ours], [subset(2, 1)]));
  assert.not(sameSubsets([ours], [subset(1, 1)]));
  assert.not(sameSubsets([ours], [{ ...ours, ports: [{ port: 81 }] }]));
  assert.not(
    sameSubsets([ours], [{ ...ours, addresses: addresses(2).map((a) => ({ ...a, targetRef: { uid: "x" } })) }]),
  );
  assert.not(sameSubsets([ours], []));
});

test.run();
