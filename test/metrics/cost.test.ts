// Costs of nodes, small enough to be worked out by hand.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { costTable, costTotals } from "../../sim/metrics/cost.ts";
import { Recorder } from "../../sim/metrics/recorder.ts";
import { allocatableOf } from "../../sim/metrics/resources.ts";
import { numbersOf, textReader } from "../../sim/metrics/table.ts";
import type { Node } from "../../sim/model/objects.ts";

const HOUR = 3_600_000_000;

function node(name: string, labels: Readonly<Record<string, string>>): Node {
  const allocatable = { cpu: "4", memory: "8Gi", pods: 110 };
  return { apiVersion: "v1", kind: "Node", metadata: { name, labels }, status: { allocatable } } as Node;
}

const requests = (list: Readonly<Record<string, string | number>>) =>
  allocatableOf({ ...node("", {}), status: { allocatable: list } } as Node);

function recorderAt(hours: number): Recorder {
  return new Recorder({ clock: () => hours * HOUR, stepMicros: HOUR, maxEvents: 1 });
}

test("two hours of one node: what is idle, what is wasted, and what an hour of a pod costs", () => {
  const recorder = recorderAt(2);
  const { nodes } = recorder;
  nodes.added(node("a", { "kubedrill.dev/price-per-hour": "0.4", "kubedrill.dev/lifecycle": "on-demand" }), 0);
  // half of the CPU and an eighth of the memory, for one hour of two
  nodes.account(0, requests({ cpu: "2", memory: "1Gi", pods: 1 }), 1, 0);
  nodes.account(0, requests({ cpu: "2", memory: "1Gi", pods: 1 }), -1, HOUR);
  nodes.used("a", { cpuMilliMicros: 1000 * HOUR, cpuPeakMilli: 1000, memoryByteMicros: 0, memoryPeakBytes: 0 });
  nodes.finish(2 * HOUR);
  const table = costTable(recorder, 2 * HOUR);
  const value = (name: string) => numbersOf(table, name)[0]!;
  assert.is(value("nodeMicros"), 2 * HOUR);
  assert.is(value("costMicros"), 800_000);
  // a quarter was requested over the time, an eighth was used
  assert.is(value("idleMicros"), 600_000);
  assert.is(value("wastedMicros"), 100_000);
  const totals = costTotals(table);
  assert.equal([totals.nodeHours, totals.cost, totals.idle, totals.perPodHour, totals.spotPct], [2, 0.8, 0.6, 0.8, 0]);
});

test("rows by pool, type, zone and lifecycle; nodes without a price have hours and no cost; leaving ends both", () => {
  const recorder = recorderAt(10);
  const { nodes } = recorder;
  const spot = { "karpenter.sh/capacity-type": "spot", "node.kubernetes.io/instance-type": "m5" };
  nodes.added(node("a", { ...spot, "kubedrill.dev/price-per-hour": "1" }), 0);
  nodes.added(node("b", { "topology.kubernetes.io/zone": "z" }), 2 * HOUR);
  nodes.added(node("c", { ...spot, "kubedrill.dev/price-per-hour": "1" }), 0);
  nodes.removed("c", 4 * HOUR);
  nodes.finish(10 * HOUR);
  const table = costTable(recorder, 10 * HOUR);
  assert.is(table.rows, 2);
  const [type, lifecycle] = [textReader(table, "type"), textReader(table, "lifecycle")];
  assert.equal([type(0), lifecycle(0), type(1), lifecycle(1)], ["m5", "spot", "", ""]);
  assert.equal([...numbersOf(table, "nodeMicros")], [14 * HOUR, 8 * HOUR]);
  assert.equal([...numbersOf(table, "costMicros")], [14_000_000, Number.NaN]);
  // nobody has looked at use
  assert.ok(Number.isNaN(numbersOf(table, "wastedMicros")[0]!));
  const totals = costTotals(table);
  assert.is(totals.cost, 14);
  assert.is(totals.spotPct.toFixed(3), ((100 * 14) / 22).toFixed(3));
  assert.ok(Number.isNaN(totals.perPodHour));
});

test.run();
