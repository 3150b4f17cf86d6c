// Measures of GPUs: kept as things change, and the same as if they were worked out at once.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { GpuMeter } from "../../sim/metrics/gpu-meter.ts";
import { GpuRecorder } from "../../sim/metrics/gpu-recorder.ts";
import type { TypicalPod } from "../../sim/model/gpu/typical-pods.ts";
import { makeNode, makePod } from "../scheduler/builders.ts";

const TYPICAL: readonly TypicalPod[] = [
  { cpuMilli: 1000, gpuMilli: 500, gpuCount: 1, models: [], count: 3 },
  { cpuMilli: 1000, gpuMilli: 0, gpuCount: 0, models: [], count: 1 },
];
const half = { milli: 500, count: 1, models: [] };

function meterOf(): GpuMeter {
  const meter = new GpuMeter(TYPICAL);
  meter.nodeSet("a", { count: 2, model: "T4" }, 8000);
  meter.nodeSet("b", { count: 2, model: "T4" }, 8000);
  return meter;
}

test("frag amount = ΣF, ratio = ΣF / Σidle, allocation = allocated milli / total", () => {
  const meter = meterOf();
  assert.equal(
    meter.reading().fragmentMilli,
    1000,
    "a quarter of the typical pods asks for no GPU: idle is a fragment to it",
  );
  meter.placed("p", "a", 1000, { milli: 700, count: 1, models: [] }, [0]);
  const { fragmentMilli, idleMilli, totalMilli, usedMilli } = meter.reading();
  assert.equal([totalMilli, usedMilli, idleMilli], [4000, 700, 3300]);
  assert.is(fragmentMilli, 0.25 * 3300 + 0.75 * 300);
});

test("x = round(100 · submitted milli / total), mean over pods with the same x; failed pods count as submitted", () => {
  const meter = meterOf();
  meter.submitted(null, 1);
  meter.placed("p", "a", 1000, half, null);
  meter.submitted(half, 2);
  meter.submitted({ milli: 1000, count: 4, models: [] }, 3);
  meter.submitted(null, 4);
  const { numbers, rows } = meter.table().freeze();
  assert.is(rows, 3);
  assert.equal([...numbers["arrivedPct"]!], [0, 13, 113]);
  assert.equal([...numbers["pods"]!], [1, 1, 2]);
  assert.equal([...numbers["timeMicros"]!], [1, 2, 4]);
  assert.equal([...numbers["usedMilli"]!], [0, 500, 500]);
});

test("what is released and removed leaves nothing behind", () => {
  const meter = meterOf();
  const before = meter.reading();
  meter.placed("p", "a", 8000, half, [1]);
  assert.is(meter.reading().kindsMilli[3], 0.75 * 1500, "without CPU nothing else fits on that node: q4");
  meter.released("p", "a", 8000);
  assert.equal(meter.reading(), before);
  meter.nodeRemoved("a");
  assert.is(meter.reading().totalMilli, 2000);
  meter.placed("q", "a", 1000, half, null);
  meter.released("q", "a", 1000);
  assert.is(meter.reading().idleMilli, 2000);
});

test("a pod that found no node and is bound later was submitted once", () => {
  const recorder = new GpuRecorder(TYPICAL, () => 7);
  recorder.nodeSet(makeNode("a", { "alibabacloud.com/gpu-count": 1 }));
  const pod = makePod("p", { nodeName: "a" }, { annotations: { "alibabacloud.com/gpu-milli": "500" } });
  const requests = { fixed: [1000, 0, 0, 1, 0], other: new Map<string, number>() };
  recorder.unschedulable("p", pod, requests);
  recorder.unschedulable("p", pod, requests);
  recorder.bound("p", pod, requests);
  const { numbers, rows } = recorder.meter.table().freeze();
  assert.is(rows, 1);
  assert.is(numbers["pods"]?.[0], 1);
  assert.is(recorder.meter.reading().usedMilli, 500);
});

test.run();
