// The cluster at any moment, from the changes of its nodes.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ClusterCourse } from "../../../reports/page/cluster-course.ts";
import type { MapAnswer, ShownFault } from "../../../sim/serve/protocol.ts";

const [PRESENT, READY, CORDONED, TAINTED] = [1, 2, 4, 8];
const node = (name: string, zone: string, rack = "") => ({
  name,
  zone,
  rack,
  pool: "p",
  cpuMilli: 4000,
  memoryBytes: 1000,
  pods: 10,
  gpus: 0,
});

/** Two nodes from the start, a third from 50 on. */
const ANSWER: MapAnswer = {
  endMicros: 100,
  nodes: [node("a-0", "a", "r1"), node("b-0", "b"), node("b-1", "b", "r1")],
  offsets: [0, 3, 5, 6],
  atMicros: [0, 10, 30, 0, 20, 50],
  flags: [
    PRESENT | READY,
    PRESENT,
    PRESENT | READY,
    PRESENT | READY,
    PRESENT | READY | CORDONED | TAINTED,
    PRESENT | READY,
  ],
  pods: [1, 1, 0, 2, 2, 0],
  cpuMilli: [1000, 1000, 0, 2000, 2000, 0],
  memoryBytes: [500, 500, 0, 100, 100, 0],
  gpus: [0, 0, 0, 0, 0, 0],
  taints: [0, 0, 0, 0, 1, 0],
  taintTexts: ["", "team=x:NoSchedule"],
};

const fault = (layer: ShownFault["layer"], targets: string, from: number, to: number | null) =>
  ({ id: "f", kind: "k", layer, targets, injectedMicros: from, recoveredMicros: to }) as ShownFault;

test("a node stands as its last change has left it", () => {
  const course = new ClusterCourse(ANSWER, []);
  const states = (micros: number) => course.at(micros).map(({ state }) => state);
  assert.equal(states(0), ["ready", "ready", "gone"]);
  assert.equal(states(9), ["ready", "ready", "gone"]);
  assert.equal(states(10), ["down", "ready", "gone"], "at the moment itself");
  assert.equal(states(29), ["down", "cordoned", "gone"]);
  assert.equal(states(100), ["ready", "cordoned", "ready"]);
  const [a, b] = course.at(20);
  assert.equal(a!.shares.slice(0, 3), [0.25, 0.5, 0.1]);
  assert.ok(Number.isNaN(a!.shares[3]!), "no GPUs to share");
  assert.is(b!.isTainted, true);
  assert.is(b!.taints, "team=x:NoSchedule");
  assert.equal(course.measures, [0, 1, 2]);
});

test("faults stand on the nodes that they name, or whose zone or rack they name", () => {
  const faulted = (faults: ShownFault[], micros: number) =>
    new ClusterCourse(ANSWER, faults).at(micros).map(({ isFaulted }) => isFaulted);
  assert.equal(faulted([fault("nodes", "a-0 b-1", 10, 20)], 10), [true, false, true]);
  assert.equal(faulted([fault("nodes", "a-0 b-1", 10, 20)], 20), [false, false, false]);
  assert.equal(faulted([fault("zones", "b", 10, null)], 100), [false, true, true], "never undone");
  assert.equal(faulted([fault("racks", "r1", 10, 20)], 15), [true, false, true]);
  assert.equal(
    faulted([fault("pods", "a", 10, 20), fault("etcd", "b", 10, 20)], 15),
    [false, false, false],
    "names of others",
  );
});

test("steps go from one happening to the next, and end at the ends", () => {
  const course = new ClusterCourse(ANSWER, [fault("nodes", "a-0", 5, 40)]);
  assert.equal(course.moments, [5, 10, 20, 30, 40]);
  assert.is(course.step(0, 1), 5);
  assert.is(course.step(5, 1), 10);
  assert.is(course.step(40, 1), 100);
  assert.is(course.step(12, -1), 10);
  assert.is(course.step(5, -1), 0);
});

test.run();
