// Fragmentation and stranded room on clusters small enough to work out by hand.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fragmentation } from "../../sim/metrics/fragmentation.ts";
import { Recorder } from "../../sim/metrics/recorder.ts";
import { CPU, GPU, MEMORY } from "../../sim/metrics/resources.ts";
import type { ResourceList } from "../../sim/model/objects.ts";
import { makeNode, makePod, requesting } from "../scheduler/builders.ts";

function recorded(
  nodes: readonly ResourceList[],
  pods: readonly (readonly [node: string, requests: ResourceList])[],
): Recorder {
  const recorder = new Recorder({ clock: () => 0, stepMicros: 1, maxEvents: 0 });
  for (const [i, allocatable] of nodes.entries())
    recorder.changed("nodes", "ADDED", makeNode(`n${i}`, allocatable), undefined);
  for (const [i, [node, requests]] of pods.entries()) {
    const spec = { ...requesting(requests), ...(node === "" ? {} : { nodeName: node }) };
    recorder.changed("pods", "ADDED", makePod(`p${i}`, spec), undefined);
  }
  return recorder;
}

const measure = (recorder: Recorder) => fragmentation(recorder.nodes, recorder.pods);

test("room on a node without memory is stranded CPU", () => {
  const recorder = recorded(
    [
      { cpu: "4", memory: "8Gi" },
      { cpu: "4", memory: "8Gi" },
    ],
    [
      ["n0", { cpu: "1", memory: "8Gi" }],
      ["", { cpu: "1", memory: "2Gi" }],
      ["", { cpu: "1", memory: "2Gi" }],
    ],
  );
  const { free, stranded } = measure(recorder);
  assert.equal([free[CPU], free[MEMORY]], [7000, 8 * 2 ** 30]);
  // the median pod asks for 2 Gi; the first node has none left
  assert.equal([stranded[CPU], stranded[MEMORY]], [3000, 0]);
});

test("the share of free room that a pod of the workload cannot use", () => {
  // half of the pods want 4 CPUs, half want 1; nodes have 2 and 5 left
  const recorder = recorded(
    [{ cpu: "2" }, { cpu: "5" }],
    [
      ["", { cpu: "4" }],
      ["", { cpu: "1" }],
    ],
  );
  // unusable: 2000 for the large class on the small node, nothing else; (2000 × ½) ÷ 7000
  assert.ok(Math.abs(measure(recorder).fragPct[CPU]! - (1000 / 7000) * 100) < 1e-9);
});

test("a class that does not ask for GPUs cannot use them", () => {
  const gpu = "nvidia.com/gpu";
  const recorder = recorded(
    [{ cpu: "8", [gpu]: 4 }],
    [
      ["n0", { cpu: "1", [gpu]: 1 }],
      ["", { cpu: "1" }],
    ],
  );
  const { free, fragPct } = measure(recorder);
  assert.equal([free[GPU], fragPct[GPU]], [3, 50]);
});

test("nothing is free: nothing is measured", () => {
  const recorder = recorded([{ cpu: "1" }], [["n0", { cpu: "1" }]]);
  assert.ok(Number.isNaN(measure(recorder).fragPct[CPU]!));
});

test.run();
