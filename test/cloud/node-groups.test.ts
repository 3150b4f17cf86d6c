import { test } from "uvu";
import * as assert from "uvu/assert";
import { CloudApi } from "../../sim/cloud/cloud-api.ts";
import { Machines } from "../../sim/cloud/machines.ts";
import { NodeGroups } from "../../sim/cloud/node-groups.ts";
import { Engine } from "../../sim/engine/engine.ts";
import { SECOND, type Tick } from "../../sim/engine/tick.ts";
import { Recorder } from "../../sim/metrics/recorder.ts";
import type { NodeGroupPlan } from "../../sim/model/autoscaler-plan.ts";
import { makeNode } from "../scheduler/builders.ts";

function bed(replaces = true) {
  const engine = new Engine({ seed: "1" });
  const labels = { "kubedrill.dev/pool": "n", "topology.kubernetes.io/zone": "a" };
  const api = new CloudApi({ engine, callsPerSecond: 0, burst: 1 });
  const minute = { kind: "constant", value: 60 * SECOND } as const;
  let groups: NodeGroups | null = null;
  const booted: string[] = [];
  const machines = new Machines({
    engine,
    api,
    recorder: new Recorder({ clock: () => engine.now, stepMicros: SECOND, maxEvents: 100 }),
    nodes: [makeNode("n-0", {}, labels)],
    replaces,
    provisionMicros: minute,
    changed: (machine) => groups?.changed(machine) ?? false,
    host: { booted: ({ metadata }) => booted.push(metadata.name), warned: () => undefined, off: () => undefined },
  });
  const plan: NodeGroupPlan = {
    id: "n",
    pool: "n",
    zone: "a",
    min: 0,
    max: 5,
    template: makeNode("t", {}, labels),
    racks: 2,
    priceMicrosPerHour: null,
    priority: 0,
    provisionMicros: null,
    overrides: {},
  };
  groups = new NodeGroups({
    engine,
    api,
    machines,
    groups: [plan],
    replaces,
    provisionMicros: minute,
    counts: new Map([["n", 1]]),
  });
  const group = groups.groups[0]!;
  return { api, machines, groups, group, booted, run: (s: number) => engine.run((engine.now + s * SECOND) as Tick) };
}

test("machines that are asked for are instances at once, boot in their time, and go on counting", () => {
  const { booted, group, groups, run } = bed();
  assert.is(group.target, 1);
  groups.increaseSize(group, 2, (error) => assert.is(error, null));
  run(1);
  assert.equal([group.target, group.creating.size, group.machines.size], [3, 2, 1]);
  run(61);
  assert.equal(booted, ["n-1", "n-2"]);
  assert.equal([group.creating.size, group.machines.size], [0, 3]);
});

test("out of stock: the instance carries an error and is tried again until it is given up", () => {
  const { booted, group, groups, machines, run } = bed();
  const over = machines.stockout("a", "");
  groups.increaseSize(group, 2, () => undefined);
  run(5);
  const [first] = [...group.creating.values()];
  assert.equal([first?.error?.errorClass, first?.error?.code], ["OutOfResource", "RESOURCE_POOL_EXHAUSTED"]);
  groups.deleteNodes(group, ["n-1"], () => undefined);
  run(5);
  assert.is(group.target, 2);
  over();
  run(100);
  assert.equal(booted, ["n-2"]);
});

test("what the group gives back is not replaced; what is taken from it is, where pools do that", () => {
  for (const replaces of [true, false]) {
    const { booted, group, groups, machines, run } = bed(replaces);
    groups.increaseSize(group, 1, () => undefined);
    run(70);
    groups.deleteNodes(group, ["n-0"], () => undefined);
    run(70);
    assert.equal([group.target, [...group.machines]], [1, ["n-1"]]);
    machines.delete("n-1");
    run(70);
    assert.equal(booted, replaces ? ["n-1", "n-2"] : ["n-1"]);
    assert.is(group.target, 1);
  }
});

test("a provider that is silent changes nothing", () => {
  const { api, group, groups, run } = bed();
  api.outage();
  const errors: (string | null)[] = [];
  groups.refresh((error) => errors.push(error));
  groups.increaseSize(group, 1, (error) => errors.push(error));
  run(10);
  assert.equal(errors, ["unavailable", "unavailable"]);
  assert.is(group.target, 1);
});

test.run();
