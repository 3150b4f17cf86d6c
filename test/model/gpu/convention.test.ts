// What annotations, resources and labels say about GPUs.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { checkObject } from "../../../sim/model/check-objects.ts";
import {
  allowsModel,
  gpuCapacityOf,
  gpuIndexesOf,
  gpuIndexText,
  gpuRequestOf,
} from "../../../sim/model/gpu/convention.ts";
import type { Pod } from "../../../sim/model/objects.ts";
import type { Problem } from "../../../sim/model/problem.ts";
import { Reader } from "../../../sim/model/reader.ts";
import { makeNode, makePod, requesting } from "../../scheduler/builders.ts";

function annotated(annotations: Record<string, string>): Pod {
  return makePod("p", {}, { annotations });
}

test("annotations ask for milli of each of so many devices, on card models joined by |", () => {
  const pod = annotated({
    "alibabacloud.com/gpu-milli": "460",
    "alibabacloud.com/gpu-count": "1",
    "alibabacloud.com/gpu-card-model": "T4|P100",
  });
  assert.equal(gpuRequestOf(pod), { milli: 460, count: 1, models: ["T4", "P100"] });
  assert.equal(gpuRequestOf(annotated({ "alibabacloud.com/gpu-count": "2" })), { milli: 1000, count: 2, models: [] });
  assert.equal(gpuRequestOf(annotated({ "alibabacloud.com/gpu-milli": "100" })), { milli: 100, count: 1, models: [] });
});

test("gpu-milli counts up to a whole device: min(gpu_milli, 1000)", () => {
  assert.is(gpuRequestOf(annotated({ "alibabacloud.com/gpu-milli": "4000" }))?.milli, 1000);
});

test("nothing is asked for by 0, and by a model alone", () => {
  assert.is(gpuRequestOf(annotated({ "alibabacloud.com/gpu-milli": "0" })), null);
  assert.is(gpuRequestOf(annotated({ "alibabacloud.com/gpu-count": "0", "alibabacloud.com/gpu-milli": "500" })), null);
  assert.is(gpuRequestOf(annotated({ "alibabacloud.com/gpu-card-model": "T4" })), null);
  assert.is(gpuRequestOf(makePod("p")), null);
});

test("extended resources that end in /gpu are whole devices; annotations come first", () => {
  assert.equal(gpuRequestOf(makePod("p", requesting({ "nvidia.com/gpu": 2 }))), { milli: 1000, count: 2, models: [] });
  const both = makePod("p", requesting({ "nvidia.com/gpu": 2 }), {
    annotations: { "alibabacloud.com/gpu-milli": "10" },
  });
  assert.is(gpuRequestOf(both)?.milli, 10);
});

test("nodes have gpu-count devices, or as many as their extended resources say, of the model in their label", () => {
  const alibaba = makeNode("a", { "alibabacloud.com/gpu-count": "2" }, { "alibabacloud.com/gpu-card-model": "T4" });
  assert.equal(gpuCapacityOf(alibaba), { count: 2, model: "T4" });
  const nvidia = makeNode("b", { "nvidia.com/gpu": 8 }, { "nvidia.com/gpu.product": "A10" });
  assert.equal(gpuCapacityOf(nvidia), { count: 8, model: "A10" });
  assert.is(gpuCapacityOf(makeNode("c")), null);
  assert.is(gpuCapacityOf(makeNode("d", { "nvidia.com/gpu": 0 })), null);
});

test("devices of a pod are written with dashes and read back", () => {
  assert.is(gpuIndexText([0, 3, 7]), "0-3-7");
  assert.equal(gpuIndexesOf(annotated({ "alibabacloud.com/gpu-index": "0-3-7" })), [0, 3, 7]);
  for (const text of ["", "-1", "1-", "a", "1,2"])
    assert.is(gpuIndexesOf(annotated({ "alibabacloud.com/gpu-index": text })), null);
});

test("a request without models is served by any, others by those that it names", () => {
  assert.ok(allowsModel({ milli: 1, count: 1, models: [] }, "T4"));
  assert.ok(allowsModel({ milli: 1, count: 1, models: ["A", "T4"] }, "T4"));
  assert.not.ok(allowsModel({ milli: 1, count: 1, models: ["A"] }, ""));
});

test("text that is no whole number is a mistake, and so is a number that is not quoted", () => {
  const problemsOf = (annotations: Record<string, unknown>) => {
    const problems: Problem[] = [];
    checkObject("pods", new Reader(makePod("p", {}, { annotations: annotations as never }), problems));
    return problems.map((problem) => `${problem.path.join(".")}: ${problem.expected}`);
  };
  assert.equal(problemsOf({ "alibabacloud.com/gpu-milli": "500", "alibabacloud.com/gpu-count": "1" }), []);
  for (const text of ["half", "0.5", "-1", "500m", "", 500])
    assert.equal(problemsOf({ "alibabacloud.com/gpu-milli": text }), [
      "metadata.annotations.alibabacloud.com/gpu-milli: a whole number from 0 to 1000000, as text (quote it)",
    ]);
  assert.is(problemsOf({ "alibabacloud.com/gpu-count": "100000" }).length, 1);
});

test.run();
