// Which classes of pods are typical: the most frequent ones that make up 95 % of all pods.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PodClasses } from "../../../sim/model/gpu/typical-pods.ts";
import { TRACE_FOLDER } from "../../fidelity/fgd/experiment.ts";
import { fromShared } from "../../shared.ts";

const gpu = (milli: number, count = 1, models: readonly string[] = []) => ({ milli, count, models });

test("groups are taken by frequency until they are 95 % of the pods, those without GPUs included", () => {
  const classes = new PodClasses();
  classes.add(4000, null, 60);
  classes.add(8000, gpu(1000), 30);
  classes.add(1000, gpu(500), 5);
  classes.add(2000, gpu(500), 4);
  classes.add(3000, gpu(500), 1);
  assert.equal(
    classes.typical().map(({ cpuMilli, count }) => [cpuMilli, count]),
    [
      [4000, 60],
      [8000, 30],
      [1000, 5],
    ],
  );
});

test("equal pods are one class, whichever source brings them; ties: more CPU, then the larger share", () => {
  const classes = new PodClasses();
  classes.add(1000, gpu(200), 3);
  classes.add(1000, gpu(300), 2);
  classes.add(2000, gpu(100), 2);
  classes.add(1000, gpu(300), 1);
  classes.add(2000, gpu(100), 1);
  const typical = classes.typical().map(({ cpuMilli, gpuMilli, count }) => [cpuMilli, gpuMilli, count]);
  assert.equal(typical, [
    [2000, 100, 3],
    [1000, 300, 3],
    [1000, 200, 3],
  ]);
});

test("without a pod that asks for a GPU nothing is typical", () => {
  const classes = new PodClasses();
  classes.add(1000, null, 10);
  assert.equal(classes.typical(), []);
  assert.equal(new PodClasses().typical(), []);
});

const published = fromShared("data/02-fgd-expected");
if (existsSync(published))
  test("the default workload of openb has the 35 classes with 7,766 pods that are published", () => {
    const [, ...lines] = readFileSync(join(published, "typical_pods_default.csv"), "utf8").trim().split("\n");
    const classes = new PodClasses();
    const [, ...pods] = readFileSync(fromShared(`data/${TRACE_FOLDER}/openb_pod_list_default.csv`), "utf8")
      .trim()
      .split("\n");
    for (const line of pods) {
      const [, cpu, , count, milli, spec = ""] = line.split(",");
      const models = spec === "" ? [] : spec.split("|");
      classes.add(Number(cpu), Number(count) > 0 ? gpu(Number(milli), Number(count), models) : null, 1);
    }
    const typical = classes.typical();
    assert.equal(
      typical.map((t) => [t.cpuMilli, t.gpuMilli, t.gpuCount, t.models.join("|"), t.count].join(",")),
      lines.map((line) => line.split(",").slice(1, 6).join(",")),
    );
    assert.is(
      typical.reduce((sum, { count }) => sum + count, 0),
      7766,
    );
  });

test.run();
