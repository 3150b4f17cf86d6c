// How nodes stand over a run: kept only when asked for, one row for each change, in agreement with the tables of nodes and pods.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { simulate } from "../../sim/cluster.ts";
import { numbersOf, textReader } from "../../sim/metrics/table.ts";
import { loadScenarioText } from "../../sim/scenario/load.ts";

const SCENARIO = `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: course }
spec:
  duration: 12m
  cluster: { start: settled, nodePools: [{ name: n, count: 4, zones: [a, b], machine: { cpu: 2, memory: 4Gi } }] }
  workload:
    - arrivals: { shape: { spec: { containers: [{ name: c, resources: { requests: { cpu: 250m, memory: 128Mi } } }] } }, every: { exponential: 10s }, lifetime: { exponential: 1m } }
  faults: [{ at: 3m, nodeCrash: { node: n-1, for: 4m } }]
  actions: [{ at: 1m, cordon: { node: n-2 } }]
`;
const [plan] = loadScenarioText(SCENARIO, "course.yaml", ".").plans;
const result = simulate(plan!, 3, { recordsCourse: true });
const { nodeCourse, nodes, pods } = result.tables;
const column = (name: string) => numbersOf(nodeCourse, name);

test("is empty, and changes nothing, when nobody asks for it", () => {
  const plain = simulate(plan!, 3);
  assert.is(plain.tables.nodeCourse.rows, 0);
  assert.is(plain.identity.digest, result.identity.digest);
});

test("is in order of time, with one row for each moment of a node, and no row that changes nothing", () => {
  const [node, at] = [column("node"), column("atMicros")];
  assert.equal(
    [...at],
    [...at].sort((a, b) => a - b),
  );
  const moments = Array.from(node, (of, row) => `${of} ${at[row]}`);
  assert.is(new Set(moments).size, moments.length);
  const last = new Map<number, string>();
  const taints = textReader(nodeCourse, "taints");
  for (let row = 0; row < nodeCourse.rows; row++) {
    const standing =
      ["present", "ready", "cordoned", "pods", "cpuMilli", "memoryBytes"].map((name) => column(name)[row]).join() +
      taints(row);
    assert.is.not(last.get(node[row]!), standing);
    last.set(node[row]!, standing);
  }
});

test("at every moment a node holds the pods that the table of pods has on it", () => {
  const [node, at, held, cpu] = [column("node"), column("atMicros"), column("pods"), column("cpuMilli")];
  const of = textReader(pods, "node");
  const name = textReader(nodes, "name");
  const [bound, created, atStart] = [
    numbersOf(pods, "scheduledMicros"),
    numbersOf(pods, "createdMicros"),
    numbersOf(pods, "boundAtStart"),
  ];
  const [finished, deleted, asked] = [
    numbersOf(pods, "finishedMicros"),
    numbersOf(pods, "deletedMicros"),
    numbersOf(pods, "cpuMilli"),
  ];
  for (let row = 0; row < nodeCourse.rows; row++) {
    let [count, milli] = [0, 0];
    for (let pod = 0; pod < pods.rows; pod++) {
      const from = atStart[pod] === 1 ? created[pod]! : bound[pod]!;
      if (
        of(pod) !== name(node[row]!) ||
        !(from <= at[row]!) ||
        finished[pod]! <= at[row]! ||
        deleted[pod]! <= at[row]!
      )
        continue;
      count++;
      milli += asked[pod]!;
    }
    assert.equal([held[row], cpu[row]], [count, milli], `${name(node[row]!)} at ${at[row]}`);
  }
});

test("tells when a node was not ready, and when it was cordoned, as the periods of nodes do", () => {
  const { nodePeriods } = result.tables;
  const what = textReader(nodePeriods, "what");
  const periods = Array.from({ length: nodePeriods.rows }, (_, row) => [
    numbersOf(nodePeriods, "node")[row],
    what(row),
    numbersOf(nodePeriods, "fromMicros")[row],
  ]);
  assert.ok(
    periods.some(([, kind]) => kind === "NotReady") && periods.some(([, kind]) => kind === "SchedulingDisabled"),
  );
  for (const [node, kind, from] of periods) {
    const row = [...column("node")].findIndex((of, i) => of === node && column("atMicros")[i] === from);
    assert.ok(row >= 0, `${kind} of ${node} at ${from}`);
    assert.is(column(kind === "NotReady" ? "ready" : "cordoned")[row], kind === "NotReady" ? 0 : 1);
  }
});

test.run();
