// The named workloads: as many pods as asked for, in a fixed order, and each can be measured.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { cycleWorkloads, podsOf, upstreamWorkloads, type Workload } from "../../bench/workloads.ts";
import { checkObject } from "../../sim/model/check-objects.ts";
import type { Problem } from "../../sim/model/problem.ts";
import { Reader } from "../../sim/model/reader.ts";

const all = (nodes: number, pods: number) => [...upstreamWorkloads(nodes, pods), ...cycleWorkloads(nodes, pods)];
const measuredOf = (w: Workload) => [...podsOf(w.measured, w.interleaved === true)];

test("as many pods as asked for, where the workload itself does not set a limit", () => {
  for (const pods of [1, 3, 50, 99, 1234]) {
    for (const workload of all(2000, pods)) {
      const { length } = measuredOf(workload);
      assert.is(length, pods, `${workload.name} with ${pods}`);
    }
  }
  const anti = upstreamWorkloads(100, 1000).find((w) => w.name === "SchedulingPodAntiAffinity")!;
  assert.is(measuredOf(anti).length, 75, "one per node, less those that are there");
});

test("names of workloads and of pods are unique, and say where they are from", () => {
  const workloads = all(200, 200);
  assert.is(new Set(workloads.map((w) => w.name)).size, workloads.length);
  for (const workload of workloads) {
    assert.ok(workload.about.length > 10, workload.name);
    const keys = [...podsOf(workload.initial, false), ...measuredOf(workload)].map((p) => p.metadata.name);
    assert.is(new Set(keys).size, keys.length, workload.name);
    const nodes = Array.from({ length: workload.nodes }, (_, i) => workload.node(i).metadata.name);
    assert.is(new Set(nodes).size, nodes.length);
  }
  for (const { upstreamThreshold } of cycleWorkloads(200, 200)) assert.is(upstreamThreshold, null);
});

test("the same objects every time", () => {
  for (const [i, workload] of all(60, 60).entries()) {
    const again = all(60, 60)[i]!;
    assert.equal(measuredOf(again), measuredOf(workload), workload.name);
    assert.equal(again.node(7), workload.node(7));
  }
});

test("pods of one template share spec and labels", () => {
  for (const { measured } of all(60, 60)) {
    for (const { pod, count } of measured) {
      if (count < 2) continue;
      assert.is(pod(0).spec, pod(1).spec);
      assert.is(pod(0).metadata.labels, pod(1).metadata.labels);
    }
  }
});

test("batches in turn, in proportion to their sizes", () => {
  const batch = (name: string, count: number) => ({
    count,
    pod: (i: number) => ({ metadata: { name: `${name}${i}` }, spec: { containers: [] } }),
  });
  const order = (interleaved: boolean) =>
    [...podsOf([batch("a", 4), batch("b", 2), batch("c", 0)], interleaved)].map((p) => p.metadata.name).join(" ");
  assert.is(order(false), "a0 a1 a2 a3 b0 b1");
  assert.is(order(true), "a0 a1 b0 a2 a3 b1");
});

test("their objects are ones that the loader would accept", () => {
  for (const workload of all(20, 20)) {
    const problems: Problem[] = [];
    checkObject("nodes", new Reader(workload.node(0), problems));
    for (const pod of measuredOf(workload)) checkObject("pods", new Reader(pod, problems));
    for (const service of workload.objects?.services ?? []) checkObject("services", new Reader(service, problems));
    assert.equal(problems, [], workload.name);
  }
});

test.run();
