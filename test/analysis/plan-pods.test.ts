// The pods of a plan as one list.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { podsOfPlan } from "../../sim/analysis/plan-pods.ts";
import { noObjects, type Pod } from "../../sim/model/objects.ts";
import type { LateNodes, Plan, WorkloadSource } from "../../sim/scenario/plan.ts";
import { pod } from "../scheduler/cluster.ts";

const names = (pods: readonly Pod[]) => pods.map((p) => p.metadata.name);

function planOf(pods: readonly Pod[], workload: readonly WorkloadSource[], lateNodes: readonly LateNodes[] = []): Plan {
  return { objects: { ...noObjects(), pods }, workload, lateNodes } as unknown as Plan;
}

const timing = { everyMicros: { kind: "constant", value: 5 }, startMicros: 0, stopMicros: null, lifetimeMicros: null };
const arrivals = (name: string, count: number | null) =>
  ({ kind: "arrivals", name, shape: pod(name), count, ...timing }) as WorkloadSource;
const trace: WorkloadSource = {
  kind: "trace",
  name: "trace",
  shapes: [pod("-", { cpu: "1" }), pod("-", { cpu: "2" })],
  podNames: ["t-b", "t-a", "t-c"],
  shapeOf: Uint32Array.of(1, 0, 1),
  arrivalMicros: Float64Array.of(1, 2, 3),
  lifetimeMicros: Float64Array.of(1, 1, 1),
  departure: "afterStart",
};

test("those that wait at the start by priority, then each source in turn", () => {
  const batch: WorkloadSource = {
    kind: "pods",
    name: "b",
    shape: pod("b"),
    atMicros: 9,
    count: 2,
    lifetimeMicros: null,
  };
  const start = [pod("bound", { node: "n" }), pod("low"), pod("high", { priority: 3 })];
  const pods = podsOfPlan(planOf(start, [arrivals("a", 3), batch, trace]), 100);
  assert.equal(names(pods), ["high", "low", "a-0", "a-1", "a-2", "b-0", "b-1", "t-b", "t-a", "t-c"]);
});

test("endless sources give as many as asked for", () => {
  assert.equal(names(podsOfPlan(planOf([], [arrivals("a", null), arrivals("b", 1)]), 2)), ["a-0", "a-1", "b-0"]);
  assert.equal(podsOfPlan(planOf([], [arrivals("a", null)]), 0), []);
});

test("pods of one source share spec and labels, and have names and uids of their own", () => {
  const [first, second, third] = podsOfPlan(planOf([], [trace]), 0);
  assert.is(first?.spec, third?.spec);
  assert.is(first?.metadata.labels, third?.metadata.labels);
  assert.is.not(first?.spec, second?.spec);
  assert.equal(
    [first, second, third].map((p) => p?.metadata.uid),
    ["t-b", "t-a", "t-c"],
  );
  const bare = arrivals("a", 2);
  const without = { ...bare, shape: { ...pod("a"), metadata: { name: "a" } } } as WorkloadSource;
  const [x, y] = podsOfPlan(planOf([], [without]), 0);
  assert.is(x?.metadata.labels, y?.metadata.labels);
});

test("pods of DaemonSets on nodes that come later wait with the others", () => {
  const late = {
    pool: "p",
    nodes: [],
    bootMicros: { kind: "constant", value: 1 },
    daemonPods: [[pod("d-0")], [pod("d-1")]],
  };
  const pods = podsOfPlan(planOf([pod("first")], [], [late as LateNodes]), 0);
  assert.equal(names(pods), ["first", "d-0", "d-1"]);
});

test.run();
